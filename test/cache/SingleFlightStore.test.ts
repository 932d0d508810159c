/**
 * What a fetch asks its source, what comes into the store, and who is told: without the cache around it.
 * `SingleFlightShared.test.ts` has who shares it, `SingleFlight.test.ts` fetches of several calls as reads see them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as Store from "../../src/cache/Store.ts"
import { MOST_GUESSES } from "../../src/domain/defaults.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import { AccessDenied } from "../../src/domain/SourceError.ts"
import {
  bodyOf,
  failure,
  MINUTE,
  notFound,
  parameter,
  SECOND,
  text,
  unavailable,
} from "../support/entries.ts"
import { withRandom } from "../support/fixedRandom.ts"
import { bodyIn, ENTRY, READ, setup, shown } from "../support/singleFlight.ts"

const denied = failure(new AccessDenied({ detail: "denied" }))

describe("a fetch", () => {
  it.effect("insists where nothing can be served instead, and an attempt is 46 % of its budget", () =>
    Effect.gen(function* () {
      const { asked, fill, start } = yield* setup()
      yield* fill(text("one"))
      yield* TestClock.adjust(2 * MINUTE)
      yield* start()
      const [first, second] = asked
      assert.deepInclude(first?.effort, { budget: 2_500, retryFor: 1_000, attemptTimeout: 1_150 })
      assert.isUndefined(first?.held)
      assert.deepInclude(second?.effort, { budget: 2_500, retryFor: 0, attemptTimeout: 1_150 })
      assert.deepStrictEqual(second?.held && bodyOf(second.held), "one")
    }),
  )

  it.effect("gives an attempt the time that its caller says", () =>
    Effect.gen(function* () {
      const { asked, start } = yield* setup()
      yield* start(ENTRY, { ...READ, attemptTimeout: 77 })
      assert.strictEqual(asked[0]?.effort.attemptTimeout, 77)
    }),
  )

  it.effect("keeps what it brings, asked for when the fetch began, and tells of it", () =>
    Effect.gen(function* () {
      const { answer, recovered, start, store, wait } = yield* setup()
      yield* TestClock.adjust(SECOND)
      const flight = yield* start()
      const waiting = yield* wait(flight)
      yield* TestClock.adjust(SECOND)
      yield* answer(text("one"))
      assert.deepStrictEqual(shown(yield* Fiber.join(waiting)), ["one", true])
      assert.isFalse(flight.isCollapsed)
      const { held } = store.get(ENTRY.key)
      assert.deepStrictEqual([held?.fetchedAt, held?.refreshAt], [SECOND, SECOND + 0.95 * MINUTE])
      assert.deepStrictEqual(recovered, [2 * SECOND])
    }).pipe(withRandom(0.5)),
  )

  it.effect("that fails leaves its pause in the store, and tells with which value it failed", () =>
    Effect.gen(function* () {
      const { fail, failures, fill, start, store, wait } = yield* setup()
      yield* fill(text("one"))
      yield* TestClock.adjust(2 * MINUTE)
      const waiting = yield* wait(yield* start(ENTRY, { ...READ, purpose: "refresh" }))
      yield* fail(unavailable)
      assert.strictEqual(shown(yield* Fiber.join(waiting))[0], "Unavailable")
      const { failing, held } = store.get(ENTRY.key)
      const now = 2 * MINUTE
      assert.deepInclude(failing, { error: unavailable, failures: 1, since: now, retryAt: now + 75 })
      assert.deepStrictEqual(failures, [[{ error: unavailable, purpose: "refresh", held }, now]])
    }).pipe(withRandom(0.5)),
  )

  it.effect("tells that nothing is held when AWS has said that there is nothing", () =>
    Effect.gen(function* () {
      const { fail, failures, fill, start, store, wait } = yield* setup()
      yield* fill(text("one"))
      yield* wait(yield* start())
      yield* fail(notFound)
      yield* Effect.yieldNow
      assert.isUndefined(failures[0]?.[0].held)
      assert.strictEqual(store.get(ENTRY.key).absent?.error, notFound)
    }),
  )

  it.effect("ends when nothing has come for its budget, and says so", () =>
    Effect.gen(function* () {
      const { start, store, wait } = yield* setup()
      const waiting = yield* wait(yield* start())
      yield* TestClock.adjust(2_500)
      assert.deepStrictEqual(shown(yield* Fiber.join(waiting)), ["TimedOut", "no answer within 2500 ms"])
      assert.isDefined(store.get(ENTRY.key).failing)
    }),
  )

  it.effect("of a value that is larger than the cache says how large, and keeps nothing", () =>
    Effect.gen(function* () {
      const weight = Store.weigh(ENTRY.key, { held: { value: text("12345"), fetchedAt: 0, refreshAt: 0 } })
      const exact = yield* setup(weight)
      yield* exact.fill(text("12345"))
      assert.strictEqual(bodyIn(exact.store.get(ENTRY.key)), "12345")

      const { answer, start, store, wait } = yield* setup(weight - 1)
      const waiting = yield* wait(yield* start())
      yield* answer(text("12345"))
      assert.deepStrictEqual(shown(yield* Fiber.join(waiting)), [
        "TooLarge",
        `A takes ${weight} bytes, more than all of cache.max_bytes (${weight - 1})`,
      ])
      assert.isUndefined(store.get(ENTRY.key).held)
    }),
  )

  it.effect("behind the scenes has a span of its own, one for a read has none", () =>
    Effect.gen(function* () {
      const { flights, spans, start } = yield* setup()
      yield* start()
      yield* flights.start(parameter("B"), { ...READ, purpose: "load" })
      assert.deepStrictEqual(spans, [])
      yield* flights.start(parameter("C"), { ...READ, purpose: "refresh" })
      assert.deepStrictEqual(spans, [
        ["refresh", { attributes: { "cache.kind": "parameters", "cache.name": "C" } }],
      ])
    }),
  )

  it.effect("of a version that nobody has is bounded; one that is held, or listed, is not", () =>
    Effect.gen(function* () {
      const { fail, start, store, wait } = yield* setup()
      const version = (label: string): Entry => ({ ...parameter(`A:${label}`), listedAs: ENTRY.key })
      for (let guess = 0; guess < MOST_GUESSES; guess += 1) {
        const waiting = yield* wait(yield* start(version(`v${guess}`)))
        yield* fail(notFound)
        yield* Fiber.join(waiting)
      }
      const { fetched, isCollapsed } = yield* start(version("one-more"))
      assert.isFalse(isCollapsed)
      assert.strictEqual((yield* Effect.flip(fetched)).reason._tag, "TooManyGuesses")
      const known = version("known")
      yield* store.update(known.key, () => ({ held: { value: text("v"), fetchedAt: 0, refreshAt: 0 } }))
      const waiting = yield* wait(yield* start(known))
      yield* fail(denied)
      assert.strictEqual(shown(yield* Fiber.join(waiting))[0], "AccessDenied")
      for (let other = 0; other <= MOST_GUESSES; other += 1) {
        const waiting = yield* wait(yield* start(parameter(`other${other}`)))
        yield* fail(notFound)
        assert.strictEqual(shown(yield* Fiber.join(waiting))[0], "NotFound")
      }
    }),
  )
})

describe("what is fetched while nothing is kept", () => {
  it.effect("is given to its callers alone; what was held is forgotten, and later it is kept again", () =>
    Effect.gen(function* () {
      const { answer, fill, flights, start, store, wait } = yield* setup()
      yield* fill(text("one"))
      yield* flights.keep(false)
      assert.isUndefined(store.get(ENTRY.key).held)
      const waiting = yield* wait(yield* start())
      yield* answer(text("two"))
      assert.deepStrictEqual(shown(yield* Fiber.join(waiting)), ["two", false])
      assert.isUndefined(store.get(ENTRY.key).held)
      yield* flights.keep(true)
      yield* fill(text("three"))
      yield* flights.keep(true)
      assert.strictEqual(bodyIn(store.get(ENTRY.key)), "three")
    }),
  )
})

describe("settled", () => {
  it.effect("waits until no fetch is under way", () =>
    Effect.gen(function* () {
      const { answer, flights, start } = yield* setup()
      yield* flights.settled
      yield* start()
      const settled = yield* Effect.forkChild(flights.settled, { startImmediately: true })
      assert.isUndefined(settled.pollUnsafe())
      yield* answer(text("one"))
      yield* Fiber.join(settled)
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    }),
  )
})
