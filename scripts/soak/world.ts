// The environment of the soak test: the entries of config.yaml, their values in local AWS, and its faults.
//
// Ttls of seconds keep every rule of freshness in use. The limits are so low that names that are fetched on demand evict one
// another.
import type { Seed } from "../../local/aws/seed.ts"
import type { FaultEffect } from "../../local/aws/Faults.ts"

export const REGION = "us-west-2"

/** Never deleted: once loaded, they must always be served, whatever happens to AWS. */
const STEADY = 30
/** Read, deleted, and fetched by force. */
const CHANGING = 10
/** Fetched on demand, more than fit in memory. */
const ON_DEMAND = 400
const MAX_ENTRIES = 150

const range = (prefix: string, size: number): ReadonlyArray<string> =>
  Array.from({ length: size }, (_, index) => `${prefix}${index}`)

const read = (kind: string, name: string): string => `/${kind}?name=${name}`

const parameters = range("steady", STEADY)
const refreshed = range("refreshed", CHANGING)
const changing = range("changing", CHANGING)
const onDemand = range("other", ON_DEMAND)
const secrets = range("secret", CHANGING)
const items = range("item", CHANGING)

/** The paths of reads, by group. */
export const TARGETS = {
  steady: [
    ...[...parameters, ...refreshed].map((name) => read("parameters", name)),
    ...secrets.map((name) => read("secrets", name)),
    ...items.map((name) => read("dynamodb", `Things-${name}`)),
  ],
  changing: changing.map((name) => read("parameters", name)),
  onDemand: onDemand.map((name) => read("parameters", name)),
  bad: ["/parameters", "/nowhere", "/dynamodb?name=unlisted", "/parameters?name=absent", "/secrets?name="],
} as const

export const CONFIG = `
parameters:
  - { names: [${[...parameters, ...changing].join(", ")}], ttl: 2s }
  - { names: [${refreshed.join(", ")}], ttl: 3s, stale_while_revalidate: 30s }
secrets:
  - { names: [${secrets.join(", ")}], ttl: 3s }
dynamodb:
${items
  .map((id) => `  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: ${id}, ttl: 2s }`)
  .join("\n")}
cache: { negative_ttl: 1s, max_entries: ${MAX_ENTRIES} }
on_demand: allow
`

/** Large enough to show a leak of values. */
const BULK = "x".repeat(2_000)

export const SEED: Seed = {
  region: REGION,
  parameters: [...parameters, ...refreshed, ...changing, ...onDemand].map((name) => ({
    name,
    value: `${name} ${BULK}`,
  })),
  secrets: secrets.map((name) => ({ name, value: `${name} ${BULK}` })),
  tables: [{ name: "Things", hashKey: { name: "id" }, items: items.map((id) => ({ id, BULK })) }],
}

const refusal = (status: number, type: string): FaultEffect => ({ kind: "error", status, type })

/** The faults, in turn. */
export const FAULTS: ReadonlyArray<FaultEffect> = [
  { kind: "throttle" },
  { kind: "hang" },
  refusal(500, "InternalServerError"),
  { kind: "resetBefore" },
  { kind: "delay", duration: 1_000 },
  { kind: "truncate" },
  refusal(400, "ExpiredTokenException"),
  { kind: "resetMid" },
  refusal(400, "AccessDeniedException"),
  { kind: "wrongJson" },
  refusal(503, "ServiceUnavailable"),
]
