/**
 * One suite for every store of the shared tier: the table in DynamoDB on dynalite, and the one in memory that other tests use.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Redacted, Schedule } from "effect"
import { AwsEmulator } from "../../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../../local/aws/seed.ts"
import { connectRedis } from "../../../src/host/nodeRedis.ts"
import type { SharedStore } from "../../../src/shared/SharedStore.ts"
import { makeDynamoDbStore } from "../../../src/shared/stores/dynamodb.ts"
import { makeRedisStore, taggedKey } from "../../../src/shared/stores/redis.ts"
import {
  type Logins,
  makeRedisConnection,
  type RedisPlan,
} from "../../../src/shared/stores/RedisConnection.ts"
import { REGION } from "../../support/aws.ts"
import { clientsOnLocalAws } from "../../support/localSources.ts"
import { REDIS_COMMAND, type RedisServer, startRedis } from "../../support/RedisServer.ts"
import { makeSharedStore } from "../../support/sharedStore.ts"
import { storeCases } from "./storeCases.ts"

/** The store under test. */
class Store extends Context.Service<Store, SharedStore>()("cache-extension/test/shared/stores/Store") {}

const NO_LOGIN: Logins = { get: Effect.succeed({}), refused: Effect.void }

const TABLE = "cache-extension-shared"
const TABLES = [{ name: TABLE, hashKey: { name: "key" } }]

const onDynalite = Layer.effect(
  Store,
  Effect.gen(function* () {
    const { endpoint } = yield* AwsEmulator
    yield* seedFrom(endpoint, { region: REGION, tables: TABLES })
    return yield* makeDynamoDbStore({ _tag: "DynamoDb", table: TABLE, region: REGION })
  }),
).pipe(Layer.provideMerge(clientsOnLocalAws), Layer.orDie)

/** The store on a server that has just been started, with a connection of this test. */
const redisOn = (server: RedisServer, more: Partial<RedisPlan> = {}, logins = NO_LOGIN) =>
  Effect.map(
    makeRedisConnection(
      { _tag: "Redis", host: "127.0.0.1", port: server.port, isTls: false, ...more },
      connectRedis,
      logins,
    ),
    makeRedisStore,
  )

const onRedis = Layer.effect(
  Store,
  Effect.flatMap(startRedis(), (server) => redisOn(server)),
).pipe(Layer.orDie)

const inMemory = Layer.sync(Store, () => makeSharedStore().store)

describe.each([
  ["a table in DynamoDB", onDynalite],
  ["the store in memory", inMemory],
] as const)("%s", (_name, store: Layer.Layer<Store>) => {
  layer(store, { excludeTestServices: true, timeout: "20 seconds" })((it) => {
    it.effect.each([...storeCases])("$name", ({ check }) => Effect.flatMap(Store, check))
  })
})

const KEY = "shop/1/parameters/a-key"

const ask = (store: SharedStore) => store.read({ keys: [KEY], leases: [] })

const isRedisInstalled = REDIS_COMMAND !== undefined

describe.skipIf(!isRedisInstalled)(
  `Valkey or Redis${isRedisInstalled ? "" : " (skipped: neither valkey-server nor redis-server is on PATH)"}`,
  () => {
    layer(onRedis, { excludeTestServices: true, timeout: "20 seconds" })((it) => {
      it.effect.each([...storeCases])("$name", ({ check }) => Effect.flatMap(Store, check))
    })

    const record = (body: string) => ({ key: KEY, askedAt: 1, body, expiresAt: 9_999_999_999_999 })

    it.live("whose connection has died answers on a new one, and the caller sees nothing of it", () =>
      Effect.gen(function* () {
        const server = yield* startRedis()
        const store = yield* redisOn(server)
        yield* ask(store)
        yield* server.kill
        yield* startRedis([], server.port)
        assert.deepStrictEqual((yield* ask(store)).records, [undefined])
        yield* store.write([record("after")])
        assert.strictEqual((yield* ask(store)).records[0]?.body, "after")
      }).pipe(Effect.scoped),
    )

    it.live("that is not there fails at once, and says nothing of what was asked for", () =>
      Effect.gen(function* () {
        const server = yield* startRedis()
        const store = yield* redisOn(server)
        yield* server.kill
        const { detail } = yield* Effect.flip(ask(store))
        assert.match(detail, /^connecting: /)
        assert.notInclude(detail, KEY)
        assert.isFalse(yield* store.isConnected)
      }).pipe(Effect.scoped),
    )

    it.live("that hangs can be left at any moment, and is connected anew afterwards", () =>
      Effect.gen(function* () {
        const server = yield* startRedis()
        const store = yield* redisOn(server)
        yield* ask(store)
        yield* server.signal("SIGSTOP")
        const asking = yield* Effect.forkChild(ask(store), { startImmediately: true })
        yield* Fiber.interrupt(asking)
        assert.isFalse(yield* store.isConnected)
        yield* server.signal("SIGCONT")
        assert.deepStrictEqual((yield* ask(store)).records, [undefined])
      }).pipe(Effect.scoped),
    )

    it.live("with a password takes it, asks for it again after it was refused, and never repeats it", () =>
      Effect.gen(function* () {
        const server = yield* startRedis(["--requirepass", "p@ss/w:rd"])
        let password = "hunter2"
        let refusals = 0
        const store = yield* redisOn(
          server,
          {},
          {
            get: Effect.sync(() => ({ password: Redacted.make(password) })),
            refused: Effect.sync(() => {
              refusals += 1
              password = "p@ss/w:rd"
            }),
          },
        )
        const { detail } = yield* Effect.flip(ask(store))
        assert.strictEqual(detail, "connecting: WRONGPASS")
        assert.strictEqual(refusals, 1)
        assert.deepStrictEqual((yield* ask(store)).records, [undefined])
      }).pipe(Effect.scoped),
    )

    it.live("that is full refuses a write, and its records stay readable", () =>
      Effect.gen(function* () {
        const server = yield* startRedis(["--maxmemory", "2mb", "--maxmemory-policy", "noeviction"])
        const store = yield* redisOn(server)
        const { detail } = yield* Effect.flip(store.write([record("x".repeat(4_000_000))]))
        assert.match(detail, /OOM|connection/)
        assert.deepStrictEqual((yield* ask(store)).records, [undefined])
      }).pipe(Effect.scoped),
    )

    it.live("reads what something else has written as nothing", () =>
      Effect.gen(function* () {
        const server = yield* startRedis()
        const store = yield* redisOn(server)
        const other = yield* connectRedis({
          host: "127.0.0.1",
          port: server.port,
          isTls: false,
          connectTimeout: 5_000,
        })
        yield* other.send("SET", taggedKey(KEY), "no record")
        assert.deepStrictEqual((yield* ask(store)).records, [undefined])
        yield* store.write([record("ours")])
        assert.strictEqual((yield* ask(store)).records[0]?.body, "ours")
      }).pipe(Effect.scoped),
    )
  },
)

describe("the key of a record in Valkey or Redis", () => {
  it("has the namespace as hash tag", () => {
    assert.strictEqual(taggedKey("shop-prod/1/parameters/x"), "{shop-prod}/1/parameters/x")
  })
})

describe("a table in DynamoDB", () => {
  const setup = Effect.gen(function* () {
    const aws = yield* AwsEmulator
    yield* seedFrom(aws.endpoint, { region: REGION, tables: TABLES })
    const store = yield* makeDynamoDbStore({ _tag: "DynamoDb", table: TABLE, region: REGION })
    return { aws, store }
  })

  it.live("fails if there is no such table, and says nothing of what was asked for", () =>
    Effect.gen(function* () {
      const store = yield* makeDynamoDbStore({ _tag: "DynamoDb", table: "another", region: REGION })
      const refused = yield* Effect.flip(ask(store))
      assert.match(refused.detail, /^BatchGetItem: /)
      const record = { key: KEY, askedAt: 1, body: "a-value", expiresAt: 2 }
      const { detail } = yield* Effect.flip(store.write([record]))
      assert.notMatch(refused.detail + detail, /a-key|a-value/)
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )

  it.live("counts a key that DynamoDB has left unread as no answer, never as missing", () =>
    Effect.gen(function* () {
      const { aws, store } = yield* setup
      yield* ask(store)
      yield* aws.faults.inject({ operation: "BatchGetItem", effect: { kind: "unprocessed" } })
      const { detail } = yield* Effect.flip(ask(store))
      assert.match(detail, /throttles/)
      assert.isTrue(yield* store.isConnected)
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )

  it.live("is not connected before its first reply, nor after a call without one", () =>
    Effect.gen(function* () {
      const { aws, store } = yield* setup
      assert.isFalse(yield* store.isConnected)
      yield* ask(store)
      assert.isTrue(yield* store.isConnected)
      const { hits } = yield* aws.faults.inject({ operation: "BatchGetItem", effect: { kind: "hang" } })
      const asking = yield* Effect.forkChild(ask(store))
      yield* Effect.repeat(hits, { until: (count) => count > 0, schedule: Schedule.spaced("2 millis") })
      yield* Fiber.interrupt(asking)
      assert.isFalse(yield* store.isConnected)
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )
})
