/**
 * Puts a seed into local AWS through the real SDK clients; configurations of AppConfig and databases through the control API,
 * because local AWS has no API to deploy and to create them.
 *
 * `cli/seed/seedFile.ts` reads seeds from files; tests write them as data. An item is plain JSON; `seedItems.ts` has the types that JSON
 * lacks. Seeding again replaces what is there.
 */
import * as Dynamo from "@aws-sdk/client-dynamodb"
import * as S3 from "@aws-sdk/client-s3"
import * as SecretsManager from "@aws-sdk/client-secrets-manager"
import * as Ssm from "@aws-sdk/client-ssm"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Configuration } from "./AppConfig.ts"
import type { Database } from "./DataApi.ts"
import { toItem } from "./seedItems.ts"

interface Parameter {
  readonly name: string
  readonly value: string
  /** Default String. */
  readonly type?: "String" | "StringList" | "SecureString"
  readonly region?: string
  readonly labels?: ReadonlyArray<string>
}

/** One of `value`, `json` (a value, stored as its text) and `binary` (base64). */
interface Secret {
  readonly name: string
  readonly value?: string
  readonly json?: unknown
  readonly binary?: string
  readonly region?: string
}

interface Key {
  readonly name: string
  /** Default S. */
  readonly type?: "S" | "N" | "B"
}

interface Index {
  readonly name: string
  readonly hashKey: Key
  readonly sortKey?: Key
  /** A local secondary index, whose partition key is that of the table. Default: a global one. */
  readonly local?: boolean
}

interface Table {
  readonly name: string
  readonly hashKey: Key
  readonly sortKey?: Key
  /** They have all attributes of the items. */
  readonly indexes?: ReadonlyArray<Index>
  readonly region?: string
  readonly items?: ReadonlyArray<Readonly<Record<string, unknown>>>
}

/** An object of S3 with one of `content`, `json` (a value, stored as its text) and `binary` (base64). */
interface StoredObject {
  readonly bucket: string
  readonly key: string
  readonly content?: string
  readonly json?: unknown
  readonly binary?: string
  /** The media type. Default application/json for `json`, else none. */
  readonly type?: string
  /** The content coding, such as gzip. */
  readonly encoding?: string
  /** Of the bucket, which is made if there is none. */
  readonly region?: string
}

/** What local AWS is to hold. */
export interface Seed {
  /** Of entries without one. Default us-east-1. */
  readonly region?: string
  readonly parameters?: ReadonlyArray<Parameter>
  readonly secrets?: ReadonlyArray<Secret>
  readonly tables?: ReadonlyArray<Table>
  /** `json` instead of `content` is stored as its text. */
  readonly appconfig?: ReadonlyArray<Configuration & { readonly json?: unknown }>
  readonly objects?: ReadonlyArray<StoredObject>
  readonly databases?: ReadonlyArray<Database>
}

/** Local AWS refused a part of the seed. `what` is the entry. */
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

/** The text of `json`, if the entry has one. */
const jsonOf = ({ json }: { readonly json?: unknown }): string | undefined => JSON.stringify(json)

const seedSecret = Effect.fnUntraced(function* (client: SecretsManager.SecretsManagerClient, secret: Secret) {
  const what = `secret ${secret.name}`
  const value =
    secret.binary === undefined
      ? { SecretString: secret.value ?? jsonOf(secret) ?? "" }
      : { SecretBinary: Buffer.from(secret.binary, "base64") }
  const create = new SecretsManager.CreateSecretCommand({ Name: secret.name, ...value })
  const replace = new SecretsManager.PutSecretValueCommand({ SecretId: secret.name, ...value })
  yield* call(what, (abortSignal) => client.send(create, { abortSignal })).pipe(
    Effect.catchIf(isRefusedAs("ResourceExistsException"), () =>
      call(what, (abortSignal) => client.send(replace, { abortSignal })),
    ),
  )
})

interface Keys {
  readonly hashKey: Key
  readonly sortKey?: Key
}

const keysOf = ({ hashKey, sortKey }: Keys): ReadonlyArray<Key> =>
  sortKey === undefined ? [hashKey] : [hashKey, sortKey]

const keySchemaOf = (keys: Keys): Array<Dynamo.KeySchemaElement> =>
  keysOf(keys).map(({ name }, index) => ({
    AttributeName: name,
    KeyType: index === 0 ? Dynamo.KeyType.HASH : Dynamo.KeyType.RANGE,
  }))

const indexesOf = (indexes: ReadonlyArray<Index>) =>
  indexes.map((index) => ({
    IndexName: index.name,
    KeySchema: keySchemaOf(index),
    Projection: { ProjectionType: Dynamo.ProjectionType.ALL },
  }))

/** Each attribute that is part of any key, once. */
const definitionsOf = (all: ReadonlyArray<Keys>): Array<Dynamo.AttributeDefinition> =>
  Array.from(
    new Map(all.flatMap(keysOf).map((key) => [key.name, key] as const)).values(),
    ({ name, type }) => ({
      AttributeName: name,
      AttributeType: type ?? "S",
    }),
  )

const seedTable = Effect.fnUntraced(function* (client: Dynamo.DynamoDBClient, table: Table) {
  const what = `table ${table.name}`
  const { indexes = [] } = table
  const local = indexesOf(indexes.filter((index) => index.local === true))
  const global = indexesOf(indexes.filter((index) => index.local !== true))
  const create = new Dynamo.CreateTableCommand({
    TableName: table.name,
    KeySchema: keySchemaOf(table),
    AttributeDefinitions: definitionsOf([table, ...indexes]),
    // An empty list is refused.
    ...(local.length === 0 ? {} : { LocalSecondaryIndexes: local }),
    ...(global.length === 0 ? {} : { GlobalSecondaryIndexes: global }),
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

/** Sends a part of the seed to the control API. */
const post = async (url: URL, entry: object, signal: AbortSignal): Promise<void> => {
  const reply = await fetch(url, { method: "POST", body: JSON.stringify(entry), signal })
  if (!reply.ok) throw new Error(`local AWS answered ${reply.status}: ${await reply.text()}`)
}

const deploy = (endpoint: string, configuration: NonNullable<Seed["appconfig"]>[number]) =>
  call(`configuration ${configuration.profile}`, (signal) => {
    const { json: _, content = jsonOf(configuration), ...rest } = configuration
    const entry = { ...rest, ...(content === undefined ? {} : { content }) }
    return post(new URL("/_deployments", endpoint), entry, signal)
  })

const seedObject = Effect.fnUntraced(function* (client: S3.S3Client, object: StoredObject) {
  const { binary, bucket: Bucket, encoding, key: Key } = object
  const what = `object ${Bucket}/${Key}`
  const create = new S3.CreateBucketCommand({ Bucket })
  yield* call(what, (abortSignal) => client.send(create, { abortSignal })).pipe(
    Effect.catchIf(isRefusedAs("BucketAlreadyOwnedByYou"), () => Effect.void),
  )
  const type = object.type ?? (object.json === undefined ? undefined : "application/json")
  const put = new S3.PutObjectCommand({
    Bucket,
    Key,
    Body: binary === undefined ? (object.content ?? jsonOf(object) ?? "") : Buffer.from(binary, "base64"),
    ...(type === undefined ? {} : { ContentType: type }),
    ...(encoding === undefined ? {} : { ContentEncoding: encoding }),
  })
  yield* call(what, (abortSignal) => client.send(put, { abortSignal }))
})

const createDatabase = (endpoint: string, database: Database) =>
  call(`database ${database.name}`, (signal) => post(new URL("/_databases", endpoint), database, signal))

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
  const objects = yield* perRegion((region) => new S3.S3Client({ ...options, region, forcePathStyle: true }))
  yield* Effect.forEach(
    [
      ...(seed.parameters ?? []).map((entry) => seedParameter(ssm(regionOf(entry)), entry)),
      ...(seed.secrets ?? []).map((entry) => seedSecret(secrets(regionOf(entry)), entry)),
      ...(seed.tables ?? []).map((entry) => seedTable(dynamo(regionOf(entry)), entry)),
      ...(seed.appconfig ?? []).map((entry) => deploy(endpoint, { ...entry, region: regionOf(entry) })),
      ...(seed.objects ?? []).map((entry) => seedObject(objects(regionOf(entry)), entry)),
      ...(seed.databases ?? []).map((entry) =>
        createDatabase(endpoint, { ...entry, region: regionOf(entry) }),
      ),
    ],
    (task) => task,
    { concurrency: CONCURRENCY, discard: true },
  )
}, Effect.scoped)
