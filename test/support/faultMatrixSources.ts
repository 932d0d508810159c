/**
 * The columns of the fault matrix: what the cache reads from, each with an entry, how it is read and counted, and the moments
 * of an environment's life at which a fault meets it.
 */
import { Effect } from "effect"
import { type Call } from "../../local/aws/Calls.ts"
import { REGION } from "./aws.ts"
import { type Fault } from "./faultMatrixFaults.ts"

export const MOMENTS = ["at load", "at first read", "at expiry", "at refresh"] as const
export type Moment = (typeof MOMENTS)[number]

/**
 * All kinds; a path of Parameter Store beside a parameter, a query beside an item, and a secret with `revalidate: describe`
 * beside one without.
 */
export const SERVICES = [
  "parameters",
  "paths",
  "secrets",
  "described",
  "dynamodb",
  "queries",
  "appconfig",
  "s3",
  "sql",
  "http",
] as const
export type Service = (typeof SERVICES)[number]

/** One value per service that a moment has. */
export type PerService<A> = Readonly<Record<Service, A>>

/** Whether a value was loaded before the fault. */
export const hasOldValue = (moment: Moment): boolean => moment === "at expiry" || moment === "at refresh"

/** The services that a moment has. Only a secret in memory can be described. */
export const servicesAt = (moment: Moment): ReadonlyArray<Service> =>
  hasOldValue(moment) ? SERVICES : SERVICES.filter((service) => service !== "described")

/** Whether a service can have a fault. On the web there are no credentials of AWS, and any body is a document. */
export const canHave = (service: Service, { cause }: Fault): boolean =>
  service !== "http" || cause.kind === "network" || cause.web !== undefined

/** The status of a read under a fault where there is no value. */
export const statusOf = (service: Service, { status, webStatus }: Fault): number =>
  service === "http" ? (webStatus ?? status) : status

/** Does the same for each of these services, at once. */
export const forServices = <A, R>(
  services: ReadonlyArray<Service>,
  each: (service: Service) => Effect.Effect<A, never, R>,
): Effect.Effect<PerService<A>, never, R> =>
  Effect.forEach(services, (service) => Effect.map(each(service), (value) => [service, value] as const), {
    concurrency: "unbounded",
  }).pipe(Effect.map((pairs) => Object.fromEntries(pairs) as PerService<A>))

interface Naming {
  /** As the metrics call it. */
  readonly metric: string
  /** As local AWS calls the service; the web is none of its services. */
  readonly aws?: Call["service"]
  /** Its operations, where another source asks the same service. */
  readonly operations?: ReadonlyArray<string>
}

/** The operation by which both kinds of secrets are fetched. */
const FETCH_SECRET = "GetSecretValue"

const NAMES: PerService<Naming> = {
  parameters: { aws: "ssm", metric: "SSM", operations: ["GetParameter", "GetParameters"] },
  paths: { aws: "ssm", metric: "SSM", operations: ["GetParametersByPath"] },
  secrets: { aws: "secretsmanager", metric: "SECRETS_MANAGER", operations: [FETCH_SECRET] },
  described: { aws: "secretsmanager", metric: "SECRETS_MANAGER", operations: ["DescribeSecret"] },
  dynamodb: { aws: "dynamodb", metric: "DYNAMODB", operations: ["GetItem", "BatchGetItem"] },
  queries: { aws: "dynamodb", metric: "DYNAMODB", operations: ["Query"] },
  appconfig: { aws: "appconfig", metric: "APPCONFIGDATA" },
  s3: { aws: "s3", metric: "S3" },
  sql: { aws: "rds-data", metric: "RDS_DATA" },
  http: { metric: "HTTP" },
}

/** Whether local AWS was called for this source. */
export const isCallOf =
  (service: Service) =>
  (call: Call): boolean =>
    call.service === NAMES[service].aws && (NAMES[service].operations?.includes(call.operation) ?? true)

/** Whether local AWS was asked for a secret because its description left open what it is. */
export const isFetchOfDescribed = ({ names, operation }: Call): boolean =>
  operation === FETCH_SECRET && names.includes(DESCRIBED)

/** Whether a line of the counter of calls is about this source. */
export const isCountOf =
  (service: Service) =>
  (line: string): boolean => {
    const { metric, operations } = NAMES[service]
    const isIts = (operation: string) => line.includes(`operation="${operation}"`)
    return line.includes(`service="${metric}"`) && (operations?.some(isIts) ?? true)
  }

const POLICIES: { readonly [M in Moment]: string } = {
  "at load": "{}",
  "at first read": "{}",
  "at expiry": "{ ttl: 0s }",
  "at refresh": "{ ttl: 0s, stale_while_revalidate: 1h }",
}

const DESCRIBED = "D"

/** config.yaml. `url` is the page's. */
export const configOf = (moment: Moment, url: string) => `
cache: ${POLICIES[moment]}
parameters:
  - names: [A]
  - paths: [/tree/]
secrets:
  - names: [S]
${servicesAt(moment).includes("described") ? `  - { names: [${DESCRIBED}], revalidate: describe }` : ""}
dynamodb:
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one }
  - { name: things, table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one, query: {} }
appconfig:
  - { application: shop, environment: prod, profile: flags }
s3:
  - { bucket: things, key: one }
sql:
  - name: things
    resource_arn: arn:aws:rds:${REGION}:123456789012:cluster:shop
    secret_arn: arn:aws:secretsmanager:${REGION}:123456789012:secret:db-AbCdEf
    database: shop
    statement: SELECT value FROM things
http:
  - { url: "${url}", name: page }
`

/** How the entries are read. */
export const TARGETS: PerService<string> = {
  parameters: "/parameters?name=A",
  paths: "/parameters?path=/tree/",
  secrets: "/secrets?name=S",
  described: `/secrets?name=${DESCRIBED}`,
  dynamodb: "/dynamodb?name=Things-one",
  queries: "/dynamodb?name=things",
  appconfig: "/appconfig?name=shop/prod/flags",
  s3: "/s3?name=things/one",
  sql: "/sql?name=things",
  http: "/http?name=page",
}

export type Content = "old" | "new"

/** What AWS holds. */
export const seedOf = (value: Content) => ({
  region: REGION,
  parameters: ["A", "/tree/one", "/tree/two"].map((name) => ({ name, value })),
  secrets: ["S", DESCRIBED].map((name) => ({ name, value })),
  tables: [{ name: "Things", hashKey: { name: "id" }, items: [{ id: "one", value }] }],
  appconfig: [
    // AppConfig itself lets 15 s pass between two questions.
    { application: "shop", environment: "prod", profile: "flags", content: value, pollInterval: 0 },
  ],
  objects: [{ bucket: "things", key: "one", content: value }],
  databases: [{ cluster: "shop", name: "shop", sql: value }],
})
