/**
 * Random configurations for the tests of policies, and all calls that the extension can make for one: the sources of the kinds
 * make them, one value at a time and in every batch, against clients that record them.
 */
import * as Arbitrary from "effect/Arbitrary"
import { Effect, Schema } from "effect"
import type { PlanShape } from "../../src/config/Plan.ts"
import type { Address, Kind } from "../../src/domain/Address.ts"
import * as AppConfig from "../../src/kinds/appconfig/fetch/configurations.ts"
import * as DynamoDb from "../../src/kinds/dynamodb/fetch/items.ts"
import * as Urls from "../../src/kinds/http/fetch/urls.ts"
import * as Parameters from "../../src/kinds/parameters/fetch/parameters.ts"
import * as Objects from "../../src/kinds/s3/fetch/objects.ts"
import * as Secrets from "../../src/kinds/secrets/fetch/secrets.ts"
import * as Queries from "../../src/kinds/sql/fetch/queries.ts"
import { notFound } from "./entries.ts"
import type { CheckedCall } from "./iam.ts"
import { recordedSource } from "./recordedCalls.ts"

export const ACCOUNT = "111111111111"
export const REGION = "eu-west-1"
const ROLES = ["arn:aws:iam::222222222222:role/reader", "arn:aws:iam::333333333333:role/team/other"] as const

const oneOf = <const Words extends ReadonlyArray<string>>(words: Words): Arbitrary.Arbitrary<Words[number]> =>
  Arbitrary.schema(Schema.Literals(words))

const someOf = <A>(member: Arbitrary.Arbitrary<A>, minLength: number) =>
  Arbitrary.array(member, { minLength, maxLength: 3 })

const access = Arbitrary.map(
  Arbitrary.all({ region: oneOf(["", "", "us-west-2"]), role: oneOf(["", "", ...ROLES]) }),
  ({ region, role }) => ({
    ...(region === "" ? {} : { region }),
    ...(role === "" ? {} : { role_arn: role }),
  }),
)

const withAccess = <A extends object>(item: Arbitrary.Arbitrary<A>) =>
  Arbitrary.map(Arbitrary.all({ access, item }), ({ access, item }) => ({ ...item, ...access }))

const parameterName = oneOf([
  "A",
  "/A",
  "/app/db",
  "/app/db:3",
  "B:live",
  "/aws/service/list/x",
  "/aws/reference/secretsmanager/db/main",
  "/aws/reference/secretsmanager/db/other:AWSPREVIOUS",
])

const parameters = withAccess(
  Arbitrary.map(
    Arbitrary.all({ names: someOf(parameterName, 1), paths: someOf(oneOf(["/app", "/app/prod/", "/"]), 0) }),
    ({ names, paths }) => (paths.length === 0 ? { names } : { names, paths }),
  ),
)

const secrets = withAccess(
  Arbitrary.map(
    Arbitrary.all({ names: someOf(oneOf(["db/main", "db", "a@b"]), 1), stage: oneOf(["", "AWSPREVIOUS"]) }),
    ({ names, stage }) => (stage === "" ? { names } : { names, version_stage: stage }),
  ),
)

const items = withAccess(
  Arbitrary.map(
    Arbitrary.all({
      table: oneOf(["Orders", "Things"]),
      value: oneOf(["1", "2"]),
      consistent: oneOf(["true", "false"]),
    }),
    ({ consistent, table, value }) => ({
      table,
      hashkey: "id",
      hashkeytype: "S",
      hashkeyvalue: value,
      consistent_read: consistent,
    }),
  ),
)

const configurations = withAccess(
  Arbitrary.map(oneOf(["flags", "limits"]), (profile) => ({
    application: "shop",
    environment: "prod",
    profile,
  })),
)

/** The ARNs name the region. */
const queries = Arbitrary.map(
  Arbitrary.all({
    cluster: oneOf(["shop", "other"]),
    table: oneOf(["orders", "things"]),
    role: oneOf(["", ...ROLES]),
  }),
  ({ cluster, role, table }) => ({
    name: `${cluster} ${table} ${role}`.trim(),
    resource_arn: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:${cluster}`,
    secret_arn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${cluster}-AbCdEf`,
    statement: `SELECT * FROM ${table}`,
    ...(role === "" ? {} : { role_arn: role }),
  }),
)

/** A config.yaml, as JSON, which is YAML. */
export const configText: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.all({
    parameters: someOf(parameters, 0),
    secrets: someOf(secrets, 0),
    dynamodb: someOf(items, 0),
    appconfig: someOf(configurations, 0),
    sql: someOf(queries, 0),
  }),
  (config) => JSON.stringify(config, undefined, 1),
)

/** Every address that functions can have fetched: listed values, their other versions, names below a path. */
const addressesOf = (plan: PlanShape): ReadonlyArray<Address> => {
  const listed = Array.from(plan.entries.values())
  const others = listed.flatMap(({ address, name }) => {
    if (address.kind !== "parameters") return []
    if (!("path" in address)) return [plan.find("parameters", name, { version: "1" })]
    const below = `${address.path.replace(/\/$/, "")}/below`
    return [plan.find("parameters", below), plan.find("parameters", below, { label: "x" })]
  })
  const found = others.flatMap((one) => (one === undefined ? [] : [one.alone ?? one.entry]))
  return [...listed, ...found].map(({ address }) => address)
}

const MAKE = {
  parameters: Parameters.make,
  secrets: Secrets.make,
  dynamodb: DynamoDb.make,
  appconfig: AppConfig.make,
  s3: Objects.make,
  sql: Queries.make,
  http: Urls.make,
}

/** The names in the input of a call, as `CheckedCall` has them. */
const namesOf = (input: Readonly<Record<string, unknown>>): ReadonlyArray<string> => {
  const texts = (...values: ReadonlyArray<unknown>) => values.filter((value) => typeof value === "string")
  const { ApplicationIdentifier, ConfigurationProfileIdentifier, EnvironmentIdentifier } = input
  const { ConfigurationToken, Names, RequestItems, SecretIdList } = input
  if (typeof ConfigurationToken === "string") return JSON.parse(ConfigurationToken)
  if (ApplicationIdentifier !== undefined)
    return texts(ApplicationIdentifier, EnvironmentIdentifier, ConfigurationProfileIdentifier)
  const { resourceArn, secretArn } = input
  if (resourceArn !== undefined) return texts(resourceArn, secretArn)
  if (typeof RequestItems === "object" && RequestItems !== null) return Object.keys(RequestItems)
  const list = Names ?? SecretIdList
  if (Array.isArray(list)) return texts(...list)
  return texts(input["Name"], input["Path"], input["SecretId"], input["TableName"])
}

/** A call, and the role that makes it. */
export interface MadeCall extends CheckedCall {
  readonly role: string | undefined
}

const callsOfKind = (kind: Kind, addresses: ReadonlyArray<Address>) =>
  Effect.gen(function* () {
    const { calls, fetch, source } = yield* recordedSource(
      MAKE[kind] as typeof Parameters.make,
      ({ input, operation }) => {
        if (operation === "StartConfigurationSession")
          return { InitialConfigurationToken: JSON.stringify(namesOf(input)) }
        return operation === "BeginTransaction" ? { transactionId: "t" } : notFound
      },
    )
    // The source gets addresses of its own kind.
    const own = addresses as ReadonlyArray<never>
    const groups = Map.groupBy(own, (address) => source.groupOf(address))
    for (const group of groups.values()) {
      for (const [index, address] of group.entries()) {
        yield* fetch(address)
        for (const other of group.slice(index + 1)) if (source.batchSize > 1) yield* fetch(address, other)
      }
    }
    return calls.map(({ access: { region, roleArn }, input, operation }): MadeCall => ({
      operation,
      names: namesOf(input),
      region,
      account: roleArn?.split(":")[4] ?? ACCOUNT,
      role: roleArn,
    }))
  })

/** All calls that can be made for a plan, with the role that makes each; undefined: the function's. */
export const callsOf = Effect.fnUntraced(function* (plan: PlanShape) {
  const byKind = Map.groupBy(addressesOf(plan), ({ kind }) => kind)
  const made = yield* Effect.forEach(byKind, ([kind, addresses]) => callsOfKind(kind, addresses))
  const roles = new Set(made.flat().flatMap(({ role }) => (role === undefined ? [] : [role])))
  const assumed = Array.from(roles, (role): MadeCall => ({
    operation: "AssumeRole",
    names: [role],
    region: REGION,
    account: ACCOUNT,
    role: undefined,
  }))
  return [...made.flat(), ...assumed]
})
