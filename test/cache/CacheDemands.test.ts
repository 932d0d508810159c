/**
 * Reads of the cache that ask for more than the policy: younger values, values from memory alone, values that are not
 * to be kept.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Cache, type ReadOptions } from "../../src/cache/Cache.ts"
import {
  bodyOf,
  controlledSources,
  HOUR,
  LIMITS,
  MINUTE,
  notFound,
  parameter,
  planOf,
  SECOND,
  text,
  unavailable,
} from "../support/entries.ts"

const A = parameter("A", { ttl: MINUTE, staleIfError: HOUR })

const setup = Effect.gen(function* () {
  const sources = yield* controlledSources
  const context = yield* Layer.build(Cache.layerNoDeps.pipe(Layer.provide([sources.layer, planOf()])))
  const cache = yield* Effect.provideContext(Cache, context)
  /** A read that is under way. */
  const begin = (options: ReadOptions = {}) =>
    Effect.forkChild(cache.read(A, options), { startImmediately: true })
  const readFetching = Effect.fnUntraced(function* (body: string, options: ReadOptions = {}) {
    const reader = yield* begin(options)
    yield* (yield* sources.next).succeed(text(body))
    return yield* Fiber.join(reader)
  })
  return { ...sources, cache, begin, readFetching }
})

describe("a read with refreshNow", () => {
  it.effect("asks AWS however recently it was asked, and what comes is kept for others", () =>
    Effect.gen(function* () {
      const { cache, readFetching, waiting } = yield* setup
      yield* readFetching("one")
      const anew = yield* readFetching("two", { refreshNow: true })
      assert.deepInclude(anew, { outcome: "miss", age: 0 })
      assert.deepStrictEqual(anew.forward, { reason: "request", isCollapsed: false, isStored: true })
      assert.strictEqual(bodyOf((yield* cache.read(A)).value), "two")
      assert.strictEqual(yield* waiting, 0)
      yield* readFetching("three", { refreshNow: true })
      assert.strictEqual(bodyOf((yield* cache.read(A)).value), "three")
    }),
  )

  it.effect("asks AWS although it has said a moment ago that there is nothing", () =>
    Effect.gen(function* () {
      const { begin, next, readFetching } = yield* setup
      const first = yield* begin()
      yield* (yield* next).fail(notFound)
      yield* Effect.exit(Fiber.join(first))
      assert.strictEqual(bodyOf((yield* readFetching("now there", { refreshNow: true })).value), "now there")
    }),
  )

  it.effect("serves no old value while AWS fails, and others still get it", () =>
    Effect.gen(function* () {
      const { begin, cache, next, readFetching } = yield* setup
      yield* readFetching("one")
      const reader = yield* begin({ refreshNow: true })
      yield* (yield* next).fail(unavailable)
      assert.deepStrictEqual(yield* Effect.flip(Fiber.join(reader)), unavailable)
      assert.strictEqual(bodyOf((yield* cache.read(A)).value), "one")
    }),
  )

  it.effect("is not content with a fetch that was under way when it began, and shares the next one", () =>
    Effect.gen(function* () {
      const { begin, next, waiting } = yield* setup
      const plain = yield* begin()
      const readers = [yield* begin({ refreshNow: true }), yield* begin({ refreshNow: true })]
      yield* (yield* next).succeed(text("from before"))
      assert.strictEqual(bodyOf((yield* Fiber.join(plain)).value), "from before")
      yield* (yield* next).succeed(text("from after"))
      const served = yield* Effect.forEach(readers, Fiber.join)
      assert.deepStrictEqual(
        served.map(({ value }) => bodyOf(value)),
        ["from after", "from after"],
      )
      assert.strictEqual(yield* waiting, 0)
    }),
  )
})

describe("a read with refreshNow that others keep waiting", () => {
  it.effect("waits no longer than its budget", () =>
    Effect.gen(function* () {
      const { begin, next } = yield* setup
      const plain = yield* begin()
      yield* next
      yield* TestClock.adjust(LIMITS.readBudget - 100)
      const reader = yield* begin({ refreshNow: true })
      yield* TestClock.adjust(LIMITS.readBudget + 10)
      const error = yield* Effect.flip(Fiber.join(reader))
      assert.strictEqual(error.reason._tag, "TimedOut")
      assert.strictEqual(error.message, `the answer was not complete within ${LIMITS.readBudget} ms`)
      yield* Effect.exit(Fiber.join(plain))
    }),
  )
})

describe("a read that demands", () => {
  it.effect("a younger value than is held fetches first, and says why", () =>
    Effect.gen(function* () {
      const { cache, readFetching, waiting } = yield* setup
      const first = yield* readFetching("one")
      assert.deepStrictEqual(first.forward, { reason: "miss", isCollapsed: false, isStored: true })
      yield* TestClock.adjust(5 * SECOND)
      assert.strictEqual(bodyOf((yield* cache.read(A, { maxAge: 6 * SECOND })).value), "one")
      assert.strictEqual(yield* waiting, 0)
      const younger = yield* readFetching("two", { maxAge: 5 * SECOND })
      assert.deepInclude(younger, { outcome: "miss", age: 0 })
      assert.strictEqual(younger.forward?.reason, "request")
    }),
  )

  it.effect("more freshness than is left fetches first, at most once a second", () =>
    Effect.gen(function* () {
      const { cache, readFetching, waiting } = yield* setup
      yield* readFetching("one")
      yield* TestClock.adjust(SECOND)
      yield* readFetching("two", { minFresh: HOUR })
      assert.strictEqual((yield* cache.read(A, { minFresh: HOUR })).outcome, "hit")
      assert.strictEqual(yield* waiting, 0)
    }),
  )

  it.effect("a younger value is content with the old one while AWS fails", () =>
    Effect.gen(function* () {
      const { begin, next, readFetching } = yield* setup
      yield* readFetching("one")
      yield* TestClock.adjust(5 * SECOND)
      const reader = yield* begin({ maxAge: SECOND })
      yield* (yield* next).fail(unavailable)
      const { forward, outcome } = yield* Fiber.join(reader)
      assert.deepStrictEqual(
        [outcome, forward],
        ["stale-if-error", { reason: "request", isCollapsed: false, isStored: false }],
      )
    }),
  )

  it.effect("less than the policy gets the old value at once, and the new one is fetched behind it", () =>
    Effect.gen(function* () {
      const { cache, next, readFetching } = yield* setup
      yield* readFetching("one")
      yield* TestClock.adjust(2 * MINUTE)
      const stale = yield* cache.read(A, { maxStale: Infinity })
      assert.deepStrictEqual([bodyOf(stale.value), stale.outcome], ["one", "stale"])
      yield* (yield* next).succeed(text("two"))
      yield* cache.settled
      assert.strictEqual(bodyOf((yield* cache.read(A)).value), "two")
    }),
  )

  it.effect("what others are waiting for already waits with them", () =>
    Effect.gen(function* () {
      const { begin, next, waiting } = yield* setup
      const readers = [yield* begin(), yield* begin({ maxAge: 0 }), yield* begin({ noStore: true })]
      yield* (yield* next).succeed(text("one"))
      const served = yield* Effect.forEach(readers, Fiber.join)
      assert.deepStrictEqual(
        served.map(({ forward }) => [forward?.isCollapsed, forward?.isStored]),
        [
          [false, true],
          [true, true],
          [true, true],
        ],
      )
      assert.strictEqual(yield* waiting, 0)
    }),
  )
})

describe("held", () => {
  it.effect("serves what is in memory and good enough, and nothing else; AWS is never asked", () =>
    Effect.gen(function* () {
      const { cache, readFetching, waiting } = yield* setup
      assert.isUndefined(yield* cache.held(A))
      yield* readFetching("one")
      yield* TestClock.adjust(5 * SECOND)
      assert.strictEqual((yield* cache.held(A))?.outcome, "hit")
      assert.isUndefined(yield* cache.held(A, { maxAge: SECOND }))
      yield* TestClock.adjust(MINUTE)
      assert.isUndefined(yield* cache.held(A))
      assert.strictEqual((yield* cache.held(A, { maxStale: HOUR }))?.outcome, "stale")
      assert.strictEqual(yield* waiting, 0)
    }),
  )

  it.effect("says that there is nothing where AWS has said so", () =>
    Effect.gen(function* () {
      const { begin, cache, next } = yield* setup
      const reader = yield* begin()
      yield* (yield* next).fail(notFound)
      yield* Effect.exit(Fiber.join(reader))
      assert.strictEqual((yield* Effect.flip(cache.held(A))).reason._tag, "NotFound")
    }),
  )
})

describe("a read that keeps nothing", () => {
  it.effect("leaves the memory as it was", () =>
    Effect.gen(function* () {
      const { cache, readFetching } = yield* setup
      const served = yield* readFetching("one", { noStore: true })
      assert.strictEqual(served.forward?.isStored, false)
      assert.isUndefined(yield* cache.held(A))
      yield* readFetching("two")
      yield* TestClock.adjust(5 * SECOND)
      yield* readFetching("three", { noStore: true, maxAge: 0 })
      assert.strictEqual(bodyOf((yield* cache.read(A)).value), "two")
      assert.strictEqual((yield* cache.read(A, { noStore: true })).outcome, "hit")
    }),
  )

  it.effect("shares its fetch with others of its kind, and not with those that want to keep", () =>
    Effect.gen(function* () {
      const { begin, cache, next, waiting } = yield* setup
      const apart = [yield* begin({ noStore: true }), yield* begin({ noStore: true })]
      const first = yield* next
      assert.strictEqual(yield* waiting, 0)
      const keeper = yield* begin()
      yield* (yield* next).succeed(text("kept"))
      yield* first.succeed(text("one"))
      const served = yield* Effect.forEach([...apart, keeper], Fiber.join)
      assert.deepStrictEqual(
        served.map(({ value }) => bodyOf(value)),
        ["one", "one", "kept"],
      )
      assert.strictEqual(bodyOf((yield* cache.read(A)).value), "kept")
    }),
  )
})
