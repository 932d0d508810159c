/**
 * The least-privilege IAM policies of a plan: one for the function's role, and one for each role that config.yaml names.
 * Pure, from the `grants` of each kind. The command `policy` prints them, in the format of its choice (`formats.ts`).
 */
import type { Address, Kind } from "../../src/domain/Address.ts"
import type { PlanShape } from "../../src/config/Plan.ts"
import { UNKNOWN_REGION } from "../config/ConfigSource.ts"
import { isRegion } from "../../src/config/fields/grammar.ts"
import { parseArn } from "../../src/kinds/arn.ts"
import type { Grant, GrantContext } from "../../src/kinds/Contract.ts"
import { KINDS, kinds } from "../../src/kinds/kinds.ts"
import * as Effect from "effect/Effect"
import { sharedAddresses, sharedStatements } from "./shared.ts"

/** A statement that allows actions. */
export interface Statement {
  readonly Sid: string
  readonly Effect: "Allow"
  readonly Action: ReadonlyArray<string>
  readonly Resource: ReadonlyArray<string>
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, ReadonlyArray<string>>>>>
}

export interface Policies {
  /** For the function's role. */
  readonly own: ReadonlyArray<Statement>
  /** For the roles that config.yaml names, by ARN. */
  readonly roles: ReadonlyMap<string, ReadonlyArray<Statement>>
}

/** What the policies depend on besides the plan. */
export interface PolicyContext {
  /** The function's partition, region and account, or placeholders for them. */
  readonly partition: string
  readonly region: string
  readonly account: string
  /** The ids of AppConfig's resources by their names. */
  readonly ids: ReadonlyMap<string, string>
  /** The ARNs of the keys under which parameters, secrets, items or configurations are encrypted. */
  readonly kmsKeys: ReadonlyArray<string>
}

/** What the contract of each kind grants. */
export type Grants = ReadonlyMap<Kind, (address: never, context: GrantContext) => ReadonlyArray<Grant>>

const loadGrants: Effect.Effect<Grants> = Effect.promise(async () => {
  const loaded = KINDS.map(async (kind) => [kind, (await kinds[kind].contract()).contract.grants] as const)
  return new Map(await Promise.all(loaded))
})

/** The partition of a region: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export const partitionOf = (region: string): string => {
  if (region.startsWith("cn-")) return "aws-cn"
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws"
}

const grantContextOf = ({ region, roleArn }: Address, context: PolicyContext): GrantContext => {
  const role = roleArn === undefined ? undefined : parseArn(roleArn)
  return {
    ids: context.ids,
    region: region === UNKNOWN_REGION ? context.region : region,
    partition: role?.partition ?? context.partition,
    account: role?.account ?? context.account,
  }
}

const sorted = (texts: Iterable<string>): ReadonlyArray<string> => [...new Set(texts)].toSorted()

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** `ssm:GetParameter` as part of a statement's id. IAM refuses an id with other characters than letters and digits. */
const sidOf = (actions: ReadonlyArray<string>): string =>
  actions
    .map((action, index) => {
      const [service = "", name = ""] = action.split(":")
      return index === 0 ? service.split("-").map(capitalised).join("") + name : name
    })
    .join("")

/** Statements with the fewest lines: the resources that need the same actions share one. */
const statementsOf = (grants: ReadonlyArray<Grant>): ReadonlyArray<Statement> => {
  const actionsOf = new Map<string, Set<string>>()
  for (const { actions, resources } of grants) {
    for (const resource of resources) {
      const known = actionsOf.get(resource) ?? new Set()
      for (const action of actions) known.add(action)
      actionsOf.set(resource, known)
    }
  }
  const byActions = Map.groupBy(actionsOf, ([, actions]) => sorted(actions).join())
  return Array.from(byActions, ([actions, resources]): Statement => {
    const Action = actions.split(",")
    const Resource = sorted(resources.map(([resource]) => resource))
    return { Sid: sidOf(Action), Effect: "Allow", Action, Resource }
  })
}

/** Which service a call decrypts through: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html */
const throughOf = ({ partition, region }: GrantContext, { actions }: Grant): ReadonlyArray<string> =>
  actions.flatMap((action) => {
    const host = `${action.split(":", 1)[0]}.${region}.amazonaws.com`
    return partition === "aws-cn" ? [host, `${host}.cn`] : [host]
  })

/** Decryption with keys of one's own, by no other way than the services that hold the values. */
const keyStatement = (
  through: ReadonlyArray<string>,
  keys: ReadonlyArray<string>,
): ReadonlyArray<Statement> =>
  keys.length === 0 || through.length === 0
    ? []
    : [
        {
          Sid: "KmsDecrypt",
          Effect: "Allow",
          Action: ["kms:Decrypt"],
          Resource: sorted(keys),
          Condition: { StringEquals: { "kms:ViaService": sorted(through) } },
        },
      ]

/** The grants for values of one kind, region and role. */
const grantsTogether = <G extends Grant>(grants: ReadonlyArray<G>): ReadonlyArray<G> => {
  const sizes = new Map<string, number>()
  for (const { batch } of grants) if (batch !== undefined) sizes.set(batch, (sizes.get(batch) ?? 0) + 1)
  return grants.filter(
    ({ batch, hasVersions = false }) => batch === undefined || hasVersions || (sizes.get(batch) ?? 0) > 1,
  )
}

/** What the calls for these values need, all with one role. */
const policyOf = (
  addresses: ReadonlyArray<Address>,
  grantsOf: Grants,
  context: PolicyContext,
): ReadonlyArray<Statement> => {
  const grantOne = (address: Address) => {
    const place = grantContextOf(address, context)
    // Each kind grants its own addresses.
    const grants = grantsOf.get(address.kind)?.(address as never, place) ?? []
    return grants.map((grant) => Object.assign({ through: throughOf(place, grant) }, grant))
  }
  // Values share a call if they are of one kind and region. A region that is not known may be any.
  const groupOf = (address: Address): string =>
    isRegion(context.region) ? `${address.kind} ${grantContextOf(address, context).region}` : address.kind
  const groups = Map.groupBy(addresses, groupOf)
  const grants = Array.from(groups.values()).flatMap((group) => grantsTogether(group.flatMap(grantOne)))
  return [
    ...statementsOf(grants),
    ...keyStatement(
      grants.flatMap(({ through }) => through),
      context.kmsKeys,
    ),
  ]
}

/** What a plan lets functions read. */
type Planned = Pick<PlanShape, "collections" | "entries" | "shared">

/** The policies of what a plan lists and declares, by what each kind grants. */
export const policiesWith = (
  grantsOf: Grants,
  { collections = [], entries, shared }: Planned,
  context: PolicyContext,
): Policies => {
  const addresses = [...entries.values(), ...collections].map(({ address }) => address)
  const byRole = Map.groupBy(addresses, ({ roleArn }) => roleArn)
  const roles = new Map<string, ReadonlyArray<Statement>>()
  for (const [role, listed] of byRole)
    if (role !== undefined) roles.set(role, policyOf(listed, grantsOf, context))
  const assumed: ReadonlyArray<Grant> =
    roles.size === 0 ? [] : [{ actions: ["sts:AssumeRole"], resources: [...roles.keys()] }]
  return {
    own: [
      ...policyOf([...(byRole.get(undefined) ?? []), ...sharedAddresses(shared)], grantsOf, context),
      ...statementsOf(assumed),
      ...sharedStatements(shared, context),
    ],
    roles,
  }
}

/** The policies of what a plan lists and declares. */
export const makePolicies = (plan: Planned, context: PolicyContext): Effect.Effect<Policies> =>
  Effect.map(loadGrants, (grantsOf) => policiesWith(grantsOf, plan, context))
