/**
 * Three environments of the built extension that share a tier behind a relay: a table of local AWS, or a real Valkey or Redis.
 * `tierFaults.ts` breaks the tier, `tierMatrix.ts` looks at what reads see of that.
 */
import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb"
import { Context, Effect, Layer, type Scope } from "effect"
import type { Redis } from "effect/persistence/Redis"
import path from "node:path"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { LOCAL_CREDENTIALS, seedFrom } from "../../local/aws/seed.ts"
import { makeFleet, type Member } from "../../local/fleet/Fleet.ts"
import { connectRedis } from "../../src/host/nodeRedis.ts"
import { clientsFor, REGION, sdk } from "./aws.ts"
import { type Artifact, EXTENSION } from "./extension.ts"
import { LOOPBACK } from "./extensionHttp.ts"
import { makeRelay } from "./extensionRelay.ts"
import { folderOf } from "./lambda.ts"
import { type RedisServer, startRedis } from "./RedisServer.ts"

const TABLE = "shared-tier"
const NAMESPACE = "fleet"
const ENVIRONMENTS = 3

/** In milliseconds: longer than the default, so that a busy machine fails no read. */
export const READ_BUDGET = 10_000

/** What stays fresh, and what is soon past its ttl. */
export const LASTING = Array.from({ length: 20 }, (_, index) => `/fleet/lasting${index}`)
export const SHORT = Array.from({ length: 10 }, (_, index) => `/fleet/short${index}`)
export const valueOf = (name: string): string => `value of ${name}`

/** Keys of 32 bytes in base64, as parameters. */
const KEYS = [1, 2].map((byte) => ({
  name: `/key/${byte}`,
  value: Buffer.alloc(32, byte).toString("base64"),
  type: "SecureString" as const,
}))

/** An engine as its faults see it. */
export interface Engine {
  /** For `shared.store`. */
  readonly store: string
  /** Further variables of the environments. */
  readonly variables: Readonly<Record<string, string>>
  /** Between the environments and the engine. */
  readonly relay: Effect.Success<ReturnType<typeof makeRelay>>
  /** How many records it has, without leases. */
  readonly count: Effect.Effect<number>
  /** Drops everything. */
  readonly empty: Effect.Effect<void>
  /** Replaces the body of every record. `body` gets the time at which AWS was asked for it. */
  readonly spoil: (body: (askedAt: string) => string) => Effect.Effect<void>
}

export interface DynamoEngine extends Engine {
  readonly _tag: "DynamoDB"
  readonly aws: AwsEmulator["Service"]
  readonly dropTable: Effect.Effect<void>
  readonly createTable: Effect.Effect<void>
}

export interface RedisEngine extends Engine {
  readonly _tag: "Redis"
  readonly server: RedisServer
  /** Sends a command. */
  readonly send: (command: string, ...args: ReadonlyArray<string>) => Effect.Effect<unknown>
}

const KEY_ATTRIBUTE = "key"

const makeDynamo = Effect.fnUntraced(function* (aws: AwsEmulator["Service"], dynamo: DynamoDBClient) {
  const relay = yield* makeRelay(aws.port)
  const items = Effect.map(
    sdk(() => dynamo.send(new ScanCommand({ TableName: TABLE, ConsistentRead: true }))),
    ({ Items = [] }) => Items.filter((item) => item["body"] !== undefined),
  )
  const createTable = Effect.asVoid(
    sdk(() =>
      dynamo.send(
        new CreateTableCommand({
          TableName: TABLE,
          KeySchema: [{ AttributeName: KEY_ATTRIBUTE, KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: KEY_ATTRIBUTE, AttributeType: "S" }],
          BillingMode: "PAY_PER_REQUEST",
        }),
      ),
    ),
  )
  const dropTable = Effect.asVoid(sdk(() => dynamo.send(new DeleteTableCommand({ TableName: TABLE }))))
  yield* createTable
  const engine: DynamoEngine = {
    _tag: "DynamoDB",
    aws,
    store: `dynamodb://${TABLE}`,
    variables: { AWS_ENDPOINT_URL_DYNAMODB: relay.endpoint },
    relay,
    count: Effect.map(items, ({ length }) => length),
    dropTable,
    createTable,
    empty: Effect.andThen(dropTable, createTable),
    spoil: (body) =>
      Effect.flatMap(items, (all) =>
        Effect.forEach(
          all,
          (item) =>
            sdk(() =>
              dynamo.send(
                new PutItemCommand({
                  TableName: TABLE,
                  Item: { ...item, body: { S: body(item["askedAt"]?.N ?? "") } },
                }),
              ),
            ),
          { discard: true },
        ),
      ),
  }
  return engine
})

const makeRedis = Effect.gen(function* () {
  const server = yield* startRedis()
  const relay = yield* makeRelay(server.port)
  /** On a connection of its own, because faults end connections. */
  const withRedis = <A>(use: (redis: Redis["Service"]) => Effect.Effect<A, unknown>): Effect.Effect<A> =>
    connectRedis({ host: LOOPBACK, port: server.port, isTls: false, connectTimeout: 5_000 }).pipe(
      Effect.flatMap(use),
      Effect.scoped,
      Effect.orDie,
    )
  const send: RedisEngine["send"] = (command, ...args) =>
    withRedis((redis) => redis.send<unknown>(command, ...args))
  const keys = (redis: Redis["Service"]) =>
    Effect.map(redis.send<ReadonlyArray<string>>("KEYS", `{${NAMESPACE}}/*`), (all) =>
      all.filter((key) => !key.includes("/lease/")),
    )
  const engine: RedisEngine = {
    _tag: "Redis",
    server,
    store: `redis://${LOOPBACK}:${new URL(relay.endpoint).port}`,
    variables: {},
    relay,
    send,
    count: Effect.map(withRedis(keys), ({ length }) => length),
    empty: Effect.asVoid(send("FLUSHALL")),
    spoil: (body) =>
      withRedis((redis) =>
        Effect.flatMap(
          keys(redis),
          Effect.forEach((key) =>
            Effect.gen(function* () {
              const [askedAt = ""] = (yield* redis.send<string>("GET", key)).split("\n")
              yield* redis.send("SET", key, `${askedAt}\n${body(askedAt)}`)
            }),
          ),
        ),
      ),
  }
  return engine
})

/** The environments and the engine. None has been started. `differ`: environment 1 has another key than the others. */
export const makeTierWorld = <E extends DynamoEngine | RedisEngine>(
  tag: E["_tag"],
  artifact: Artifact,
  { differ = false } = {},
) =>
  Effect.gen(function* () {
    const aws = Context.get(yield* Layer.build(Layer.fresh(AwsEmulator.layer())), AwsEmulator)
    const all = [...LASTING, ...SHORT]
    yield* seedFrom(aws.endpoint, {
      region: REGION,
      parameters: [...all.map((name) => ({ name, value: valueOf(name) })), ...KEYS],
    })
    const { dynamo } = yield* clientsFor(aws.endpoint)
    const engine = (yield* tag === "DynamoDB" ? makeDynamo(aws, dynamo) : makeRedis) as E
    const configOf = (number: number): string =>
      `parameters:
  - { names: [${LASTING.join(", ")}], ttl: 1h${differ ? "" : ", shared: plain"} }
  - { names: [${SHORT.join(", ")}], ttl: 1s${differ ? "" : ", shared: plain"} }
cache: { read_budget: ${READ_BUDGET}ms }
shared:
  store: ${engine.store}
  namespace: ${NAMESPACE}
${differ ? `  encryption: { parameter: ${KEYS[number === 1 ? 1 : 0]?.name} }` : ""}
`
    const folder = yield* folderOf(
      Object.fromEntries(
        Array.from({ length: ENVIRONMENTS }, (_, number) => [`${number}.yaml`, configOf(number)]),
      ),
    )
    const members = yield* makeFleet({
      environments: ENVIRONMENTS,
      variables: (number) => ({
        AWS_ENDPOINT_URL: aws.endpoint,
        CACHE_EXTENSION_INIT_STARTUP: "false",
        CACHE_EXTENSION_CONFIG: path.join(folder, `${number}.yaml`),
        ...engine.variables,
      }),
      lambda: () => ({
        extensionsFolder: artifact.extensionsFolder,
        region: REGION,
        credentials: { ...LOCAL_CREDENTIALS, sessionToken: "local" },
      }),
    })
    yield* aws.latency.set(20)
    const memberAt = (number: number): Member => {
      const member = members[number]
      if (member === undefined) throw new Error(`there is no environment ${number}`)
      return member
    }
    return {
      engine,
      port: (number: number) => memberAt(number).port,
      start: (number: number) => Effect.orDie(memberAt(number).lambda.init),
      signal: (number: number, signal: NodeJS.Signals) => memberAt(number).lambda.signal(EXTENSION, signal),
      linesOf: (number: number): ReadonlyArray<string> =>
        memberAt(number)
          .lambda.logs.all()
          .filter(({ source }) => source === "extension")
          .map(({ line }) => line),
      /** Calls to Parameter Store for what config.yaml lists. */
      calls: Effect.map(
        aws.calls.all,
        (calls) =>
          calls.filter(({ names, service }) => service === "ssm" && names.some((name) => all.includes(name)))
            .length,
      ),
    }
  }).pipe(Effect.orDie)

export type TierWorld<E extends DynamoEngine | RedisEngine> = Effect.Success<
  ReturnType<typeof makeTierWorld<E>>
>
export type InScope = Effect.Effect<void, never, Scope.Scope>
