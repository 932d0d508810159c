/**
 * What an INVOKE does to a real cache: deadlines, refreshes, the wait before the next event.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer, Queue } from "effect"
import { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import { Settings } from "../../src/config/Settings.ts"
import { Lifecycle } from "../../src/lambda/Lifecycle.ts"
import type { EventType } from "../../src/lambda/registerRequest.ts"
import { bodyOf, controlledSources, MINUTE, parameter, planOf, SECOND, text } from "../support/entries.ts"

const entry = parameter("A", { ttl: MINUTE, staleWhileRevalidate: MINUTE })

const ANNOUNCED: ReadonlyArray<EventType> = ["INVOKE", "SHUTDOWN"]
const UNANNOUNCED: ReadonlyArray<EventType> = ["SHUTDOWN"]

/** A Lifecycle that has started, over a cache that holds "one" for the entry since time 0. */
const setup = Effect.fnUntraced(function* (
  environment: Record<string, string> = {},
  events: ReadonlyArray<EventType> = ANNOUNCED,
) {
  const sources = yield* controlledSources
  const context = yield* Layer.build(
    Lifecycle.layer.pipe(
      Layer.provideMerge(Cache.layerNoDeps),
      Layer.provide([sources.layer, planOf(entry), Settings.layer(environment)]),
    ),
  )
  const cache = yield* Effect.provideContext(Cache, context)
  const lifecycle = yield* Effect.provideContext(Lifecycle, context)
  const loading = yield* Effect.forkChild(cache.load([entry]), { startImmediately: true })
  yield* (yield* sources.next).succeed(text("one"))
  yield* Fiber.join(loading)
  yield* lifecycle.start(events)
  return { ...sources, cache, lifecycle }
})

const FAR = 60 * MINUTE

describe("Lifecycle", () => {
  it.effect("lets no read wait until Lambda ends the invoke", () =>
    Effect.gen(function* () {
      const { cache, lifecycle } = yield* setup()
      const reading = yield* Effect.forkChild(Effect.flip(cache.read(parameter("B"))), {
        startImmediately: true,
      })
      const invoke = yield* Effect.forkChild(lifecycle.onInvoke(SECOND), { startImmediately: true })
      yield* TestClock.adjust(SECOND - 1)
      yield* Fiber.join(invoke)
      assert.strictEqual((yield* Fiber.join(reading)).reason._tag, "TimedOut")
    }),
  )

  it.effect("asks for the next event at once when nothing is due", () =>
    Effect.gen(function* () {
      const { calls, lifecycle } = yield* setup()
      yield* lifecycle.onInvoke(FAR)
      assert.strictEqual(yield* Queue.size(calls), 0)
    }),
  )

  it.effect("fetches a stale entry at INVOKE and waits until it is there", () =>
    Effect.gen(function* () {
      const { cache, next, lifecycle } = yield* setup()
      yield* TestClock.adjust(MINUTE + SECOND)
      const invoke = yield* Effect.forkChild(lifecycle.onInvoke(FAR), { startImmediately: true })
      yield* (yield* next).succeed(text("two"))
      yield* Fiber.join(invoke)
      assert.strictEqual((yield* cache.read(entry)).outcome, "hit")
    }),
  )

  it.effect("refreshes in the last tenth of the ttl, before anybody has to be served a stale value", () =>
    Effect.gen(function* () {
      const { cache, next, lifecycle } = yield* setup()
      yield* TestClock.adjust(MINUTE)
      const invoke = yield* Effect.forkChild(lifecycle.onInvoke(FAR), { startImmediately: true })
      yield* (yield* next).succeed(text("two"))
      yield* Fiber.join(invoke)
      assert.strictEqual((yield* cache.read(entry)).age, 0)
    }),
  )

  it.effect("no longer refreshes what nobody has read for three ttls", () =>
    Effect.gen(function* () {
      const { cache, calls, next, lifecycle } = yield* setup()
      yield* cache.read(entry)
      for (const name of ["two", "three"]) {
        yield* TestClock.adjust(1.5 * MINUTE)
        const invoke = yield* Effect.forkChild(lifecycle.onInvoke(FAR), { startImmediately: true })
        yield* (yield* next).succeed(text(name))
        yield* Fiber.join(invoke)
      }
      yield* TestClock.adjust(1.5 * MINUTE)
      yield* lifecycle.onInvoke(FAR)
      assert.strictEqual(yield* Queue.size(calls), 0)
    }),
  )

  it.effect("refreshes by a schedule where invokes are not announced", () =>
    Effect.gen(function* () {
      const { next } = yield* setup({}, UNANNOUNCED)
      yield* TestClock.adjust(MINUTE + SECOND)
      assert.strictEqual((yield* next).address.kind, "parameters")
    }),
  )

  it.effect("keeps nothing before a SnapStart snapshot, and loads everything at the first INVOKE", () =>
    Effect.gen(function* () {
      const { cache, calls, next, lifecycle } = yield* setup({
        AWS_LAMBDA_INITIALIZATION_TYPE: "snap-start",
        CACHE_EXTENSION_INIT_STARTUP: "true",
      })
      assert.deepStrictEqual((yield* cache.size).entries, 0)
      const early = yield* Effect.forkChild(cache.read(entry), { startImmediately: true })
      yield* (yield* next).succeed(text("early"))
      yield* Fiber.join(early)
      assert.deepStrictEqual((yield* cache.size).entries, 0)

      const invoke = yield* Effect.forkChild(lifecycle.onInvoke(FAR), { startImmediately: true })
      yield* (yield* next).succeed(text("after"))
      yield* Fiber.join(invoke)
      assert.strictEqual(bodyOf((yield* cache.read(entry)).value), "after")
      yield* lifecycle.onInvoke(FAR)
      assert.strictEqual(yield* Queue.size(calls), 0)
    }),
  )

  it.effect("holds an INVOKE for 200 ms at most", () =>
    Effect.gen(function* () {
      const { next, lifecycle } = yield* setup()
      yield* TestClock.adjust(MINUTE + SECOND)
      const invoke = yield* Effect.forkChild(lifecycle.onInvoke(FAR), { startImmediately: true })
      yield* next
      yield* TestClock.adjust(199)
      assert.isUndefined(invoke.pollUnsafe())
      yield* TestClock.adjust(1)
      yield* Fiber.join(invoke)
    }),
  )

  it.effect("never holds an INVOKE past the function's deadline", () =>
    Effect.gen(function* () {
      const { next, lifecycle } = yield* setup()
      yield* TestClock.adjust(MINUTE + SECOND)
      const invoke = yield* Effect.forkChild(lifecycle.onInvoke(MINUTE + SECOND + 10), {
        startImmediately: true,
      })
      yield* next
      yield* TestClock.adjust(9)
      assert.isUndefined(invoke.pollUnsafe())
      yield* TestClock.adjust(1)
      yield* Fiber.join(invoke)
      assert.strictEqual(yield* Clock.currentTimeMillis, MINUTE + SECOND + 10)
    }),
  )

  it.effect("does not hold an INVOKE whose deadline is over", () =>
    Effect.gen(function* () {
      const { next, lifecycle } = yield* setup()
      yield* TestClock.adjust(MINUTE + SECOND)
      const invoke = yield* Effect.forkChild(lifecycle.onInvoke(MINUTE), { startImmediately: true })
      yield* next
      yield* TestClock.adjust(0)
      assert.isDefined(invoke.pollUnsafe())
    }),
  )
})
