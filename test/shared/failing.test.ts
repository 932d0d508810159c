/**
 * Environments whose shared tier fails, in every way that a store can: reads go to AWS, within the limit of the tier.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Metric } from "effect"
import { TestClock } from "effect/testing"
import { report } from "../../src/cache/report.ts"
import { totalsOf } from "../../src/observability/totals.ts"
import {
  DEFAULT_SHARED_TIMEOUT,
  SHARED_AWAKE,
  SHARED_START,
  SHARED_START_TIMEOUT,
  SHARED_STARTED_TIMEOUT,
} from "../../src/domain/defaults.ts"
import { makeEnvironment, settle } from "../support/fleet.ts"
import { makeSharedStore } from "../support/sharedStore.ts"
import { MINUTE, parameter, SECOND } from "../support/entries.ts"

const A = parameter("A", { ttl: MINUTE })

/** Two environments that list the same. */
const two = Effect.fnUntraced(function* (entries = [A]) {
  const tier = makeSharedStore()
  const first = yield* makeEnvironment(tier, entries)
  const second = yield* makeEnvironment(tier, entries)
  return { tier, first, second }
})

describe("the shared tier, when it fails,", () => {
  it.effect.each([
    ["fails", SHARED_START, 0],
    ["hangs", SHARED_START, DEFAULT_SHARED_TIMEOUT],
    ["hangs", 0, SHARED_START_TIMEOUT],
    ["rubbish", SHARED_START, 0],
    ["forgets", SHARED_START, 0],
    ["refuses-writes", SHARED_START, 0],
  ] as const)("costs a read no more than its limit: it %s %i ms after the start", ([fault, age, wait]) =>
    Effect.gen(function* () {
      const { first, second, tier } = yield* two()
      yield* TestClock.adjust(age)
      yield* first.read(A)
      yield* first.answer("one")
      yield* settle
      tier.setFault(fault)
      if (fault === "refuses-writes") tier.clear()
      const reading = yield* second.read(A)
      yield* settle
      yield* TestClock.adjust(wait)
      yield* settle
      yield* second.answer("two")
      assert.match(yield* Fiber.join(reading), /^two miss 0$/)
    }),
  )

  it.effect(
    "is in the report of /ready: unused, answering, failing since when and why, answering again",
    () =>
      Effect.gen(function* () {
        const { first, tier } = yield* two()
        const state = Effect.map(first.cache.inspect, (inspection) => report(new Map(), inspection))
        yield* TestClock.adjust(MINUTE)
        assert.deepInclude(yield* state, { ready: true, shared: { state: "unused" } })
        yield* first.read(A)
        yield* first.answer("one")
        yield* settle
        assert.deepInclude(yield* state, { shared: { state: "answering" } })
        tier.setFault("fails")
        yield* TestClock.adjust(MINUTE)
        yield* first.read(A, { maxAge: 0 })
        yield* first.answer("two")
        yield* settle
        yield* TestClock.adjust(SECOND)
        assert.deepInclude(yield* state, {
          ready: true,
          shared: {
            state: "failing",
            since: "1970-01-01T00:02:00.000Z",
            reason: { type: "Unavailable", detail: "the store is down" },
          },
        })
        tier.setFault(undefined)
        yield* TestClock.adjust(MINUTE)
        yield* first.read(A, { maxAge: 0 })
        yield* first.answer("three")
        yield* settle
        assert.deepInclude(yield* state, { shared: { state: "answering" } })
      }),
  )

  it.effect("gives back a lease that it was given too late to use", () =>
    Effect.gen(function* () {
      const tier = makeSharedStore()
      const store = {
        ...tier.store,
        acquire: (...args: Parameters<typeof tier.store.acquire>) =>
          Effect.andThen(tier.store.acquire(...args), Effect.never),
      }
      const first = yield* makeEnvironment({ store }, [A])
      yield* TestClock.adjust(SHARED_START)
      const reading = yield* first.read(A)
      yield* settle
      assert.strictEqual(tier.leases.size, 1)
      yield* TestClock.adjust(SHARED_START_TIMEOUT)
      yield* settle
      assert.strictEqual(tier.leases.size, 0)
      yield* first.answer("one")
      assert.match(yield* Fiber.join(reading), /^one miss/)
    }),
  )

  it.effect("counts a write only if the store has taken it", () =>
    Effect.gen(function* () {
      const { first, tier } = yield* two()
      const totals = Effect.map(Metric.snapshot, totalsOf)
      tier.setFault("refuses-writes")
      yield* first.read(A)
      yield* first.answer("one")
      yield* settle
      assert.deepInclude(yield* totals, { sharedWrites: 0, sharedFailures: 2 })
      tier.setFault(undefined)
      yield* TestClock.adjust(MINUTE)
      yield* first.read(A, { maxAge: 0 })
      yield* first.answer("two")
      yield* settle
      assert.deepInclude(yield* totals, { sharedWrites: 2, sharedFailures: 2 })
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())),
  )

  it.effect.each([
    ["longer if it has just answered", 0, SHARED_STARTED_TIMEOUT],
    [
      "no longer than at first if the last answer is old, as after a freeze",
      SHARED_AWAKE,
      SHARED_START_TIMEOUT,
    ],
  ] as const)("may take, in the first seconds of an environment, %s", ([, pause, wait]) =>
    Effect.gen(function* () {
      const { first, second, tier } = yield* two([A, parameter("B", { ttl: MINUTE })])
      yield* first.read(A)
      yield* first.answer("one")
      yield* settle
      assert.match(yield* second.readNow(A), /^one shared/)
      tier.setFault("hangs")
      yield* TestClock.adjust(pause)
      const reading = yield* second.read(parameter("B", { ttl: MINUTE }))
      yield* settle
      yield* TestClock.adjust(wait - 1)
      assert.strictEqual(yield* second.waiting, 0)
      yield* TestClock.adjust(1)
      yield* second.answer("two")
      assert.match(yield* Fiber.join(reading), /^two miss/)
    }),
  )

  it.effect("is not told what AWS has answered to whom it does not answer", () =>
    Effect.gen(function* () {
      const { second, tier } = yield* two()
      yield* TestClock.adjust(SHARED_START)
      tier.setFault("hangs")
      const reading = yield* second.read(A)
      yield* settle
      yield* TestClock.adjust(DEFAULT_SHARED_TIMEOUT)
      yield* second.answer("two")
      yield* Fiber.join(reading)
      yield* settle
      assert.deepStrictEqual(
        tier.calls.filter(({ operation }) => operation === "write"),
        [],
      )
    }),
  )

  it.effect("is left alone for a second after three failures in a row, and used again once it answers", () =>
    Effect.gen(function* () {
      const { first, second, tier } = yield* two()
      yield* first.read(A)
      yield* first.answer("one")
      yield* settle
      tier.setFault("fails")
      const failing = yield* second.read(A)
      yield* second.answer("two")
      yield* Fiber.join(failing)
      yield* settle
      const calls = tier.calls.length
      const bypassing = yield* second.read(A, { maxAge: 0 })
      yield* settle
      assert.strictEqual(tier.calls.length, calls)
      yield* Fiber.interrupt(bypassing)
      tier.setFault(undefined)
      yield* TestClock.adjust(MINUTE + SECOND)
      yield* first.read(A)
      yield* first.answer("three")
      yield* settle
      assert.isAbove(tier.calls.length, calls)
    }),
  )
})
