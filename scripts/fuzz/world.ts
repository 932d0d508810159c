// The environment of the fuzzer: the entries of config.yaml, their values in local AWS, and its faults.
//
// Ttls and budgets are short, so that fetches, stale values and failures occur all the time.
import type { Seed } from "../../local/aws/seed.ts"
import type { FaultEffect } from "../../local/aws/Faults.ts"

/** Read after each round. No generated request uses its name. */
export const KNOWN_GOOD = { target: "/parameters?name=known-good", value: "the known good value" }

/** Larger than `max_bytes`, but a valid size for a secret. */
const HUGE = "x".repeat(60_000)

const DOCUMENT = JSON.stringify({ db: { hosts: ["one", "two"], "a/b~c": null }, port: 5432, "": [1.1] })

export const CONFIG = `
parameters:
  - { names: [known-good], ttl: 1h }
  - { names: [plain, document, absent], ttl: 1s, stale_while_revalidate: 1s }
  - { paths: [/app/], ttl: 1s }
secrets:
  - { names: [text, document, binary, huge, absent], ttl: 1s }
dynamodb:
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one, ttl: 1s }
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: absent, ttl: 0s }
appconfig:
  - { application: shop, environment: prod, profile: flags, ttl: 1s }
  - { application: shop, environment: prod, profile: page, ttl: 1s }
  - { application: shop, environment: prod, profile: absent, ttl: 1s }
cache: { negative_ttl: 100ms, stale_if_error: 1s, max_entries: 200, max_bytes: 50KiB, read_budget: 250ms }
on_demand: allow
compatibility: { parameters_and_secrets: on, workload_credentials: on }
`

const STAGE = { application: "shop", environment: "prod" }

export const SEED: Seed = {
  parameters: [
    { name: "known-good", value: KNOWN_GOOD.value },
    { name: "plain", value: "größer", labels: ["live"] },
    { name: "document", value: DOCUMENT },
    { name: "/app/one", value: "1" },
    { name: "/app/deep/two", value: DOCUMENT },
    { name: "unlisted", value: "on demand" },
  ],
  secrets: [
    { name: "text", value: "a secret" },
    { name: "document", value: DOCUMENT },
    { name: "binary", binary: "AAECgP/+" },
    { name: "huge", value: HUGE },
  ],
  tables: [
    {
      name: "Things",
      hashKey: { name: "id" },
      items: [{ id: "one", list: [1, { deep: true }], text: "größer" }],
    },
  ],
  appconfig: [
    { ...STAGE, profile: "flags", content: DOCUMENT, pollInterval: 0 },
    {
      ...STAGE,
      profile: "page",
      content: "<p>größer</p>",
      type: "text/html; charset=utf-8",
      pollInterval: 0,
    },
  ],
}

const FIELDS = ["/db/hosts/0", "/db/hosts", "/port", "/db/a~1b~0c", "/", "/list/1/deep"]

/** The valid values by path and query key. */
export const KNOWN: Readonly<Record<string, Readonly<Record<string, ReadonlyArray<string>>>>> = {
  "/parameters": {
    name: ["plain", "document", "absent", "unlisted", "/app/one", "/app/deep/two", "plain:1", "plain:live"],
    path: ["/app/", "/app", "/app/deep"],
    json: FIELDS,
    version: ["1", "2"],
    label: ["live", "dead"],
  },
  "/secrets": {
    name: ["text", "document", "binary", "huge", "absent", "unlisted"],
    json: FIELDS,
    versionStage: ["AWSCURRENT", "AWSPREVIOUS"],
    versionId: ["11111111-2222-3333-4444-555555555555"],
  },
  "/dynamodb": { name: ["Things-one", "Things-absent", "Things"], json: FIELDS },
  "/appconfig": {
    name: ["shop/prod/flags", "shop/prod/page", "shop/prod/absent", "shop/prod/unlisted"],
    json: FIELDS,
  },
}

const refusal = (status: number, type: string): FaultEffect => ({ kind: "error", status, type })

/** The fault of AWS in a round, if any. */
export const FAULTS: ReadonlyArray<FaultEffect | undefined> = [
  undefined,
  { kind: "throttle" },
  undefined,
  { kind: "hang" },
  refusal(400, "AccessDeniedException"),
  undefined,
  { kind: "resetBefore" },
  refusal(500, "InternalServerError"),
  { kind: "truncate" },
  undefined,
  { kind: "wrongJson" },
  { kind: "delay", duration: 100 },
  { kind: "resetMid" },
  { kind: "emptyBody" },
  refusal(400, "ExpiredTokenException"),
]
