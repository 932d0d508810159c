/**
 * Which callers share a fetch, and how long each of them waits for it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Metric } from "effect"
import { TestClock } from "effect/testing"
import * as Metrics from "../../src/observability/Metrics.ts"
import { parameter, text } from "../support/entries.ts"
import { ENTRY, READ, setup, shown } from "../support/singleFlight.ts"

describe("callers of one entry", () => {
  it.effect("share the fetch that is under way, and are counted", () =>
    Effect.gen(function* () {
      const { answer, asked, start, wait } = yield* setup()
      const first = yield* wait(yield* start())
      const second = yield* start()
      assert.isTrue(second.isCollapsed)
      const waiting = yield* wait(second)
      yield* answer(text("one"))
      assert.deepStrictEqual(shown(yield* Fiber.join(first)), ["one", true])
      assert.deepStrictEqual(shown(yield* Fiber.join(waiting)), ["one", true])
      assert.lengthOf(asked, 1)
      assert.strictEqual((yield* Metric.value(Metrics.coalescedReads)).count, 1)
      assert.isFalse((yield* start()).isCollapsed)
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())),
  )

  it.effect(
    "who keep nothing share with each other and join what is kept, but are joined by nobody who keeps",
    () =>
      Effect.gen(function* () {
        const { answer, asked, failures, start, store, wait } = yield* setup()
        const apart = { ...READ, noStore: true }
        const first = yield* wait(yield* start(ENTRY, apart))
        assert.isTrue((yield* start(ENTRY, apart)).isCollapsed)
        assert.isFalse((yield* start(parameter("B"), apart)).isCollapsed)
        yield* answer(text("apart"), 0)
        assert.deepStrictEqual(shown(yield* Fiber.join(first)), ["apart", false])
        assert.isUndefined(store.get(ENTRY.key).held)

        yield* start(ENTRY, apart)
        assert.isFalse((yield* start()).isCollapsed)
        assert.lengthOf(asked, 4)
        const joined = yield* start(ENTRY, apart)
        assert.isTrue(joined.isCollapsed)
        const waiting = yield* wait(joined)
        yield* answer(text("kept"), 3)
        assert.deepStrictEqual(shown(yield* Fiber.join(waiting)), ["kept", true])
        assert.lengthOf(failures, 0)
      }),
  )

  it.effect("who have an old value do not wait for a fetch that another has waited for in vain", () =>
    Effect.gen(function* () {
      const { asked, fill, start, wait } = yield* setup()
      yield* fill(text("old"))
      const first = yield* wait(yield* start())
      for (let passed = 0; passed < 2_500; passed += 500) {
        yield* TestClock.adjust(500)
        asked.at(-1)?.effort.progress?.note()
      }
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(shown(yield* Fiber.join(first)), [
        "TimedOut",
        "the answer was not complete within 2500 ms; the rest is still being fetched",
      ])
      const second = yield* start()
      assert.isTrue(second.isCollapsed)
      assert.deepStrictEqual(shown(yield* Effect.result(second.fetched)), [
        "TimedOut",
        "the answer is not complete yet; the rest is still being fetched",
      ])
    }),
  )

  it.effect(
    "wait for what is left of the budget of the fetch that they join, where that is more than theirs",
    () =>
      Effect.gen(function* () {
        const { asked, start, wait } = yield* setup()
        yield* start(ENTRY, { ...READ, budget: 4_000, purpose: "load" })
        yield* TestClock.adjust(1_000)
        asked[0]?.effort.progress?.note()
        const joined = yield* wait(yield* start(ENTRY, { ...READ, budget: 500 }))
        yield* TestClock.adjust(3_000)
        assert.isUndefined(joined.pollUnsafe())
        yield* TestClock.adjust(1)
        assert.strictEqual(shown(yield* Fiber.join(joined))[0], "TimedOut")
      }),
  )
})
