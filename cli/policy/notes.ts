/**
 * What a policy cannot know: placeholders to fill in, names that functions may ask for without listing them, ids, keys, and
 * the size that IAM allows. The command `policy` prints a line for each. Pure.
 */
import type { PlanShape } from "../../src/config/Plan.ts"
import type { OnDemand } from "../../src/kinds/lookup.ts"
import type { Policies, PolicyContext } from "./policy.ts"

interface Written {
  readonly plan: PlanShape
  readonly policies: Policies
  /** The policy as it is printed. */
  readonly text: string
  /** Whose policy it is; undefined: the function's. */
  readonly role: string | undefined
  readonly context: PolicyContext
}

/** In characters, without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const INLINE_LIMIT = 10_240

const placeholderNote = ({ text }: Written): ReadonlyArray<string> => {
  const flags = ["account", "region"].filter((name) => text.includes(`<${name}>`))
  if (flags.length === 0) return []
  return [
    `pass ${flags.map((name) => `--${name}`).join(" and ")}, or replace ${flags.map((name) => `<${name}>`).join(" and ")}`,
  ]
}

const roleNotes = ({ policies, role }: Written): ReadonlyArray<string> =>
  role === undefined
    ? [...policies.roles.keys()].map(
        (arn) => `print the policy of ${arn} with --role; its trust policy must name the function's role`,
      )
    : []

const idNote = ({ context, plan }: Written): ReadonlyArray<string> => {
  const parts = Array.from(plan.entries.values()).flatMap(({ address }) =>
    address.kind === "appconfig" ? [address.application, address.environment, address.profile] : [],
  )
  const unknown = [...new Set(parts)].filter((part) => !context.ids.has(part))
  if (unknown.length === 0) return []
  return [
    `the ARNs of AppConfig have ids, so any id is allowed for ${unknown.join(", ")}; narrow it down with --id <name>=<id>`,
  ]
}

/** Whether a plan neither lists nor declares anything. */
const readsNothing = ({ collections = [], entries }: Written["plan"]): boolean =>
  entries.size === 0 && collections.length === 0

const demandText = (onDemand: Exclude<OnDemand, "deny">): string =>
  onDemand === "allow" ? "on_demand: allow" : `on_demand: ${onDemand.allow.join(", ")}`

/** The keys of config.yaml that let functions ask for what it does not list. */
const opening = (plan: PlanShape): ReadonlyArray<string> => [
  ...(plan.onDemand === "deny" ? [] : [demandText(plan.onDemand)]),
  ...(plan.parametersAndSecrets ? ["compatibility.parameters_and_secrets"] : []),
  ...(plan.workloadCredentials ? ["compatibility.workload_credentials"] : []),
  ...(plan.offersAppConfigAgent ? ["compatibility.appconfig_agent"] : []),
]

const nothingNote = ({ plan }: Written): ReadonlyArray<string> => {
  if (!readsNothing(plan)) return []
  return [`config.yaml lists nothing${opening(plan).length === 0 ? ", so no permission is needed" : ""}`]
}

const unlistedNote = ({ plan }: Written): ReadonlyArray<string> => {
  const open = opening(plan)
  if (open.length === 0) return []
  return [`functions may ask for names that are not listed (${open.join(", ")}); add statements for those`]
}

const keyNote = ({ context, plan }: Written): ReadonlyArray<string> =>
  context.kmsKeys.length === 0 && !readsNothing(plan)
    ? ["values under a key of your own also need kms:Decrypt; pass --kms-key <arn> for each such key"]
    : []

const sizeNote = ({ policies, role }: Written): ReadonlyArray<string> => {
  const statements = role === undefined ? policies.own : policies.roles.get(role)
  const length = JSON.stringify(statements).length
  return length > INLINE_LIMIT
    ? [
        `the policy has about ${length} characters, and IAM allows ${INLINE_LIMIT} for all inline policies of a role: split it over managed policies`,
      ]
    : []
}

/** The notes, one a line. */
export const notesOf = (written: Written): ReadonlyArray<string> => [
  ...nothingNote(written),
  ...placeholderNote(written),
  ...roleNotes(written),
  ...idNote(written),
  ...unlistedNote(written),
  ...keyNote(written),
  ...sizeNote(written),
]
