/**
 * One suite for every store of the shared tier: the table in DynamoDB on dynalite, and the one in memory that other tests use.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Schedule } from "effect"
import { AwsEmulator } from "../../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../../local/aws/seed.ts"
import type { SharedStore } from "../../../src/shared/SharedStore.ts"
import { makeDynamoDbStore } from "../../../src/shared/stores/dynamodb.ts"
import { REGION } from "../../support/aws.ts"
import { clientsOnLocalAws } from "../../support/localSources.ts"
import { makeSharedStore } from "../../support/sharedStore.ts"
import { storeCases } from "./storeCases.ts"

/** The store under test. */
class Store extends Context.Service<Store, SharedStore>()("cache-extension/test/shared/stores/Store") {}

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

const inMemory = Layer.sync(Store, () => makeSharedStore().store)

describe.each([
  ["a table in DynamoDB", onDynalite],
  ["the store in memory", inMemory],
] as const)("%s", (_name, store: Layer.Layer<Store>) => {
  layer(store, { excludeTestServices: true })((it) => {
    it.effect.each([...storeCases])("$name", ({ check }) => Effect.flatMap(Store, check))
  })
})

const KEY = "shop/1/parameters/a-key"

const ask = (store: SharedStore) => store.read({ keys: [KEY], leases: [] })

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
