/**
 * Fetches that take several calls, as those see them who wait: what a read gets when its time is over, who joins, when a
 * fetch ends, and what a freeze means to it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Queue, Result } from "effect"
import { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import { READ_BUDGET } from "../../src/domain/defaults.ts"
import type { Value } from "../../src/domain/Entry.ts"
import type { SourceError } from "../../src/domain/SourceError.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { bodyOf, MINUTE, parameter, planWith, SECOND, text } from "../support/entries.ts"

/** A fetch of several calls: the test says when a part of it comes, and what it brings in the end. */
interface Fetch {
  readonly part: () => void
  readonly succeed: (value: Value) => Effect.Effect<boolean>
}

const setup = Effect.fnUntraced(function* (loadBudget = 4 * SECOND) {
  const fetches = yield* Queue.unbounded<Fetch>()
  let begun = 0
  const sources = Layer.succeed(Sources, {
    prepare: () => Effect.void,
    importFor: () => Effect.void,
    fetch: Effect.fnUntraced(function* (_address, effort) {
      begun += 1
      const answer = yield* Deferred.make<Value, SourceError>()
      const part = effort?.progress?.note ?? (() => {})
      yield* Queue.offer(fetches, { part, succeed: (value) => Deferred.succeed(answer, value) })
      return yield* Deferred.await(answer)
    }),
  })
  const context = yield* Layer.build(
    Cache.layerNoDeps.pipe(Layer.provide([sources, planWith({ loadBudget }, ENTRY)])),
  )
  const cache = yield* Effect.provideContext(Cache, context)
  const read = Effect.forkChild(Effect.result(cache.read(ENTRY)), { startImmediately: true })
  return { cache, read, next: Queue.take(fetches), begun: () => begun }
})

const ENTRY = parameter("A", { ttl: MINUTE })

/** Lets the time of a read pass, in which parts come. */
const passWithParts = Effect.fnUntraced(function* ({ part }: Fetch) {
  for (let passed = 0; passed <= READ_BUDGET; passed += SECOND) {
    yield* TestClock.adjust(SECOND)
    part()
  }
})

const outcome = (result: Result.Result<{ readonly value: Value; readonly outcome: string }, SourceError>) =>
  Result.isSuccess(result)
    ? `${String(bodyOf(result.success.value))} ${result.success.outcome}`
    : result.failure.reason._tag

describe("a fetch of which parts come", () => {
  it.effect("goes on behind a read whose time is over, and the next read joins it", () =>
    Effect.gen(function* () {
      const { begun, next, read } = yield* setup()
      const first = yield* read
      const fetch = yield* next
      yield* passWithParts(fetch)
      assert.strictEqual(outcome(yield* Fiber.join(first)), "TimedOut")
      const second = yield* read
      yield* fetch.succeed(text("whole"))
      assert.strictEqual(outcome(yield* Fiber.join(second)), "whole miss")
      assert.strictEqual(begun(), 1)
    }),
  )

  it.effect("ends when nothing has come for a read's budget, so that the next read begins anew", () =>
    Effect.gen(function* () {
      const { begun, next, read } = yield* setup()
      yield* read
      yield* passWithParts(yield* next)
      yield* TestClock.adjust(READ_BUDGET)
      yield* read
      yield* next
      assert.strictEqual(begun(), 2)
    }),
  )

  it.effect("is not waited for a second time by those who have an old value", () =>
    Effect.gen(function* () {
      const { begun, next, read } = yield* setup()
      const filling = yield* read
      yield* (yield* next).succeed(text("old"))
      yield* Fiber.join(filling)
      yield* TestClock.adjust(MINUTE + 1)

      const first = yield* read
      const fetch = yield* next
      yield* passWithParts(fetch)
      assert.strictEqual(outcome(yield* Fiber.join(first)), "old stale-if-error")
      assert.strictEqual(outcome(yield* Fiber.join(yield* read)), "old stale-if-error")
      assert.strictEqual(begun(), 2)
      yield* fetch.succeed(text("new"))
      yield* Effect.yieldNow
      assert.strictEqual(outcome(yield* Fiber.join(yield* read)), "new hit")
    }),
  )

  it.effect("goes on behind the load whose time is over, and a read joins it", () =>
    Effect.gen(function* () {
      const { begun, cache, next, read } = yield* setup(2 * SECOND)
      const load = yield* Effect.forkChild(cache.load([ENTRY]), { startImmediately: true })
      const fetch = yield* next
      yield* passWithParts(fetch)
      assert.deepStrictEqual(
        (yield* Fiber.join(load)).map(({ error }) => error.reason._tag),
        ["TimedOut"],
      )
      const reader = yield* read
      yield* fetch.succeed(text("whole"))
      assert.strictEqual(outcome(yield* Fiber.join(reader)), "whole miss")
      assert.strictEqual(begun(), 1)
    }),
  )

  it.effect("has the age of its first call, where its value says when that was", () =>
    Effect.gen(function* () {
      const { next, read } = yield* setup()
      const reader = yield* read
      const fetch = yield* next
      yield* TestClock.adjust(SECOND)
      fetch.part()
      yield* fetch.succeed({ ...text("whole"), askedAt: 400 })
      const result = yield* Fiber.join(reader)
      assert.strictEqual(Result.isSuccess(result) && result.success.age, 600)
    }),
  )
})
