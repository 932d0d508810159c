// The environment of the fuzzer: the entries of config.yaml, their values in local AWS, and its faults.
//
// Ttls and budgets are short, so that fetches, stale values and failures occur all the time.
import { gzipSync } from "node:zlib"
import type { Seed } from "../../local/aws/seed.ts"
import type { FaultEffect } from "../../local/aws/Faults.ts"
import type { Kind } from "../../src/domain/Address.ts"
import { REGION } from "../../test/support/aws.ts"
import { page, type WebAnswer } from "../../test/support/webServer.ts"

/** Read after each round. No generated request uses its name. */
export const KNOWN_GOOD = { target: "/parameters?name=known-good", value: "the known good value" }

/** Larger than `max_bytes`, but a valid size for a secret. */
const HUGE = "x".repeat(60_000)

const DOCUMENT = JSON.stringify({ db: { hosts: ["one", "two"], "a/b~c": null }, port: 5432, "": [1.1] })

/** A query of the cluster. */
const query = (name: string, cluster: string): string =>
  `name: ${name}, statement: SELECT value FROM things, database: shop, ` +
  `resource_arn: "arn:aws:rds:${REGION}:123456789012:cluster:${cluster}", ` +
  `secret_arn: "arn:aws:secretsmanager:${REGION}:123456789012:secret:db-AbCdEf"`

/** The variables with the servers of the section `http`. What opens the circuit of its origin has an origin of its own. */
export const WEB_VARIABLE = "TEST_WEB_URL"
export const BAD_WEB_VARIABLE = "TEST_BAD_WEB_URL"
const BAD_PAGES = new Set(["failing", "broken-off", "silent"])
const urlOf = (name: string): string => `\${${BAD_PAGES.has(name) ? BAD_WEB_VARIABLE : WEB_VARIABLE}}/${name}`

const DOCUMENT_PAGE = page(DOCUMENT, { "content-type": "application/json", etag: '"1"' })

/** What the server gives, by its path. Not all of it is well-formed. */
const ANSWERS: Readonly<Record<string, WebAnswer>> = {
  document: (request, response) =>
    request.headers["if-none-match"] === '"1"'
      ? response.writeHead(304, { "cache-control": "max-age=1" }).end()
      : DOCUMENT_PAGE(request, response),
  gzip: page(gzipSync(DOCUMENT), { "content-encoding": "gzip" }),
  "not-gzip": page(DOCUMENT, { "content-encoding": "gzip" }),
  hasty: page("größer", {
    "cache-control": "no-store, max-age=x",
    "content-type": "text/plain; charset=latin1",
  }),
  moved: page("", { location: "/document" }, 302),
  circle: page("", { location: "/circle" }, 307),
  away: page("", { location: "http://169.254.169.254/" }, 301),
  absent: page("", {}, 404),
  throttled: page("", { "retry-after": "1" }, 429),
  failing: page("no", {}, 503),
  "broken-off": (_, response) => {
    response.writeHead(200, { "content-length": HUGE.length })
    response.write("x", () => response.destroy())
  },
  silent: () => {},
  huge: page(HUGE),
}
const PAGES = Object.keys(ANSWERS)

/** The servers of the section `http`. */
export const answerOnTheWeb: WebAnswer = (request, response) => {
  const [name = ""] = (request.url ?? "").slice(1).split("?", 1)
  const answer = ANSWERS[name] ?? page("", {}, 404)
  answer(request, response)
}

export const CONFIG = `
parameters:
  - { names: [known-good], ttl: 1h }
  - { names: [plain, document, absent], ttl: 1s, stale_while_revalidate: 1s }
  - { paths: [/app/], ttl: 1s }
secrets:
  - { names: [text, document, binary, huge, absent], ttl: 1s }
  - { names: [described], ttl: 100ms, revalidate: describe }
dynamodb:
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one, ttl: 1s }
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: absent, ttl: 0s }
  - { name: part, table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one, attributes: ["list[1]"], ttl: 1s }
  - { name: all, table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one, query: {}, ttl: 1s }
  - { name: nothing, table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: absent, query: {}, ttl: 1s }
tables:
  - { name: any, table: Things, hashkey: id, hashkeytype: S, format: dynamodb, ttl: 1s }
appconfig:
  - { application: shop, environment: prod, profile: flags, ttl: 1s }
  - { application: shop, environment: prod, profile: page, ttl: 1s }
  - { application: shop, environment: prod, profile: absent, ttl: 1s }
s3:
  - { bucket: things, key: document, ttl: 100ms }
  - { bucket: things, key: gzip, ttl: 1s }
  - { bucket: things, key: huge, ttl: 1s }
  - { bucket: things, key: absent, ttl: 1s }
sql:
  - { ${query("rows", "shop")}, ttl: 1s }
  - { ${query("nowhere", "other")}, ttl: 1s }
http:
${PAGES.map((name) => `  - { name: ${name}, url: "${urlOf(name)}", honour_cache_control: true, ttl: 1s }`).join("\n")}
  - { name: token, url: "${urlOf("document")}?", headers: [{ name: Authorization, secret: text }], ttl: 1s }
cache: { negative_ttl: 100ms, stale_if_error: 1s, max_entries: 200, max_bytes: 50KiB, read_budget: 250ms }
on_demand: allow
compatibility: { parameters_and_secrets: on, workload_credentials: on, appconfig_agent: on }
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
    { name: "described", value: "a secret that is described" },
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
  objects: [
    { bucket: "things", key: "document", content: DOCUMENT, type: "application/json" },
    {
      bucket: "things",
      key: "gzip",
      binary: gzipSync(DOCUMENT).toString("base64"),
      type: "application/json",
      encoding: "gzip",
    },
    { bucket: "things", key: "huge", content: HUGE },
    { bucket: "things", key: "unlisted/größer", content: "on demand" },
  ],
  databases: [{ cluster: "shop", name: "shop", sql: DOCUMENT }],
}

const FIELDS = [
  "/db/hosts/0",
  "/0/value",
  "/0/list/1/deep",
  "/db/hosts",
  "/port",
  "/db/a~1b~0c",
  "/",
  "/list/1/deep",
]

type Values = Readonly<Record<string, ReadonlyArray<string>>>

/** Each kind must be here. */
const KNOWN_BY_KIND: Readonly<Record<`/${Kind}`, Values>> = {
  "/parameters": {
    name: ["plain", "document", "absent", "unlisted", "/app/one", "/app/deep/two", "plain:1", "plain:live"],
    path: ["/app/", "/app", "/app/deep"],
    json: FIELDS,
    version: ["1", "2"],
    label: ["live", "dead"],
    as: ["list"],
  },
  "/secrets": {
    name: ["text", "document", "binary", "huge", "absent", "unlisted", "described"],
    json: FIELDS,
    versionStage: ["AWSCURRENT", "AWSPREVIOUS"],
    versionId: ["11111111-2222-3333-4444-555555555555"],
  },
  "/dynamodb": {
    name: ["Things-one", "Things-absent", "Things", "part", "all", "nothing", "any", "any-one", "any-absent"],
    hashkeyvalue: ["one", "absent"],
    json: FIELDS,
  },
  "/appconfig": {
    name: ["shop/prod/flags", "shop/prod/page", "shop/prod/absent", "shop/prod/unlisted"],
    json: FIELDS,
    flag: ["db", "port", "none"],
  },
  "/s3": {
    name: ["document", "gzip", "huge", "absent", "unlisted/größer", "unlisted"].map((key) => `things/${key}`),
    versionId: ["null", "none"],
    json: FIELDS,
  },
  "/sql": { name: ["rows", "nowhere"], json: FIELDS },
  "/http": { name: [...PAGES, "token"], json: FIELDS },
}

/** The valid values by path and query key. */
export const KNOWN: Readonly<Record<string, Values>> = KNOWN_BY_KIND

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
