/**
 * A request that provokes each declared status of each operation, in one of four situations: normal operation with an AWS
 * that fails by name, too many waiting requests, the load at start-up, shutdown.
 */
import type { Seed } from "../../local/aws/seed.ts"
import type { FaultEffect, FaultRule } from "../../local/aws/Faults.ts"
import { REGION } from "./aws.ts"
import { type Operation, operations } from "./contract.ts"
import { ION_TYPE } from "./flagVariants.ts"
import type { WebAnswer } from "./webServer.ts"

type Situation = "everyday" | "busy" | "loading" | "closing"

export interface Case {
  readonly operation: Operation
  readonly situation: Situation
  readonly status: number
  /** The last part of the problem's type, if it is one. */
  readonly problem?: string
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Entries by what becomes of them, and how AWS fails for them. */
const FAILURES: Readonly<Record<string, FaultEffect>> = {
  denied: { kind: "error", status: 400, type: "AccessDeniedException" },
  throttled: { kind: "throttle" },
  failed: { kind: "error", status: 400, type: "SomethingElseException" },
  slow: { kind: "hang" },
}
const HELD = ["ok", "huge"]
const NAMES = [...HELD, "binary", "cold", "absent", ...Object.keys(FAILURES)]

const TABLE = "Things"
const BUCKET = "things"
const APPLICATION = "shop"
const STAGE = "prod"

/** What stands before the name of an entry in the names of its kind. */
const PREFIXES: Readonly<Record<string, string>> = {
  "/dynamodb": `${TABLE}-`,
  "/appconfig": `${APPLICATION}/${STAGE}/`,
  "/s3": `${BUCKET}/`,
}

/** Whole calls fail for these, so each is read in a region of its own: cases run at once, and calls are shared within one. */
const REGIONS: Readonly<Record<string, string>> = { throttled: "eu-west-2", slow: "eu-west-3" }

const listed = (write: (name: string) => string): string =>
  NAMES.map((name) => {
    const region = name in REGIONS ? `, region: ${REGIONS[name]}` : ""
    return `  - { ${write(name)}${region} }`
  }).join("\n")

/** Each query has a cluster of its own, by whose name local AWS finds its fault. */
const arnOf = (name: string, resource: string): string =>
  `arn:aws:${resource.replace("<region>", REGIONS[name] ?? REGION)}${name}`
const clusterOf = (name: string): string => arnOf(name, "rds:<region>:123456789012:cluster:")
const secretOf = (name: string): string => arnOf(name, "secretsmanager:<region>:123456789012:secret:")

/** The variables with the servers of the section `http`; one that hangs is an origin of its own, with a circuit of its own. */
export const WEB_VARIABLE = "TEST_WEB_URL"
export const SILENT_WEB_VARIABLE = "TEST_SILENT_WEB_URL"
const urlOf = (name: string): string =>
  `\${${name === "slow" ? SILENT_WEB_VARIABLE : WEB_VARIABLE}:-http://127.0.0.1:9}/${name}`

export const CONFIG = `
parameters:
${listed((name) => `names: [${name}]`)}
secrets:
${listed((name) => `names: [${name}]`)}
dynamodb:
${listed((name) => `table: ${TABLE}, hashkey: id, hashkeytype: S, hashkeyvalue: ${name}`)}
appconfig:
  - { application: ${APPLICATION}, environment: ${STAGE}, profile: variants }
${listed((name) => `application: ${APPLICATION}, environment: ${STAGE}, profile: ${name}`)}
s3:
${listed((name) => `bucket: ${BUCKET}, key: ${name}`)}
http:
${NAMES.map((name) => `  - { name: ${name}, url: "${urlOf(name)}" }`).join("\n")}
sql:
${listed((name) => `name: ${name}, resource_arn: "${clusterOf(name)}", secret_arn: "${secretOf(name)}", statement: SELECT`)}
cache: { max_bytes: 2KiB, read_budget: 3s, load_budget: 3s }
`

/** Who gets which variant is not documented. */
const VARIANTS = `a::[[(not (eq $id "7")), '''{}'''], '''{}''']`
const HUGE = "x".repeat(3_000)
const VALUES = [
  { name: "ok", value: JSON.stringify({ text: "größer" }) },
  { name: "huge", value: HUGE },
]

export const SEED: Seed = {
  parameters: VALUES,
  secrets: [...VALUES, { name: "binary", binary: "AP8=" }],
  tables: [
    {
      name: TABLE,
      hashKey: { name: "id" },
      items: [
        { id: "ok", text: "größer" },
        { id: "huge", text: HUGE },
      ],
    },
  ],
  objects: VALUES.map(({ name, value }) => ({
    bucket: BUCKET,
    key: name,
    content: value,
    type: "application/json",
  })),
  appconfig: [...VALUES, { name: "variants", value: VARIANTS }].map(({ name, value }) => ({
    application: APPLICATION,
    environment: STAGE,
    profile: name,
    content: value,
    type: name === "variants" ? ION_TYPE : "application/json",
    pollInterval: 0,
  })),
}

const WEB_STATUSES: Readonly<Record<string, number>> = { denied: 403, throttled: 429, failed: 418 }

/** What the server of the section `http` answers, by the name of the entry. */
export const answerOnTheWeb: WebAnswer = (request, response) => {
  const name = request.url?.slice(1) ?? ""
  const found = VALUES.find((one) => one.name === name)
  const status = WEB_STATUSES[name] ?? (found === undefined ? 404 : 200)
  response.writeHead(status, { "content-type": "application/json" }).end(found?.value)
}

/** Faults for the entries of every kind, and the rows of queries: a reply to each call of a transaction. */
export const FAULTS: ReadonlyArray<FaultRule> = [
  ...Object.entries(FAILURES).map(([name, effect]) => ({
    match: [name, ...Object.values(PREFIXES).map((prefix) => `${prefix}${name}`)],
    effect,
  })),
  ...VALUES.map(({ name, value }): FaultRule => {
    const records = [[{ stringValue: value }]]
    const body = JSON.stringify({ transactionId: "t", columnMetadata: [{ label: "text" }], records })
    return { service: "rds-data", match: [name], effect: { kind: "body", body } }
  }),
]

/** A read that waits for AWS, and so uses up what may wait. */
export const WAITING = "/parameters?name=slow"

const FORWARDED = { "x-forwarded-for": "192.0.2.1" }
const TWO_HOSTS = { host: "localhost, localhost" }
/** Beyond what either host takes. */
const LARGE = { "x-padding": "x".repeat(40_000) }
const ANY_TAG = { "if-none-match": "*" }
const ONLY_CACHED = { "cache-control": "only-if-cached" }

/** What is provoked beside the operation that it is of. */
type Provocation = Omit<Case, "operation" | "situation" | "target"> & { readonly query?: string }

const REFUSED: ReadonlyArray<Provocation> = [
  { status: 400, problem: "bad-request", headers: TWO_HOSTS },
  { status: 403, problem: "forbidden", headers: FORWARDED },
  { status: 431, headers: LARGE },
]

const READ: ReadonlyArray<Provocation> = [
  { status: 200, query: "ok" },
  { status: 200, query: "ok&json=/text" },
  { status: 200, query: "ok&name=absent" },
  { status: 304, query: "ok", headers: ANY_TAG },
  { status: 400, problem: "bad-request", query: "ok&nmae=A" },
  { status: 403, problem: "access-denied", query: "denied" },
  { status: 404, problem: "no-data-found", query: "absent" },
  { status: 404, problem: "no-data-found", query: "unlisted" },
  { status: 404, problem: "no-such-field", query: "ok&json=/none" },
  { status: 429, problem: "throttled", query: "throttled" },
  { status: 502, problem: "aws-failed", query: "failed" },
  { status: 502, problem: "value-too-large", query: "huge" },
  { status: 504, problem: "not-cached", query: "cold", headers: ONLY_CACHED },
  { status: 504, problem: "aws-too-slow", query: "slow" },
]

const READ_CONFIGURATION: ReadonlyArray<Provocation> = [
  ...READ,
  { status: 501, problem: "unevaluated-variant", query: "variants&flag=a" },
]

const FORGET: ReadonlyArray<Provocation> = [
  { status: 204, query: "ok" },
  { status: 400, problem: "bad-request", query: "ok&json=/text" },
  { status: 404, problem: "no-data-found", query: "unlisted" },
]

const OPTIONS: ReadonlyArray<Provocation> = [{ status: 204 }]

const ITSELF: ReadonlyArray<Provocation> = [{ status: 200 }]

const DOCUMENT: ReadonlyArray<Provocation> = [...ITSELF, { status: 304, headers: ANY_TAG }]

const reference = (kind: string, query: string): string =>
  `set=A=${encodeURIComponent(`cache-extension://${kind}?${query}`)}`

const asReference = ({ query = "", ...rest }: Provocation): Provocation => ({
  ...rest,
  query: reference("parameters", `name=${query}`),
})

/** Of /environment: the variable A refers to the parameter of the same name as in the cases of reads. */
const VARIABLES: ReadonlyArray<Provocation> = [
  ...READ.filter(
    ({ query, status }) => status !== 304 && query !== "ok&nmae=A" && query !== "ok&name=absent",
  ).map(asReference),
  { status: 400, problem: "bad-request", query: reference("parameters", "nmae=A") },
  { status: 400, problem: "bad-request", query: "name=ok" },
  {
    status: 501,
    problem: "unevaluated-variant",
    query: reference("appconfig", `name=${APPLICATION}/${STAGE}/variants&flag=a`),
  },
  { status: 422, problem: "unusable-value", query: reference("secrets", "name=binary") },
]

const isOfVariables = ({ path }: Operation): boolean => path === "/environment"

const isOfValues = ({ path }: Operation): boolean =>
  ["/parameters", "/secrets", "/dynamodb", "/appconfig", "/s3", "/sql", "/http"].includes(path)

const isReading = ({ method }: Operation): boolean => method === "GET" || method === "HEAD"

const ownOf = (operation: Operation): ReadonlyArray<Provocation> => {
  if (operation.method === "OPTIONS") return OPTIONS
  if (isOfVariables(operation)) return VARIABLES
  if (isOfValues(operation) && !isReading(operation)) return FORGET
  if (isOfValues(operation)) return operation.path === "/appconfig" ? READ_CONFIGURATION : READ
  return operation.path === "/openapi.json" ? DOCUMENT : ITSELF
}

const targetOf = (operation: Operation, query: string | undefined): string => {
  const { path } = operation
  if (query === undefined) return path
  if (isOfVariables(operation)) return `${path}?${query}`
  const prefix = PREFIXES[path] ?? ""
  // The rows of a query are a list.
  const fields = path === "/sql" ? query.replace("json=/text", "json=/0/text") : query
  return `${path}?${`name=${fields}`.replaceAll("name=", `name=${prefix}`)}`
}

const caseOf = (situation: Situation, operation: Operation, { query, ...rest }: Provocation): Case => ({
  ...rest,
  operation,
  situation,
  target: targetOf(operation, query),
})

/** A request for the operation that would be answered with 2xx, if it were not for the situation. */
const wellFormed = (operation: Operation) => {
  if (isOfVariables(operation)) return { query: reference("parameters", "name=ok") }
  return isOfValues(operation) ? { query: "ok" } : {}
}

const everyday = operations.flatMap((operation) =>
  [...REFUSED, ...ownOf(operation)].map((one) => caseOf("everyday", operation, one)),
)

/** Paths that answer at once however much waits elsewhere. */
const NEVER_WAITING = new Set(["/health", "/ready", "/metrics"])

const busy = operations
  .filter(({ path }) => !NEVER_WAITING.has(path))
  .map((operation) =>
    caseOf("busy", operation, { status: 429, problem: "too-many-requests", ...wellFormed(operation) }),
  )

const loading = operations
  .filter((operation) => operation.path === "/ready" && isReading(operation))
  .map((operation) => caseOf("loading", operation, { status: 503 }))

const closing = operations.map((operation) =>
  caseOf("closing", operation, { status: 503, ...wellFormed(operation) }),
)

export const CASES: ReadonlyArray<Case> = [...everyday, ...busy, ...loading, ...closing]

export const casesOf = (situation: Situation): ReadonlyArray<Case> =>
  CASES.filter((one) => one.situation === situation)

/** What nothing provokes here: a bug; and requests to paths that never wait, beyond 1,000, until the extension has started. */
export const isUnprovoked = ({ path }: Operation, status: number): boolean =>
  status === 500 || (status === 429 && NEVER_WAITING.has(path))
