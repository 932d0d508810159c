import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Queue } from "effect"
import { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import { Refresher } from "../../src/cache/Refresher.ts"
import { controlledSources, MINUTE, parameter, planOf, SECOND, text } from "../support/entries.ts"

const entry = parameter("A", { ttl: MINUTE, staleWhileRevalidate: MINUTE })

/** A Refresher over a cache that holds "one" for the entry since time 0. */
const setup = Effect.gen(function* () {
  const sources = yield* controlledSources
  const context = yield* Layer.build(
    Refresher.layer.pipe(
      Layer.provideMerge(Cache.layerNoDeps),
      Layer.provide([sources.layer, planOf(entry)]),
    ),
  )
  const cache = yield* Effect.provideContext(Cache, context)
  const refresher = yield* Effect.provideContext(Refresher, context)
  const loading = yield* Effect.forkChild(cache.load([entry]), { startImmediately: true })
  yield* (yield* sources.next).succeed(text("one"))
  yield* Fiber.join(loading)
  return { ...sources, cache, refresher }
})

const FAR = 60 * MINUTE

describe("Refresher", () => {
  it.effect("asks for the next event at once when nothing is due", () =>
    Effect.gen(function* () {
      const { calls, refresher } = yield* setup
      yield* refresher.onInvoke(FAR)
      assert.strictEqual(yield* Queue.size(calls), 0)
    }),
  )

  it.effect("fetches a stale entry at INVOKE and waits until it is there", () =>
    Effect.gen(function* () {
      const { cache, next, refresher } = yield* setup
      yield* TestClock.adjust(MINUTE + SECOND)
      const invoke = yield* Effect.forkChild(refresher.onInvoke(FAR), { startImmediately: true })
      yield* (yield* next).succeed(text("two"))
      yield* Fiber.join(invoke)
      assert.strictEqual((yield* cache.read(entry)).outcome, "hit")
    }),
  )

  it.effect("holds an INVOKE for 200 ms at most", () =>
    Effect.gen(function* () {
      const { next, refresher } = yield* setup
      yield* TestClock.adjust(MINUTE + SECOND)
      const invoke = yield* Effect.forkChild(refresher.onInvoke(FAR), { startImmediately: true })
      yield* next
      yield* TestClock.adjust(199)
      assert.isUndefined(invoke.pollUnsafe())
      yield* TestClock.adjust(1)
      yield* Fiber.join(invoke)
    }),
  )

  it.effect("never holds an INVOKE past the function's deadline", () =>
    Effect.gen(function* () {
      const { next, refresher } = yield* setup
      yield* TestClock.adjust(MINUTE + SECOND)
      const invoke = yield* Effect.forkChild(refresher.onInvoke(MINUTE + SECOND + 10), {
        startImmediately: true,
      })
      yield* next
      yield* TestClock.adjust(10)
      yield* Fiber.join(invoke)
    }),
  )
})
