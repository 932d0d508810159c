/**
 * The source of items, over a client that records what it is asked: in which calls, what becomes of each reply, and what
 * a batch costs that DynamoDB answers in several rounds.
 */
import type { AttributeValue, BatchGetItemCommandOutput } from "@aws-sdk/client-dynamodb"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Result } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import type { ItemAddress } from "../../../../src/kinds/dynamodb/address.ts"
import { AccessDenied, type SourceError, Throttled, TimedOut } from "../../../../src/domain/SourceError.ts"
import type { Circuit } from "../../../../src/sources/Circuit.ts"
import { make } from "../../../../src/kinds/dynamodb/fetch/items.ts"
import type { Fetched, Rounds } from "../../../../src/kinds/Source.ts"
import { ATTEMPT_TIMEOUT } from "../../../../src/sources/retry.ts"
import { fetchBatch } from "../../../../src/sources/Sources.ts"
import { bodyOf, failure } from "../../../support/entries.ts"
import { recordedSource, SILENCE } from "../../../support/recordedCalls.ts"

type Item = Record<string, AttributeValue>

/** What an operation is asked with, as far as these tests look. */
interface Asked {
  readonly operation: string
  readonly input: {
    readonly TableName?: string
    readonly Key?: Item
    readonly ConsistentRead?: boolean
    readonly RequestItems?: Record<
      string,
      { readonly Keys: ReadonlyArray<Item>; readonly ConsistentRead?: boolean }
    >
  }
}

type Reply = { readonly Item?: Item } | Omit<BatchGetItemCommandOutput, "$metadata">
type Answer = (asked: Asked, call: number) => Reply | SourceError | typeof SILENCE

/** A source whose client answers as the test says. */
const sourceOver = Effect.fnUntraced(function* (answer: Answer) {
  const calls: Array<Asked> = []
  const { source } = yield* recordedSource(make, ({ input, operation }, count) => {
    const asked: Asked = { operation, input }
    calls.push(asked)
    return answer(asked, count)
  })
  return { source, calls }
})

const closed: Circuit = () => (call) => call

const at = (id: string, more: Partial<ItemAddress> = {}): ItemAddress => ({
  kind: "dynamodb",
  region: "us-west-2",
  table: "Things",
  hash: { name: "id", type: "S", value: id },
  consistentRead: false,
  numbers: "number",
  ...more,
})

const itemOf = (key: Item): Item => ({ ...key, of: { S: `item ${Object.values(key[`id`] ?? {}).join()}` } })
const bodyAt = (id: string) => JSON.stringify({ id, of: `item ${id}` })

/** Answers the first `most` keys of each round, and leaves the others. */
const atMost =
  (most: number): Answer =>
  ({ input: { Key, RequestItems = {} } }) => {
    if (Key !== undefined) return { Item: itemOf(Key) }
    const tables = Object.entries(RequestItems)
    let left = most
    const cut = tables.map(([table, { Keys, ...options }]) => {
      const now = Keys.slice(0, left)
      const later = Keys.slice(now.length)
      left -= now.length
      return { table, options, now, later }
    })
    return {
      Responses: Object.fromEntries(cut.map(({ now, table }) => [table, now.map(itemOf).toReversed()])),
      UnprocessedKeys: Object.fromEntries(
        cut.flatMap(({ later, options, table }) =>
          later.length === 0 ? [] : [[table, { ...options, Keys: later }]],
        ),
      ),
    }
  }

const shown = (results: ReadonlyArray<Fetched>) =>
  results.map((result) => (Result.isSuccess(result) ? bodyOf(result.success) : result.failure.reason._tag))

const keysOf = ({ input }: Asked): ReadonlyArray<string> =>
  Object.values(input.RequestItems ?? {}).flatMap(({ Keys }) => Keys.map(({ id }) => String(id?.S)))

const range = (size: number) => Array.from({ length: size }, (_, index) => `i${index}`)

const withTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.join(fiber)
  })

/** Fetches a batch as `Sources` does, and notes when each address was told. */
const fetchAll = (
  source: Effect.Success<typeof make>,
  [first, ...rest]: ReadonlyArray<ItemAddress>,
  told: Array<readonly [index: number, at: number]> = [],
  isWanted = () => true,
) =>
  Effect.gen(function* () {
    if (first === undefined) return []
    const clock = yield* Clock.Clock
    const rounds: Rounds = {
      settle: (index) => told.push([index, clock.currentTimeMillisUnsafe()]),
      moved: () => {},
      isWanted,
    }
    return yield* fetchBatch(source, [first, ...rest], closed, [], rounds)
  })

describe("a batch of items", () => {
  it.effect("is read in as many rounds as DynamoDB needs, and no key twice", () =>
    Effect.gen(function* () {
      const { calls, source } = yield* sourceOver(atMost(10))
      const ids = range(100)
      const results = yield* fetchAll(
        source,
        ids.map((id) => at(id)),
      )
      assert.deepStrictEqual(shown(results), ids.map(bodyAt))
      assert.strictEqual(calls.length, 10)
      assert.deepStrictEqual(
        calls.map((call) => keysOf(call).length),
        [100, 90, 80, 70, 60, 50, 40, 30, 20, 10],
      )
    }),
  )

  it.effect("is told item by item as each round ends, with the time at which that round was asked", () =>
    Effect.gen(function* () {
      const { source } = yield* sourceOver(atMost(2))
      const told: Array<number> = []
      const attempt = <A>(call: Effect.Effect<A, SourceError>) => Effect.delay(call, "1 second")
      const values: Array<number | undefined> = []
      const fiber = yield* source
        .fetch([at("a"), at("b"), at("c"), at("d"), at("e")], attempt, [], {
          settle: (index, fetched) => {
            told.push(index)
            if (Result.isSuccess(fetched)) values[index] = fetched.success.askedAt
          },
          moved: () => {},
          isWanted: () => true,
        })
        .pipe(Effect.forkChild({ startImmediately: true }))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(told, [0, 1])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(told, [0, 1, 2, 3])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(values, [1_000, 1_000, 2_000, 2_000, 3_000])
    }),
  )

  it.effect("gives each round its own time and its own retries", () =>
    Effect.gen(function* () {
      // Each second call is silent: it takes all its time and is made again.
      const answer: Answer = (asked, call) => (call % 2 === 0 ? SILENCE : atMost(1)(asked, call))
      const { calls, source } = yield* sourceOver(answer)
      const told: Array<readonly [number, number]> = []
      const results = yield* withTime(fetchAll(source, [at("a"), at("b"), at("c"), at("d")], told))
      assert.deepStrictEqual(shown(results), ["a", "b", "c", "d"].map(bodyAt))
      assert.deepStrictEqual(
        told.map(([, at]) => at),
        [0, 1, 2, 3].map((rounds) => rounds * Duration.toMillis(ATTEMPT_TIMEOUT)),
      )
      assert.strictEqual(calls.length, 7)
    }),
  )

  it.effect.each([
    ["TimedOut", failure(new TimedOut({ detail: "no answer" }))],
    ["Throttled", failure(new Throttled({ detail: "slow down" }))],
  ] as const)("keeps what came before a round that ended with %s", ([tag, error]) =>
    Effect.gen(function* () {
      const answer: Answer = (asked, call) => (call === 1 ? atMost(2)(asked, call) : error)
      const { calls, source } = yield* sourceOver(answer)
      const results = yield* withTime(fetchAll(source, [at("a"), at("b"), at("c")]))
      assert.deepStrictEqual(shown(results), [bodyAt("a"), bodyAt("b"), tag])
      assert.isTrue(calls.slice(1).every((call) => keysOf(call).join() === "c"))
    }),
  )

  it.effect("asks alone only for what has not come when a round is refused", () =>
    Effect.gen(function* () {
      const denied = failure(new AccessDenied({ detail: "denied" }))
      const answer: Answer = (asked, call) => (call === 2 ? denied : atMost(2)(asked, call))
      const { calls, source } = yield* sourceOver(answer)
      const ids = ["a", "b", "c", "d"]
      const results = yield* fetchAll(
        source,
        ids.map((id) => at(id)),
      )
      assert.deepStrictEqual(shown(results), ids.map(bodyAt))
      assert.deepStrictEqual(
        calls.slice(2).map(({ input }) => input.Key?.["id"]?.S),
        ["c", "d"],
      )
    }),
  )

  it.effect("pauses when a round brings nothing, and ends as throttled for what is left alone", () =>
    Effect.gen(function* () {
      const answer: Answer = (asked, call) => atMost(call === 1 ? 1 : 0)(asked, call)
      const { calls, source } = yield* sourceOver(answer)
      const fiber = yield* Effect.forkChild(fetchAll(source, [at("a"), at("b")]), { startImmediately: true })
      yield* TestClock.adjust("30 millis")
      assert.strictEqual(calls.length, 2)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(shown(yield* Fiber.join(fiber)), [bodyAt("a"), "Throttled"])
      assert.strictEqual(calls.length, 7)
    }),
  )

  it.effect("has all its pauses again after a round that brought something", () =>
    Effect.gen(function* () {
      // Five rounds for nothing, then one item, three times over.
      const answer: Answer = (asked, call) => atMost(call % 6 === 0 ? 1 : 0)(asked, call)
      const { calls, source } = yield* sourceOver(answer)
      const results = yield* withTime(fetchAll(source, [at("a"), at("b"), at("c")]))
      assert.deepStrictEqual(shown(results), ["a", "b", "c"].map(bodyAt))
      assert.strictEqual(calls.length, 18)
    }),
  )

  it.effect("asks no further once nobody waits for it", () =>
    Effect.gen(function* () {
      const { calls, source } = yield* sourceOver(atMost(1))
      yield* fetchAll(
        source,
        range(10).map((id) => at(id)),
        [],
        () => calls.length < 3,
      )
      assert.strictEqual(calls.length, 3)
    }),
  )

  it.effect("knows what is absent from what is left, and reads one item for two addresses of it", () =>
    Effect.gen(function* () {
      const number = (value: string, numbers: "number" | "string" = "number") =>
        at("", { hash: { name: "id", type: "N", value }, numbers })
      const { calls, source } = yield* sourceOver(({ input: { RequestItems } }, call) =>
        call === 1
          ? { Responses: {}, UnprocessedKeys: { Things: { Keys: [{ id: { N: "1.5" } }] } } }
          : {
              Responses: { Things: (RequestItems?.["Things"]?.Keys ?? []).map(() => ({ id: { N: "1.5" } })) },
            },
      )
      const results = yield* withTime(
        fetchAll(source, [number("1.50"), number("15e-1", "string"), number("2")]),
      )
      assert.deepStrictEqual(shown(results), ['{"id":1.5}', '{"id":"1.5"}', "NotFound"])
      assert.deepStrictEqual(
        calls.map(({ input }) => input.RequestItems?.["Things"]?.Keys.map(({ id }) => id?.N)),
        [["15e-1", "2"], ["15e-1"]],
      )
    }),
  )

  it.effect("takes text with line breaks and two key attributes for what they are", () =>
    Effect.gen(function* () {
      const both = (id: string, sort: string) => at(id, { sort: { name: "s", type: "S", value: sort } })
      const { source } = yield* sourceOver(({ input: { RequestItems = {} } }) => ({
        Responses: { Things: (RequestItems["Things"]?.Keys ?? []).toReversed() as Array<Item> },
      }))
      const results = yield* fetchAll(source, [both("a\nSb", "c"), both("a", "b\nSc"), both("a", "c")])
      assert.deepStrictEqual(
        shown(results).map((body) => JSON.parse(String(body))),
        [
          { id: "a\nSb", s: "c" },
          { id: "a", s: "b\nSc" },
          { id: "a", s: "c" },
        ],
      )
    }),
  )

  it.effect("asks consistently where the table is read so, in every round", () =>
    Effect.gen(function* () {
      const { calls, source } = yield* sourceOver(atMost(1))
      yield* fetchAll(
        source,
        ["a", "b"].map((id) => at(id, { consistentRead: true })),
      )
      assert.deepStrictEqual(
        calls.map(({ input }) => input.RequestItems?.["Things"]?.ConsistentRead),
        [true, true],
      )
    }),
  )

  it.effect.prop(
    "brings every item that is there, whatever each round leaves",
    [Arbitrary.array(Arbitrary.schema(Schema.Literals([0, 1, 2, 3])))],
    ([sizes]) =>
      Effect.gen(function* () {
        const ids = range(7)
        let asked = 0
        const { source } = yield* sourceOver((call, number) => {
          const most = sizes[asked++ % Math.max(1, sizes.length)] ?? 1
          return atMost(asked % 5 === 0 ? 1 : most)(call, number)
        })
        const results = yield* withTime(
          fetchAll(source, [...ids.map((id) => at(id)), at("x", { table: "Others" })]),
        )
        assert.deepStrictEqual(shown(results), [...ids, "x"].map(bodyAt))
      }),
  )
})

describe("one item", () => {
  it.effect("is a call of its own, read as its address says", () =>
    Effect.gen(function* () {
      const { calls, source } = yield* sourceOver(atMost(1))
      const results = yield* fetchAll(source, [at("a", { consistentRead: true })])
      assert.deepStrictEqual(shown(results), [bodyAt("a")])
      assert.deepStrictEqual(calls, [
        {
          operation: "GetItem",
          input: { TableName: "Things", Key: { id: { S: "a" } }, ConsistentRead: true },
        },
      ])
    }),
  )

  it.effect("shares a batch with others of its region, role and consistency alone", () =>
    Effect.gen(function* () {
      const { source } = yield* sourceOver(atMost(1))
      const role = "arn:aws:iam::123456789012:role/reader"
      const groups = [
        at("a"),
        at("b", { region: "eu-west-1" }),
        at("c", { roleArn: role }),
        at("d", { consistentRead: true }),
      ].map(source.groupOf)
      assert.strictEqual(new Set(groups).size, 4)
      assert.strictEqual(source.groupOf(at("e", { table: "Others" })), groups[0])
    }),
  )
})
