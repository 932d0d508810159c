import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Queue } from "effect"
import { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import { Settings } from "../../src/config/Settings.ts"
import { Refresher } from "../../src/cache/Refresher.ts"
import { bodyOf, controlledSources, MINUTE, parameter, planOf, SECOND, text } from "../support/entries.ts"

const entry = parameter("A", { ttl: MINUTE, staleWhileRevalidate: MINUTE })

/** A Refresher over a cache that holds "one" for the entry since time 0. */
const setup = Effect.fnUntraced(function* (environment: Record<string, string> = {}) {
  const sources = yield* controlledSources
  const context = yield* Layer.build(
    Refresher.layer.pipe(
      Layer.provideMerge(Cache.layerNoDeps),
      Layer.provide([sources.layer, planOf(entry), Settings.layer(environment)]),
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
  it.effect("lets no read wait until Lambda ends the invoke", () =>
    Effect.gen(function* () {
      const { cache, refresher } = yield* setup()
      const reading = yield* Effect.forkChild(Effect.flip(cache.read(parameter("B"))), {
        startImmediately: true,
      })
      const invoke = yield* Effect.forkChild(refresher.onInvoke(SECOND), { startImmediately: true })
      yield* TestClock.adjust(SECOND - 1)
      yield* Fiber.join(invoke)
      assert.strictEqual((yield* Fiber.join(reading)).reason._tag, "TimedOut")
    }),
  )

  it.effect("asks for the next event at once when nothing is due", () =>
    Effect.gen(function* () {
      const { calls, refresher } = yield* setup()
      yield* refresher.onInvoke(FAR)
      assert.strictEqual(yield* Queue.size(calls), 0)
    }),
  )

  it.effect("fetches a stale entry at INVOKE and waits until it is there", () =>
    Effect.gen(function* () {
      const { cache, next, refresher } = yield* setup()
      yield* TestClock.adjust(MINUTE + SECOND)
      const invoke = yield* Effect.forkChild(refresher.onInvoke(FAR), { startImmediately: true })
      yield* (yield* next).succeed(text("two"))
      yield* Fiber.join(invoke)
      assert.strictEqual((yield* cache.read(entry)).outcome, "hit")
    }),
  )

  it.effect("refreshes in the last tenth of the ttl, before anybody has to be served a stale value", () =>
    Effect.gen(function* () {
      const { cache, next, refresher } = yield* setup()
      yield* TestClock.adjust(MINUTE)
      const invoke = yield* Effect.forkChild(refresher.onInvoke(FAR), { startImmediately: true })
      yield* (yield* next).succeed(text("two"))
      yield* Fiber.join(invoke)
      assert.strictEqual((yield* cache.read(entry)).age, 0)
    }),
  )

  it.effect("no longer refreshes what nobody has read for three ttls", () =>
    Effect.gen(function* () {
      const { cache, calls, next, refresher } = yield* setup()
      yield* cache.read(entry)
      for (const name of ["two", "three"]) {
        yield* TestClock.adjust(1.5 * MINUTE)
        const invoke = yield* Effect.forkChild(refresher.onInvoke(FAR), { startImmediately: true })
        yield* (yield* next).succeed(text(name))
        yield* Fiber.join(invoke)
      }
      yield* TestClock.adjust(1.5 * MINUTE)
      yield* refresher.onInvoke(FAR)
      assert.strictEqual(yield* Queue.size(calls), 0)
    }),
  )

  it.effect("refreshes by a schedule where invokes are not announced", () =>
    Effect.gen(function* () {
      const { next, refresher } = yield* setup()
      yield* Effect.forkChild(refresher.onSchedule, { startImmediately: true })
      yield* TestClock.adjust(MINUTE + SECOND)
      assert.strictEqual((yield* next).address.kind, "parameters")
    }),
  )

  it.effect("keeps nothing before a SnapStart snapshot, and loads everything at the first INVOKE", () =>
    Effect.gen(function* () {
      const { cache, calls, next, refresher } = yield* setup({
        AWS_LAMBDA_INITIALIZATION_TYPE: "snap-start",
        CACHE_EXTENSION_INIT_STARTUP: "true",
      })
      yield* cache.keep(false)
      assert.deepStrictEqual((yield* cache.size).entries, 0)
      const early = yield* Effect.forkChild(cache.read(entry), { startImmediately: true })
      yield* (yield* next).succeed(text("early"))
      yield* Fiber.join(early)
      assert.deepStrictEqual((yield* cache.size).entries, 0)

      const invoke = yield* Effect.forkChild(refresher.onInvoke(FAR), { startImmediately: true })
      yield* (yield* next).succeed(text("after"))
      yield* Fiber.join(invoke)
      assert.strictEqual(bodyOf((yield* cache.read(entry)).value), "after")
      yield* refresher.onInvoke(FAR)
      assert.strictEqual(yield* Queue.size(calls), 0)
    }),
  )

  it.effect("holds an INVOKE for 200 ms at most", () =>
    Effect.gen(function* () {
      const { next, refresher } = yield* setup()
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
      const { next, refresher } = yield* setup()
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
