import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import type { Plan } from "../../src/config/Plan.ts"
import { READ_BUDGET, REACTION_TIME } from "../../src/domain/defaults.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import { AccessDenied } from "../../src/domain/SourceError.ts"
import { Sources } from "../../src/sources/Sources.ts"
import {
  bodyOf,
  controlledSources,
  failure,
  HOUR,
  MINUTE,
  notFound,
  parameter,
  planOf,
  planWith,
  SECOND,
  nameAt,
  text,
  unavailable,
} from "../support/entries.ts"

/** A cache over sources that the test controls. */
const setup = Effect.fnUntraced(function* (plan: Layer.Layer<Plan> = planOf()) {
  const sources = yield* controlledSources
  const context = yield* Layer.build(Cache.layerNoDeps.pipe(Layer.provide([sources.layer, plan])))
  const cache = yield* Effect.provideContext(Cache, context)
  /** Reads, answering the one fetch that the read causes. */
  const readFetching = Effect.fnUntraced(function* (
    entry: Parameters<typeof cache.read>[0],
    answer: Result.Result<string, typeof unavailable>,
  ) {
    const reader = yield* Effect.forkChild(Effect.result(cache.read(entry)), { startImmediately: true })
    const call = yield* sources.next
    yield* Result.isSuccess(answer) ? call.succeed(text(answer.success)) : call.fail(answer.failure)
    return yield* Fiber.join(reader)
  })
  return { ...sources, cache, readFetching }
})

const served = (
  result: Result.Result<{ readonly value: ReturnType<typeof text>; readonly outcome: string }, unknown>,
) => (Result.isSuccess(result) ? [bodyOf(result.success.value), result.success.outcome] : ["failed"])

describe("Cache", () => {
  it.effect("fetches at the first read and serves from memory until the ttl has passed", () =>
    Effect.gen(function* () {
      const { cache, readFetching, waiting } = yield* setup()
      const entry = parameter("A")

      assert.deepStrictEqual(served(yield* readFetching(entry, Result.succeed("one"))), ["one", "miss"])
      yield* TestClock.adjust(MINUTE)
      const hit = yield* cache.read(entry)
      assert.deepStrictEqual([bodyOf(hit.value), hit.outcome, hit.age], ["one", "hit", MINUTE])
      assert.strictEqual(yield* waiting, 0)

      yield* TestClock.adjust(1)
      assert.deepStrictEqual(served(yield* readFetching(entry, Result.succeed("two"))), ["two", "miss"])
    }),
  )

  it.effect("asks AWS once for any number of concurrent reads of a key", () =>
    Effect.gen(function* () {
      const { cache, next, waiting } = yield* setup()
      const entry = parameter("A")
      const readers = yield* Effect.forEach(Array.from({ length: 100 }), () =>
        Effect.forkChild(cache.read(entry), { startImmediately: true }),
      )
      const call = yield* next
      yield* call.succeed(text("one"))
      const values = yield* Effect.forEach(readers, Fiber.join)
      assert.deepStrictEqual(new Set(values.map(({ value }) => bodyOf(value))), new Set(["one"]))
      assert.strictEqual(yield* waiting, 0)
    }),
  )

  it.effect("goes on with a fetch whose first caller has left", () =>
    Effect.gen(function* () {
      const { cache, next, waiting } = yield* setup()
      const entry = parameter("A")
      const leaver = yield* Effect.forkChild(cache.read(entry), { startImmediately: true })
      const call = yield* next
      const stayer = yield* Effect.forkChild(cache.read(entry), { startImmediately: true })
      yield* Fiber.interrupt(leaver)
      yield* call.succeed(text("one"))
      assert.strictEqual(bodyOf((yield* Fiber.join(stayer)).value), "one")
      assert.strictEqual(yield* waiting, 0)
    }),
  )

  it.effect("keeps an empty string as a value", () =>
    Effect.gen(function* () {
      const { cache, readFetching } = yield* setup()
      const entry = parameter("EMPTY")
      assert.deepStrictEqual(served(yield* readFetching(entry, Result.succeed(""))), ["", "miss"])
      assert.strictEqual((yield* cache.read(entry)).outcome, "hit")
    }),
  )

  it.effect("serves the last good value while Parameter Store is down, as long as the policy allows", () =>
    Effect.gen(function* () {
      const { readFetching } = yield* setup()
      const entry = parameter("A", { staleIfError: HOUR })
      yield* readFetching(entry, Result.succeed("one"))

      yield* TestClock.adjust(2 * MINUTE)
      assert.deepStrictEqual(served(yield* readFetching(entry, Result.fail(unavailable))), [
        "one",
        "stale-if-error",
      ])

      yield* TestClock.adjust(HOUR)
      assert.deepStrictEqual(served(yield* readFetching(entry, Result.fail(unavailable))), ["failed"])
    }),
  )

  it.effect("asks a failing service again only after a pause of 5 s at most", () =>
    Effect.gen(function* () {
      const { cache, readFetching, waiting } = yield* setup()
      const entry = parameter("A")
      yield* readFetching(entry, Result.succeed("one"))
      yield* TestClock.adjust(2 * MINUTE)
      yield* readFetching(entry, Result.fail(unavailable))

      assert.strictEqual((yield* cache.read(entry)).outcome, "stale-if-error")
      assert.strictEqual(yield* waiting, 0)
      yield* TestClock.adjust(5 * SECOND)
      assert.deepStrictEqual(served(yield* readFetching(entry, Result.succeed("two"))), ["two", "miss"])
    }),
  )

  it.effect("serves the old value at once within stale_while_revalidate and fetches behind it", () =>
    Effect.gen(function* () {
      const { cache, next, readFetching, waiting } = yield* setup()
      const entry = parameter("A", { staleWhileRevalidate: MINUTE })
      yield* readFetching(entry, Result.succeed("one"))
      yield* TestClock.adjust(MINUTE + SECOND)

      const stale = yield* cache.read(entry)
      assert.deepStrictEqual([bodyOf(stale.value), stale.outcome], ["one", "stale"])
      yield* cache.read(entry)
      const call = yield* next
      assert.strictEqual(yield* waiting, 0)

      yield* call.succeed(text("two"))
      yield* cache.settled
      assert.deepStrictEqual(bodyOf((yield* cache.read(entry)).value), "two")
    }),
  )

  it.effect("remembers that there is no such parameter, and forgets it after negative_ttl", () =>
    Effect.gen(function* () {
      const { cache, readFetching, waiting } = yield* setup()
      const entry = parameter("A", { negativeTtl: 5 * SECOND })
      assert.deepStrictEqual(served(yield* readFetching(entry, Result.fail(notFound))), ["failed"])

      const again = yield* Effect.flip(cache.read(entry))
      assert.strictEqual(again.reason._tag, "NotFound")
      assert.strictEqual(yield* waiting, 0)

      yield* TestClock.adjust(5 * SECOND + 1)
      assert.deepStrictEqual(served(yield* readFetching(entry, Result.succeed("born"))), ["born", "miss"])
    }),
  )

  it.effect("does not take a failure of AWS for the absence of a parameter", () =>
    Effect.gen(function* () {
      const { readFetching } = yield* setup()
      const entry = parameter("A")
      assert.deepStrictEqual(served(yield* readFetching(entry, Result.fail(unavailable))), ["failed"])
      assert.deepStrictEqual(served(yield* readFetching(entry, Result.succeed("one"))), ["one", "miss"])
    }),
  )

  it.effect("remembers for negative_ttl that a parameter may not be read", () =>
    Effect.gen(function* () {
      const { cache, readFetching, waiting } = yield* setup()
      const entry = parameter("A")
      const denied = failure(new AccessDenied({ detail: "AccessDeniedException" }))
      yield* readFetching(entry, Result.fail(denied))
      assert.strictEqual((yield* Effect.flip(cache.read(entry))).reason._tag, "AccessDenied")
      assert.strictEqual(yield* waiting, 0)
      yield* TestClock.adjust(5 * SECOND + 1)
      assert.deepStrictEqual(served(yield* readFetching(entry, Result.succeed("one"))), ["one", "miss"])
    }),
  )

  it.effect("fetches first when asked to, but a key at most once a second", () =>
    Effect.gen(function* () {
      const { cache, next, readFetching, waiting } = yield* setup()
      const entry = parameter("A")
      yield* readFetching(entry, Result.succeed("one"))
      assert.strictEqual((yield* cache.read(entry, { maxAge: 0 })).outcome, "hit")
      assert.strictEqual(yield* waiting, 0)

      yield* TestClock.adjust(SECOND)
      const forced = yield* Effect.forEach(Array.from({ length: 50 }), () =>
        Effect.forkChild(cache.read(entry, { maxAge: 0 }), { startImmediately: true }),
      )
      yield* (yield* next).succeed(text("two"))
      const values = yield* Effect.forEach(forced, Fiber.join)
      assert.deepStrictEqual(new Set(values.map(({ value }) => bodyOf(value))), new Set(["two"]))
      assert.strictEqual(yield* waiting, 0)
    }),
  )

  it.effect("serves the old value when a forced fetch fails", () =>
    Effect.gen(function* () {
      const { cache, next, readFetching } = yield* setup()
      const entry = parameter("A")
      yield* readFetching(entry, Result.succeed("one"))
      yield* TestClock.adjust(SECOND)
      const forced = yield* Effect.forkChild(cache.read(entry, { maxAge: 0 }), { startImmediately: true })
      yield* (yield* next).fail(unavailable)
      assert.strictEqual((yield* Fiber.join(forced)).outcome, "stale-if-error")
    }),
  )

  it.effect("forgets a value when told to, unless it was fetched within the last second", () =>
    Effect.gen(function* () {
      const { cache, readFetching } = yield* setup()
      const entry = parameter("A")
      yield* readFetching(entry, Result.succeed("one"))
      yield* cache.forget(entry)
      assert.strictEqual((yield* cache.read(entry)).outcome, "hit")
      yield* TestClock.adjust(SECOND)
      yield* cache.forget(entry)
      assert.deepStrictEqual(served(yield* readFetching(entry, Result.succeed("two"))), ["two", "miss"])
    }),
  )

  it.effect("holds no more entries than allowed: the least recently read go, listed ones last", () =>
    Effect.gen(function* () {
      const [a, b, c, d] = ["A", "B", "C", "D"].map((name) => parameter(name)) as [Entry, Entry, Entry, Entry]
      const { cache, readFetching } = yield* setup(planWith({ maxEntries: 3 }, a))
      for (const entry of [a, b, c]) {
        yield* readFetching(entry, Result.succeed(entry.name))
        yield* TestClock.adjust(1)
      }
      yield* cache.read(b)
      yield* readFetching(d, Result.succeed("D"))

      assert.strictEqual((yield* cache.size).entries, 3)
      const held = [a, b, c, d].filter((entry) => cache.fresh(entry) !== undefined).map(({ name }) => name)
      assert.deepStrictEqual(held, ["A", "B", "D"])
    }),
  )

  it.effect("holds no more bytes than allowed, and refuses a value that alone is more", () =>
    Effect.gen(function* () {
      const { cache, readFetching } = yield* setup(planWith({ maxBytes: 5_000 }))
      for (const name of ["A", "B", "C"])
        yield* readFetching(parameter(name), Result.succeed("x".repeat(2_000)))
      const { bytes, entries } = yield* cache.size
      assert.strictEqual(entries, 1)
      assert.isAtMost(bytes, 5_000)

      yield* readFetching(parameter("BIG"), Result.succeed("x".repeat(6_000)))
      const error = yield* Effect.flip(cache.read(parameter("BIG")))
      assert.strictEqual(error.reason._tag, "TooLarge")
      assert.include(error.message, "more than all of cache.max_bytes (5000)")
    }),
  )

  it.effect("drops a value that AWS says no longer exists", () =>
    Effect.gen(function* () {
      const { readFetching } = yield* setup()
      const entry = parameter("A")
      yield* readFetching(entry, Result.succeed("one"))
      yield* TestClock.adjust(2 * MINUTE)
      assert.deepStrictEqual(served(yield* readFetching(entry, Result.fail(notFound))), ["failed"])
    }),
  )

  it.effect("gives up on a read after 3 s when AWS does not answer", () =>
    Effect.gen(function* () {
      const { cache, next } = yield* setup()
      const reader = yield* Effect.forkChild(Effect.flip(cache.read(parameter("A"))), {
        startImmediately: true,
      })
      yield* next
      yield* TestClock.adjust(3 * SECOND)
      assert.strictEqual((yield* Fiber.join(reader)).reason._tag, "TimedOut")
    }),
  )

  it.effect("loads all entries together and names those that failed", () =>
    Effect.gen(function* () {
      const { cache, next } = yield* setup()
      const entries = [parameter("A"), parameter("B"), parameter("C")]
      const loading = yield* Effect.forkChild(cache.load(entries), { startImmediately: true })
      const calls = [yield* next, yield* next, yield* next]
      for (const call of calls) {
        const name = nameAt(call.address)
        yield* name === "B" ? call.fail(unavailable) : call.succeed(text(name))
      }
      const failures = yield* Fiber.join(loading)
      assert.deepStrictEqual(
        failures.map(({ entry }) => entry.name),
        ["B"],
      )
      assert.strictEqual((yield* cache.read(parameter("C"))).outcome, "hit")
    }),
  )

  it.effect("lets a read wait for the load that is under way instead of asking AWS itself", () =>
    Effect.gen(function* () {
      const { cache, next, waiting } = yield* setup()
      const entry = parameter("A")
      yield* Effect.forkChild(cache.load([entry]), { startImmediately: true })
      const call = yield* next
      const reader = yield* Effect.forkChild(cache.read(entry), { startImmediately: true })
      yield* call.succeed(text("one"))
      assert.strictEqual(bodyOf((yield* Fiber.join(reader)).value), "one")
      assert.strictEqual(yield* waiting, 0)
    }),
  )

  it.effect("counts a value's age from the question, so that a freeze in flight makes it older", () =>
    Effect.gen(function* () {
      const { cache, next } = yield* setup()
      const entry = parameter("A", { ttl: MINUTE })
      yield* Effect.forkChild(cache.load([entry]), { startImmediately: true })
      const call = yield* next
      yield* TestClock.adjust(2 * SECOND)
      yield* call.succeed(text("one"))
      yield* cache.settled
      assert.strictEqual((yield* cache.read(entry)).age, 2 * SECOND)
    }),
  )

  it.effect("is patient with AWS only while it has no old value to serve", () =>
    Effect.gen(function* () {
      const retryTimes: Array<number | undefined> = []
      const recording = Layer.mock(Sources, {
        fetch: (_, effort) =>
          Effect.sync(() => {
            retryTimes.push(effort?.retryFor)
            return text("one")
          }),
      })
      yield* Effect.gen(function* () {
        const cache = yield* Cache
        yield* cache.read(parameter("A"))
        yield* TestClock.adjust(2 * MINUTE)
        yield* cache.read(parameter("A"))
        yield* TestClock.adjust(2 * HOUR)
        yield* cache.read(parameter("A"))
      }).pipe(Effect.provide(Cache.layerNoDeps.pipe(Layer.provide([recording, planOf()]))))
      assert.deepStrictEqual(retryTimes, [READ_BUDGET * (2 / 5), 0, READ_BUDGET * (2 / 5)])
    }),
  )

  it.effect(
    "lets an attempt take so long that two fit into the budget, at the load as long as for a read",
    () =>
      Effect.gen(function* () {
        const efforts: Array<ReadonlyArray<number | undefined>> = []
        const recording = Layer.mock(Sources, {
          prepare: () => Effect.void,
          importFor: () => Effect.void,
          fetch: (_, effort) =>
            Effect.sync(() => {
              efforts.push([effort?.budget, effort?.attemptTimeout])
              return text("one")
            }),
        })
        const plan = planWith({ readBudget: 5 * SECOND, loadBudget: 8 * SECOND })
        yield* Effect.gen(function* () {
          const cache = yield* Cache
          yield* cache.read(parameter("A"))
          yield* cache.read({ ...parameter("B"), readBudget: 700 })
          yield* cache.load([parameter("C")])
        }).pipe(Effect.provide(Cache.layerNoDeps.pipe(Layer.provide([recording, plan]))))
        assert.deepStrictEqual(efforts, [
          [5_000, 2_300],
          [700, 322],
          [8_000, 2_300],
        ])
      }),
  )

  it.effect("tells AWS's source what it holds, and counts the age from when AWS was asked", () =>
    Effect.gen(function* () {
      const held: Array<string | undefined> = []
      const knowing = Layer.mock(Sources, {
        fetch: (_, _effort, value) =>
          Effect.sync(() => {
            held.push(value && String(bodyOf(value)))
            return { ...text("one"), askedAt: 0 }
          }),
      })
      const aged = yield* Effect.gen(function* () {
        const cache = yield* Cache
        yield* cache.read(parameter("A"))
        yield* TestClock.adjust(2 * MINUTE)
        return yield* cache.read(parameter("A"))
      }).pipe(Effect.provide(Cache.layerNoDeps.pipe(Layer.provide([knowing, planOf()]))))
      assert.deepStrictEqual(held, [undefined, "one"])
      assert.strictEqual(aged.age, 2 * MINUTE)
    }),
  )

  it.effect("insists for a read that had joined the load, which does not", () =>
    Effect.gen(function* () {
      const { cache, next } = yield* setup()
      const entry = parameter("A")
      const load = yield* Effect.forkChild(cache.load([entry]), { startImmediately: true })
      const reading = yield* Effect.forkChild(cache.read(entry), { startImmediately: true })
      yield* (yield* next).fail(unavailable)
      assert.lengthOf(yield* Fiber.join(load), 1)
      yield* (yield* next).succeed(text("one"))
      assert.deepStrictEqual(bodyOf((yield* Fiber.join(reading)).value), "one")
    }),
  )

  it.effect("lets an entry wait less or longer for AWS than the others", () =>
    Effect.gen(function* () {
      const { cache } = yield* setup()
      const reading = yield* Effect.forkChild(
        Effect.flip(cache.read({ ...parameter("A"), readBudget: 2 * READ_BUDGET })),
        { startImmediately: true },
      )
      yield* TestClock.adjust(2 * READ_BUDGET - 1)
      assert.isUndefined(reading.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* Fiber.join(reading)).reason._tag, "TimedOut")
    }),
  )

  it.effect("answers a read before its invoke ends, while the fetch goes on for the next one", () =>
    Effect.gen(function* () {
      const { cache, next, waiting } = yield* setup()
      const entry = parameter("A")
      yield* cache.setDeadline(SECOND)
      const reading = yield* Effect.forkChild(Effect.flip(cache.read(entry)), { startImmediately: true })
      const call = yield* next
      yield* TestClock.adjust(SECOND - REACTION_TIME)
      assert.strictEqual((yield* Fiber.join(reading)).reason._tag, "TimedOut")

      yield* TestClock.adjust(REACTION_TIME)
      yield* cache.setDeadline(2 * SECOND)
      const second = yield* Effect.forkChild(cache.read(entry), { startImmediately: true })
      yield* call.succeed(text("one"))
      assert.strictEqual(bodyOf((yield* Fiber.join(second)).value), "one")
      assert.strictEqual(yield* waiting, 0)
    }),
  )

  it.effect("serves the old value before its invoke ends, if AWS takes longer", () =>
    Effect.gen(function* () {
      const { cache, readFetching } = yield* setup()
      const entry = parameter("A")
      yield* readFetching(entry, Result.succeed("one"))
      yield* TestClock.adjust(2 * MINUTE)
      const reading = yield* Effect.forkChild(Effect.result(cache.read(entry)), { startImmediately: true })
      yield* TestClock.adjust(10)
      yield* cache.setDeadline(2 * MINUTE + SECOND)
      yield* TestClock.adjust(SECOND - REACTION_TIME - 10)
      assert.deepStrictEqual(served(yield* Fiber.join(reading)), ["one", "stale-if-error"])
    }),
  )

  it.effect("bounds each of the reads that wait at the same moment, whatever they read", () =>
    Effect.gen(function* () {
      const { cache } = yield* setup()
      const entries = ["A", "B", "C"].map((name) => parameter(name))
      const load = yield* Effect.forkChild(cache.load(entries), { startImmediately: true })
      const readers = yield* Effect.forEach([...entries, ...entries], (entry) =>
        Effect.forkChild(Effect.flip(cache.read(entry, { noStore: entry.name === "C" })), {
          startImmediately: true,
        }),
      )
      yield* cache.setDeadline(SECOND)
      yield* TestClock.adjust(SECOND - REACTION_TIME)
      const errors = yield* Effect.forEach(readers, Fiber.join)
      assert.deepStrictEqual(new Set(errors.map(({ reason }) => reason._tag)), new Set(["TimedOut"]))
      assert.isUndefined(load.pollUnsafe())
    }),
  )

  it.effect("interrupts what is in flight when its scope closes", () =>
    Effect.gen(function* () {
      const interrupted = yield* Deferred.make<void>()
      const started = yield* Deferred.make<void>()
      const hanging = Layer.succeed(Sources, {
        prepare: () => Effect.void,
        importFor: () => Effect.void,
        fetch: () =>
          Deferred.succeed(started, undefined).pipe(
            Effect.andThen(Effect.never),
            Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined)),
          ),
      })
      yield* Effect.gen(function* () {
        const cache = yield* Cache
        yield* Effect.forkChild(cache.load([parameter("A")]), { startImmediately: true })
        yield* Deferred.await(started)
      }).pipe(Effect.provide(Cache.layerNoDeps.pipe(Layer.provide([hanging, planOf()]))))
      assert.isTrue(yield* Deferred.isDone(interrupted))
    }),
  )
})
