/**
 * That chance has its say in when AWS is asked again: a thousand environments that began, or failed, together must not
 * ask together. Chance is pinned, time is that of a TestClock.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Random } from "effect"
import { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import { controlledSources, MINUTE, parameter, planOf, text, unavailable } from "../support/entries.ts"

/** Chance that always says the same, from 0 to 1. */
const withChance = (share: number) =>
  Effect.provideService(Random.Random, { nextDoubleUnsafe: () => share, nextIntUnsafe: () => 0 })

const entry = parameter("A", { ttl: MINUTE, staleWhileRevalidate: MINUTE })

/** A cache whose entry is held since now. */
const setup = Effect.gen(function* () {
  const sources = yield* controlledSources
  const context = yield* Layer.build(Cache.layerNoDeps.pipe(Layer.provide([sources.layer, planOf(entry)])))
  const cache = yield* Effect.provideContext(Cache, context)
  const reader = yield* Effect.forkChild(cache.read(entry), { startImmediately: true })
  yield* (yield* sources.next).succeed(text("one"))
  yield* Fiber.join(reader)
  return { ...sources, cache }
})

describe("chance", () => {
  it.effect.each([
    [0, MINUTE],
    [0.5, 0.95 * MINUTE],
    [1, 0.9 * MINUTE],
  ] as const)("of %d has a value refreshed unasked from an age of %d ms on", ([share, due]) =>
    Effect.gen(function* () {
      const { cache, waiting } = yield* setup
      yield* TestClock.adjust(due - 1)
      yield* cache.refreshDue([entry])
      assert.strictEqual(yield* waiting, 0)
      yield* TestClock.adjust(1)
      yield* cache.refreshDue([entry])
      assert.strictEqual(yield* waiting, 1)
    }).pipe(withChance(share)),
  )

  it.effect.each([
    [0, 50],
    [0.5, 75],
    [1, 100],
  ] as const)("of %d has AWS asked again %d ms after the first failure", ([share, pause]) =>
    Effect.gen(function* () {
      const { cache, next, waiting } = yield* setup
      yield* TestClock.adjust(MINUTE)
      yield* cache.refreshDue([entry])
      yield* (yield* next).fail(unavailable)
      yield* cache.settled
      yield* TestClock.adjust(pause - 1)
      yield* cache.refreshDue([entry])
      assert.strictEqual(yield* waiting, 0)
      yield* TestClock.adjust(1)
      yield* cache.refreshDue([entry])
      assert.strictEqual(yield* waiting, 1)
    }).pipe(withChance(share)),
  )
})
