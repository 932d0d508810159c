/**
 * Explains a name: what serves it, by the lookup that serves requests. Everything is derived from config.yaml; nothing calls AWS.
 */
import * as Effect from "effect/Effect"
import type { PlanShape } from "../../src/config/Plan.ts"
import { isShared } from "../../src/config/shared/plan.ts"
import type { YamlDocument } from "../../src/config/yaml/YamlDocument.ts"
import type { Address, Kind } from "../../src/domain/Address.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import { KINDS, kinds } from "../../src/kinds/kinds.ts"
import { makePolicies, type PolicyContext } from "../policy/policy.ts"
import { originOf, type Place, placeOf, POLICY_KEYS, type Times } from "./listing.ts"

/** What config.yaml says of a name under one kind. */
export interface Explanation {
  readonly kind: Kind
  readonly service: string
  /** `GET` of this reads the value. */
  readonly url: string
  /** How config.yaml has it. */
  readonly listed: "itself" | "another version" | "below a path" | "of a table" | "on demand"
  /** The place in the file; null for a name that is not listed. */
  readonly place: Place | null
  readonly region: string
  /** Null: the function's own role. */
  readonly role: string | null
  /** Whether the shared tier keeps the value; null without one. */
  readonly shared: "no" | "encrypted" | "unencrypted" | null
  readonly policy: ReadonlyArray<{ readonly key: string; readonly ms: number; readonly from: string }>
  /** IAM actions and the resources that they are needed on. */
  readonly actions: ReadonlyArray<{ readonly action: string; readonly resource: string }>
  /** Why the value may not be served after all; null if nothing is known. */
  readonly fault: string | null
}

interface Context {
  readonly plan: PlanShape
  readonly document: YamlDocument
  readonly port: number
  readonly isTtlGiven: boolean
  readonly policy: PolicyContext
}

const listedOf = (plan: PlanShape, { collection, entry, isMember }: Served): Explanation["listed"] => {
  if (isMember) return "below a path"
  if (plan.entries.has(entry.key)) return "itself"
  if (collection !== undefined) return "of a table"
  if (entry.listedAs === undefined) return "on demand"
  const above = plan.entries.get(entry.listedAs)
  const isBelow = above !== undefined && kinds[above.address.kind].paths?.pathOf(above.address) !== undefined
  return isBelow ? "below a path" : "another version"
}

const keysOf = (policy: Times) =>
  (Object.keys(POLICY_KEYS) as ReadonlyArray<keyof Times>).map((key) => ({
    key: POLICY_KEYS[key],
    ms: policy[key],
  }))

const roleOf = ({ roleArn }: Address): string | null => roleArn ?? null

const sharingOf = ({ shared }: PlanShape, entry: Entry): Explanation["shared"] => {
  if (shared === undefined) return null
  if (!isShared(shared, entry)) return "no"
  return shared.encryption === undefined ? "unencrypted" : "encrypted"
}

interface Served {
  readonly kind: Kind
  readonly entry: Entry
  readonly isMember: boolean
  /** The declared collection that it is a value of. */
  readonly collection?: Entry | undefined
  /** Why it cannot be one after all. */
  readonly fault?: string | undefined
  readonly query: "name" | "path"
}

/** What serves a name under one kind: a listed path of this name, else a value. */
const servedBy = (plan: PlanShape, kind: Kind, name: string): Served | undefined => {
  const path = plan.findPath(kind, name)
  // Under `on_demand: allow` any name is a path too; only a listed one is meant.
  if (path !== undefined && plan.entries.has(path.key))
    return { kind, entry: path, isMember: false, query: "path" }
  const found = plan.find(kind, name)
  if (found === undefined) return undefined
  const { collection, entry, fault, member } = found
  return { kind, entry, isMember: member !== undefined, collection, fault, query: "name" }
}

const placeIn = ({ file, line, path }: Place): Place => ({
  path,
  line,
  ...(file === undefined ? {} : { file }),
})

const explainOne = Effect.fnUntraced(function* (
  { document, isTtlGiven, plan, policy: policyContext, port }: Context,
  name: string,
  served: Served,
) {
  const { collection, entry, fault, kind, query } = served
  const { address, policy } = entry
  const sectionContext = { region: address.region, numbers: "number" as const }
  const place = placeOf(document, collection ?? entry, sectionContext)
  const policies = yield* makePolicies({ entries: new Map([[entry.key, entry]]) }, policyContext)
  const statements =
    address.roleArn === undefined ? policies.own : (policies.roles.get(address.roleArn) ?? [])
  const actions = statements.flatMap(({ Action, Resource }) =>
    Action.flatMap((action) => Resource.map((resource) => ({ action, resource }))),
  )
  return {
    kind,
    service: kinds[kind].service.name,
    url: `http://127.0.0.1:${port}/${kind}?${query}=${encodeURIComponent(name)}`,
    listed: listedOf(plan, served),
    place: place === undefined ? null : placeIn(place),
    region: address.region,
    role: roleOf(address),
    shared: sharingOf(plan, entry),
    policy: keysOf(policy).map(({ key, ms }) => ({
      key,
      ms,
      from: originOf(document, place?.item, key, isTtlGiven),
    })),
    actions,
    fault:
      plan.entries.has(entry.key) || entry.listedAs !== undefined
        ? null
        : (fault ?? kinds[kind].section.faultOf(address) ?? plan.regionFault(entry) ?? null),
  } satisfies Explanation
})

/** Explains a name, once for each kind that serves it. */
export const explainName = (context: Context, name: string, only: Kind | undefined) =>
  Effect.forEach(
    KINDS.filter((kind) => only === undefined || kind === only).flatMap(
      (kind) => servedBy(context.plan, kind, name) ?? [],
    ),
    (served) => explainOne(context, name, served),
  )

/** The number of single-character edits between two texts. */
const distance = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const change = left[i - 1] === right[j - 1] ? 0 : 1
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + change))
    }
    row = next
  }
  return row[right.length] ?? 0
}

/** How many similar names a message shows. */
const MAX_SIMILAR = 3

/** The texts that a misspelt one may mean, the nearest first. Ignores case. */
export const similarTo = (word: string, known: Iterable<string>): ReadonlyArray<string> => {
  const limit = Math.max(2, Math.floor(word.length / 4))
  return [...new Set(known)]
    .map((text) => ({ text, edits: distance(word.toLowerCase(), text.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .toSorted((left, right) => left.edits - right.edits)
    .slice(0, MAX_SIMILAR)
    .map(({ text }) => text)
}
