/**
 * Fills local AWS with the contents of a seed file through the real SDK clients; configurations of AppConfig through
 * the control API, because local AWS has no API to deploy them.
 *
 * `npm start` seeds from `example/seed.yaml`, tests from data. The shape, in YAML or JSON:
 *
 *     region: us-west-2            # for entries without one; default us-east-1
 *     parameters:
 *       - { name: CacheExtensions_Parameter1, value: Hello, type: String, region: us-west-2, labels: [prod] }
 *     secrets:
 *       - { name: secret_info, value: s3cr3t }            # or `binary: <base64>`
 *     tables:
 *       - name: DynamoDbTable
 *         hashKey: { name: pKey, type: S }                # type S (default), N or B
 *         sortKey: { name: sKey }                         # optional
 *         items:
 *           - { pKey: pKey1, sKey: sKey1, Data: Sample Data }
 *     appconfig:
 *       - { application: shop, environment: prod, profile: flags, content: '{"beta":true}' }   # see AppConfig.ts
 *
 * An item is plain JSON. Types that JSON lacks are maps with one key: `$N` (a number with all its digits, as text),
 * `$B` (base64), `$SS`, `$NS`, `$BS` (sets). Seeding again replaces what is there.
 */
import { readFile } from "node:fs/promises"
import * as Dynamo from "@aws-sdk/client-dynamodb"
import * as SecretsManager from "@aws-sdk/client-secrets-manager"
import * as Ssm from "@aws-sdk/client-ssm"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { parse } from "yaml"
import { Configuration } from "./AppConfig.ts"
import { toItem } from "./seedItems.ts"

const Key = Schema.Struct({
  name: Schema.String,
  type: Schema.optionalKey(Schema.Literals(["S", "N", "B"])),
})

/** The contents of a seed file. */
export const Seed = Schema.Struct({
  region: Schema.optionalKey(Schema.String),
  parameters: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        name: Schema.String,
        value: Schema.String,
        type: Schema.optionalKey(Schema.Literals(["String", "StringList", "SecureString"])),
        region: Schema.optionalKey(Schema.String),
        labels: Schema.optionalKey(Schema.Array(Schema.String)),
      }),
    ),
  ),
  secrets: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        name: Schema.String,
        value: Schema.optionalKey(Schema.String),
        /** Base64, instead of `value`. */
        binary: Schema.optionalKey(Schema.String),
        region: Schema.optionalKey(Schema.String),
      }),
    ),
  ),
  tables: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        name: Schema.String,
        hashKey: Key,
        sortKey: Schema.optionalKey(Key),
        region: Schema.optionalKey(Schema.String),
        items: Schema.optionalKey(Schema.Array(Schema.Record(Schema.String, Schema.Unknown))),
      }),
    ),
  ),
  appconfig: Schema.optionalKey(Schema.Array(Configuration)),
})
export type Seed = typeof Seed.Type
type Parameter = NonNullable<Seed["parameters"]>[number]
type Secret = NonNullable<Seed["secrets"]>[number]
type Table = NonNullable<Seed["tables"]>[number]

/** The seed could not be read, or AWS refused a part of it. `what` is the file or the entry. */
export class SeedError extends Schema.TaggedError<SeedError>()("SeedError", {
  what: Schema.String,
  cause: Schema.Defect(),
}) {
  override get message(): string {
    return `Cannot seed ${this.what}: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}`
  }
}

const DEFAULT_REGION = "us-east-1"
const CONCURRENCY = 8
const TABLE_WAIT_SECONDS = 30

/** Credentials for local AWS, which does not verify signatures. They open nothing else. */
export const LOCAL_CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" }

/** Reads a seed from a YAML or JSON file. A misspelt key is an error. */
export const readSeed = Effect.fn("readSeed")(function* (path: string) {
  const failed = (cause: unknown) => new SeedError({ what: path, cause })
  const text = yield* Effect.tryPromise({ try: () => readFile(path, "utf8"), catch: failed })
  const data = yield* Effect.try({ try: (): unknown => parse(text), catch: failed })
  return yield* Schema.decodeUnknownEffect(Seed, { onExcessProperty: "error", errors: "all" })(data).pipe(
    Effect.mapError(failed),
  )
})

const call = <A>(what: string, run: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, SeedError> =>
  Effect.tryPromise({ try: run, catch: (cause) => new SeedError({ what, cause }) })

const isRefusedAs =
  (name: string) =>
  ({ cause }: SeedError): boolean =>
    cause instanceof Error && cause.name === name

/** One client for each region, made at its first use and destroyed with the scope. */
const perRegion = <A extends { destroy(): void }>(
  make: (region: string) => A,
): Effect.Effect<(region: string) => A, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => new Map<string, A>()),
    (clients) => Effect.sync(() => clients.forEach((client) => client.destroy())),
  ).pipe(
    Effect.map((clients) => (region) => {
      const client = clients.get(region) ?? make(region)
      clients.set(region, client)
      return client
    }),
  )

const seedParameter = Effect.fnUntraced(function* (ssm: Ssm.SSMClient, parameter: Parameter) {
  const what = `parameter ${parameter.name}`
  const put = new Ssm.PutParameterCommand({
    Name: parameter.name,
    Value: parameter.value,
    Type: parameter.type ?? "String",
    Overwrite: true,
  })
  const { Version } = yield* call(what, (abortSignal) => ssm.send(put, { abortSignal }))
  if (parameter.labels === undefined || Version === undefined) return
  const label = new Ssm.LabelParameterVersionCommand({
    Name: parameter.name,
    ParameterVersion: Version,
    Labels: [...parameter.labels],
  })
  yield* call(what, (abortSignal) => ssm.send(label, { abortSignal }))
})

const seedSecret = Effect.fnUntraced(function* (client: SecretsManager.SecretsManagerClient, secret: Secret) {
  const what = `secret ${secret.name}`
  const value =
    secret.binary === undefined
      ? { SecretString: secret.value ?? "" }
      : { SecretBinary: Buffer.from(secret.binary, "base64") }
  const create = new SecretsManager.CreateSecretCommand({ Name: secret.name, ...value })
  const replace = new SecretsManager.PutSecretValueCommand({ SecretId: secret.name, ...value })
  yield* call(what, (abortSignal) => client.send(create, { abortSignal })).pipe(
    Effect.catchIf(isRefusedAs("ResourceExistsException"), () =>
      call(what, (abortSignal) => client.send(replace, { abortSignal })),
    ),
  )
})

const seedTable = Effect.fnUntraced(function* (client: Dynamo.DynamoDBClient, table: Table) {
  const what = `table ${table.name}`
  const keys = [
    { ...table.hashKey, role: Dynamo.KeyType.HASH },
    ...(table.sortKey === undefined ? [] : [{ ...table.sortKey, role: Dynamo.KeyType.RANGE }]),
  ]
  const create = new Dynamo.CreateTableCommand({
    TableName: table.name,
    KeySchema: keys.map(({ name, role }) => ({ AttributeName: name, KeyType: role })),
    AttributeDefinitions: keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type ?? "S" })),
    BillingMode: "PAY_PER_REQUEST",
  })
  yield* call(what, (abortSignal) => client.send(create, { abortSignal })).pipe(
    Effect.catchIf(isRefusedAs("ResourceInUseException"), () => Effect.void),
  )
  yield* call(what, (abortSignal) =>
    Dynamo.waitUntilTableExists(
      { client, abortSignal, maxWaitTime: TABLE_WAIT_SECONDS, minDelay: 1, maxDelay: 1 },
      { TableName: table.name },
    ),
  )
  yield* Effect.forEach(
    table.items ?? [],
    (item) => {
      const put = new Dynamo.PutItemCommand({ TableName: table.name, Item: toItem(item) })
      return call(what, (abortSignal) => client.send(put, { abortSignal }))
    },
    { concurrency: CONCURRENCY, discard: true },
  )
})

const deploy = (endpoint: string, configuration: Configuration) =>
  call(`configuration ${configuration.profile}`, async (signal) => {
    const body = JSON.stringify(configuration)
    const { ok, status } = await fetch(new URL("/_deployments", endpoint), { method: "POST", body, signal })
    if (!ok) throw new Error(`local AWS answered ${status}`)
  })

/** Puts a seed into the local AWS at this URL. */
export const seedFrom = Effect.fn("seedFrom")(function* (endpoint: string, seed: Seed) {
  const regionOf = ({ region }: { readonly region?: string | undefined }) =>
    region ?? seed.region ?? DEFAULT_REGION
  const options = { endpoint, credentials: LOCAL_CREDENTIALS }
  const ssm = yield* perRegion((region) => new Ssm.SSMClient({ ...options, region }))
  const secrets = yield* perRegion(
    (region) => new SecretsManager.SecretsManagerClient({ ...options, region }),
  )
  const dynamo = yield* perRegion((region) => new Dynamo.DynamoDBClient({ ...options, region }))
  yield* Effect.forEach(
    [
      ...(seed.parameters ?? []).map((entry) => seedParameter(ssm(regionOf(entry)), entry)),
      ...(seed.secrets ?? []).map((entry) => seedSecret(secrets(regionOf(entry)), entry)),
      ...(seed.tables ?? []).map((entry) => seedTable(dynamo(regionOf(entry)), entry)),
      ...(seed.appconfig ?? []).map((entry) => deploy(endpoint, { ...entry, region: regionOf(entry) })),
    ],
    (task) => task,
    { concurrency: CONCURRENCY, discard: true },
  )
}, Effect.scoped)
