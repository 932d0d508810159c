/**
 * Queries over a client that records what it is asked: the input of each page, what becomes of each reply, and when a
 * result is refused.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import { AccessDenied, type SourceError, Throttled } from "../../../../src/domain/SourceError.ts"
import type { QueryAddress } from "../../../../src/kinds/dynamodb/address.ts"
import { make } from "../../../../src/kinds/dynamodb/fetch/items.ts"
import { UNOBSERVED } from "../../../../src/kinds/Source.ts"
import { fetchBatch } from "../../../../src/sources/Sources.ts"
import { withRetries } from "../../../../src/sources/retry.ts"
import { failure } from "../../../support/entries.ts"
import { recordedSource, type Reply, shown } from "../../../support/recordedCalls.ts"

const queryWith = (
  query: Partial<QueryAddress["query"]> = {},
  more: Partial<QueryAddress> = {},
): QueryAddress => ({
  kind: "dynamodb",
  region: "us-west-2",
  table: "Orders",
  hash: { name: "customer", type: "S", value: "42" },
  consistentRead: false,
  numbers: "number",
  ...more,
  query: { maxItems: 100, maxBytes: 10_000, ...query },
})

const order = (day: number) => ({ customer: { S: "42" }, day: { N: String(day) } })
const json = (...days: ReadonlyArray<number>) => JSON.stringify(days.map((day) => ({ customer: "42", day })))

/** The key behind a page. */
const behind = (page: number) => order(1_000 + page)

/** Pages of these sizes, each but the last with the key that the next begins behind. */
const pagesOf =
  (...sizes: ReadonlyArray<number>): Reply =>
  (_, count) => {
    const start = sizes.slice(0, count - 1).reduce((sum, size) => sum + size, 0)
    const Items = Array.from({ length: sizes[count - 1] ?? 0 }, (_, index) => order(start + index))
    return count < sizes.length ? { Items, LastEvaluatedKey: behind(count) } : { Items }
  }

const detailOf = (results: ReadonlyArray<Result.Result<unknown, SourceError>>) =>
  results.map((result) => (Result.isFailure(result) ? result.failure.message : "no failure"))

describe("a query", () => {
  it.effect("asks with placeholders for all names, and for nothing that it was not told", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* recordedSource(make, pagesOf(1))
      const sort = { name: "size", type: "S", value: "2026-" } as const
      yield* fetch(
        queryWith(
          { index: "byDay", sort: { ...sort, operator: "begins_with" }, isDescending: true, limit: 7 },
          { consistentRead: true, attributes: ["customer", "lines[0].size"] },
        ),
      )
      assert.deepStrictEqual(
        calls.map(({ operation }) => operation),
        ["Query"],
      )
      assert.deepStrictEqual(
        calls.map(({ input }) => input),
        [
          {
            TableName: "Orders",
            IndexName: "byDay",
            KeyConditionExpression: "#0 = :hash AND begins_with(#1, :sort)",
            ProjectionExpression: "#0,#2[0].#1",
            ExpressionAttributeNames: { "#0": "customer", "#1": "size", "#2": "lines" },
            ExpressionAttributeValues: { ":hash": { S: "42" }, ":sort": { S: "2026-" } },
            ConsistentRead: true,
            ScanIndexForward: false,
            Limit: 7,
            ExclusiveStartKey: undefined,
          },
        ],
      )
    }),
  )

  it.effect.each([
    ["=", "#0 = :hash AND #1 = :sort"],
    ["<", "#0 = :hash AND #1 < :sort"],
    ["<=", "#0 = :hash AND #1 <= :sort"],
    [">", "#0 = :hash AND #1 > :sort"],
    [">=", "#0 = :hash AND #1 >= :sort"],
    ["between", "#0 = :hash AND #1 BETWEEN :sort AND :to"],
    ["begins_with", "#0 = :hash AND begins_with(#1, :sort)"],
  ] as const)("with the condition %s asks for %s", ([operator, expression]) =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* recordedSource(make, pagesOf(0))
      const to = operator === "between" ? { to: "9" } : {}
      yield* fetch(queryWith({ sort: { name: "day", type: "N", value: "1", operator, ...to } }))
      assert.strictEqual(calls[0]?.input["KeyConditionExpression"], expression)
      assert.deepStrictEqual(calls[0]?.input["ExpressionAttributeValues"], {
        ":hash": { S: "42" },
        ":sort": { N: "1" },
        ...(operator === "between" ? { ":to": { N: "9" } } : {}),
      })
    }),
  )

  it.effect("reads all pages, each from where the last one ended", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* recordedSource(make, pagesOf(2, 0, 1))
      assert.deepStrictEqual(shown(yield* fetch(queryWith())), [json(0, 1, 2)])
      assert.deepStrictEqual(
        calls.map(({ input }) => input["ExclusiveStartKey"]),
        [undefined, behind(1), behind(2)],
      )
    }),
  )

  it.effect("that finds nothing is an empty array", () =>
    Effect.gen(function* () {
      const { fetch } = yield* recordedSource(make, pagesOf(0))
      assert.deepStrictEqual(shown(yield* fetch(queryWith())), ["[]"])
    }),
  )

  it.effect("ends at its limit, also if more is sent", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* recordedSource(make, pagesOf(2, 2, 2))
      assert.deepStrictEqual(shown(yield* fetch(queryWith({ limit: 3 }))), [json(0, 1, 2)])
      assert.deepStrictEqual(
        calls.map(({ input }) => input["Limit"]),
        [3, 1],
      )
    }),
  )

  it.effect("of exactly max_items is served, and one item more is refused without another call", () =>
    Effect.gen(function* () {
      const exact = yield* recordedSource(make, pagesOf(2, 1))
      assert.deepStrictEqual(shown(yield* exact.fetch(queryWith({ maxItems: 3 }))), [json(0, 1, 2)])
      const over = yield* recordedSource(make, pagesOf(2, 2, 2))
      const results = yield* over.fetch(queryWith({ maxItems: 3 }))
      assert.deepStrictEqual(shown(results), ["TooLarge"])
      assert.deepStrictEqual(detailOf(results), ["the query finds more than 3 items (query.max_items)"])
      assert.deepStrictEqual(
        over.calls.map(({ input }) => input["Limit"]),
        [4, 2],
      )
    }),
  )

  it.effect("of exactly max_bytes is served, and one byte more is refused without another call", () =>
    Effect.gen(function* () {
      const { length } = json(0, 1, 2)
      const exact = yield* recordedSource(make, pagesOf(2, 1))
      assert.deepStrictEqual(shown(yield* exact.fetch(queryWith({ maxBytes: length }))), [json(0, 1, 2)])
      const over = yield* recordedSource(make, pagesOf(3, 1))
      const results = yield* over.fetch(queryWith({ maxBytes: length - 1 }))
      assert.deepStrictEqual(shown(results), ["TooLarge"])
      assert.deepStrictEqual(detailOf(results), [
        `the query finds more than ${length - 1} bytes of JSON (query.max_bytes)`,
      ])
      assert.lengthOf(over.calls, 1)
    }),
  )

  it.effect("counts bytes, not characters", () =>
    Effect.gen(function* () {
      const { fetch } = yield* recordedSource(make, () => ({
        Items: [{ customer: { S: "42" }, n: { S: "é" } }],
      }))
      const text = '[{"customer":"42","n":"é"}]'
      assert.deepStrictEqual(shown(yield* fetch(queryWith({ maxBytes: text.length + 1 }))), [text])
      assert.deepStrictEqual(shown(yield* fetch(queryWith({ maxBytes: text.length }))), ["TooLarge"])
    }),
  )

  it.effect("leaves out the key that was read to match the reply", () =>
    Effect.gen(function* () {
      const { fetch } = yield* recordedSource(make, () => ({ Items: [order(0)] }))
      assert.deepStrictEqual(shown(yield* fetch(queryWith({}, { attributes: ["day"] }))), ['[{"day":0}]'])
      const typed = queryWith({}, { attributes: ["day"], format: "dynamodb" })
      assert.deepStrictEqual(shown(yield* fetch(typed)), ['[{"day":{"N":"0"}}]'])
    }),
  )

  it.effect.each<readonly [string, unknown]>([
    ["an item of another partition", { Items: [{ customer: { S: "43" } }] }],
    ["an item without its key", { Items: [{ day: { N: "1" } }] }],
    ["a key of another type", { Items: [{ customer: { N: "42" } }] }],
    ["another form", { Item: order(1) }],
  ])("does not use a reply with %s", ([, reply]) =>
    Effect.gen(function* () {
      const { fetch } = yield* recordedSource(make, () => reply)
      assert.deepStrictEqual(shown(yield* fetch(queryWith())), ["Unavailable"])
    }),
  )

  it.effect("ends if DynamoDB sends the same key again, or pages without items for ever", () =>
    Effect.gen(function* () {
      const same = yield* recordedSource(make, () => ({ Items: [], LastEvaluatedKey: order(1) }))
      assert.deepStrictEqual(shown(yield* same.fetch(queryWith())), ["Unavailable"])
      assert.lengthOf(same.calls, 2)
      const empty = yield* recordedSource(make, (_, count) => ({ Items: [], LastEvaluatedKey: order(count) }))
      assert.deepStrictEqual(shown(yield* empty.fetch(queryWith())), ["Unavailable"])
      assert.isBelow(empty.calls.length, 110)
    }),
  )

  it.effect("fetches a page again that was throttled, and not those before it", () =>
    Effect.gen(function* () {
      const pages = pagesOf(1, 1)
      const throttled = failure(new Throttled({ detail: "slow down" }))
      // The second page fails more often than a single call is retried.
      const { calls, source } = yield* recordedSource(make, (call, count) =>
        count === 1 ? pages(call, 1) : count < 8 ? throttled : pages(call, 2),
      )
      const rounds = { ...UNOBSERVED, isWanted: () => true }
      const fiber = yield* source
        .fetch([queryWith()], withRetries, [], rounds)
        .pipe(Effect.forkChild({ startImmediately: true }))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(shown(yield* Fiber.join(fiber)), [json(0, 1)])
      assert.lengthOf(
        calls.filter(({ input }) => input["ExclusiveStartKey"] === undefined),
        1,
      )
    }),
  )

  it.effect("dates its value by the first page, and tells of every page", () =>
    Effect.gen(function* () {
      const { source } = yield* recordedSource(make, pagesOf(1, 1, 1))
      let moves = 0
      const rounds = { ...UNOBSERVED, moved: () => moves++ }
      const slowly = <A>(call: Effect.Effect<A, SourceError>) => Effect.delay(call, "1 second")
      const fiber = yield* source
        .fetch([queryWith()], slowly, [], rounds)
        .pipe(Effect.forkChild({ startImmediately: true }))
      yield* TestClock.adjust("1 minute")
      const [result] = yield* Fiber.join(fiber)
      assert.strictEqual(result && Result.isSuccess(result) ? result.success.askedAt : undefined, 1_000)
      assert.strictEqual(moves, 2)
    }),
  )

  it.effect("stops between two pages if nobody waits any more", () =>
    Effect.gen(function* () {
      const { calls, source } = yield* recordedSource(make, pagesOf(1, 1, 1))
      const rounds = { ...UNOBSERVED, isWanted: () => calls.length < 2 }
      const result = yield* Effect.result(source.fetch([queryWith()], (call) => call, [], rounds))
      assert.isTrue(Result.isFailure(result))
      assert.lengthOf(calls, 2)
    }),
  )

  it.effect("that is denied says so, after one call", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* recordedSource(make, () => failure(new AccessDenied({ detail: "no" })))
      assert.deepStrictEqual(shown(yield* fetch(queryWith())), ["AccessDenied"])
      assert.lengthOf(calls, 1)
    }),
  )

  it.effect("is one call for all entries that make it, and shares none with other queries", () =>
    Effect.gen(function* () {
      const { calls, source } = yield* recordedSource(make, pagesOf(1))
      const results = yield* fetchBatch(source, [queryWith(), queryWith()], () => (call) => call)
      assert.deepStrictEqual(shown(results), [json(0), json(0)])
      assert.lengthOf(calls, 1)
      assert.notStrictEqual(source.groupOf(queryWith()), source.groupOf(queryWith({ limit: 1 })))
    }),
  )
})
