/**
 * How long fetches of a fleet wait for each other: never so long that no time is left for an attempt of one's own.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { leaseAt, newsOf, paceAfter, patienceAt, restOf } from "../../src/cache/pace.ts"
import {
  SHARED_LEAST_LEASE,
  SHARED_LEAST_WAIT,
  SHARED_LONGEST_LEASE,
  SHARED_WAIT_PART,
} from "../../src/domain/defaults.ts"
import { notFound, text, unavailable } from "../support/entries.ts"

const upTo = (maximum: number) =>
  Arbitrary.schema(Schema.Number.check(Schema.isBetween({ minimum: 0, maximum })))
const milliseconds = upTo(10_000)
const OPTIONS = { budget: 2_500, retryFor: 1_000, purpose: "read" } as const

describe("the pace of calls to AWS", () => {
  it.effect.prop(
    "slows down at once, and recovers over several calls",
    { pace: milliseconds, took: milliseconds },
    ({ pace, took }) =>
      Effect.sync(() => {
        const next = paceAfter(pace, took)
        assert.isAtLeast(next, took)
        assert.isAtMost(next, Math.max(pace, took))
        if (took < pace / 2) assert.isAbove(next, took)
      }),
  )

  it.effect.prop(
    "gives leases that are long enough to renew and short enough to take over",
    { pace: milliseconds },
    ({ pace }) =>
      Effect.sync(() => {
        assert.isAtLeast(leaseAt(pace), SHARED_LEAST_LEASE)
        assert.isAtMost(leaseAt(pace), SHARED_LONGEST_LEASE)
      }),
  )

  it.effect.prop(
    "never lets a read wait longer for others than its part of the budget",
    { pace: milliseconds, budget: milliseconds },
    ({ budget, pace }) =>
      Effect.sync(() => {
        assert.isAtMost(patienceAt(pace, budget), SHARED_WAIT_PART * budget)
        assert.isAtMost(patienceAt(pace, budget), Math.max(SHARED_LEAST_WAIT, 4 * pace))
      }),
  )

  it("is taken as the slowest while AWS has not been asked", () => {
    assert.strictEqual(leaseAt(undefined), SHARED_LONGEST_LEASE)
    assert.strictEqual(patienceAt(undefined, 1_000), SHARED_WAIT_PART * 1_000)
    assert.strictEqual(paceAfter(undefined, 7), 7)
  })
})

describe("the rest of a read's effort after it has waited for others", () => {
  it.effect.prop("is at least half of its budget", { waited: upTo(20_000) }, ({ waited }) =>
    Effect.sync(() => {
      const { attemptTimeout = Number.NaN, budget, retryFor } = restOf(OPTIONS, waited)
      assert.isAtLeast(budget, OPTIONS.budget / 2)
      assert.isAtMost(budget, OPTIONS.budget)
      assert.isAtMost(attemptTimeout, budget)
      assert.isAtLeast(retryFor, 0)
    }),
  )

  it("is all of it after a freeze, and after the clock was set back", () => {
    for (const waited of [3_600_000, -5])
      assert.deepInclude(restOf(OPTIONS, waited), { budget: OPTIONS.budget, retryFor: OPTIONS.retryFor })
    assert.deepInclude(restOf(OPTIONS, 500), { budget: 2_000, retryFor: 500 })
  })

  it("keeps an attempt's own limit, if it is shorter", () => {
    assert.strictEqual(restOf({ ...OPTIONS, attemptTimeout: 300 }, 500).attemptTimeout, 300)
  })
})

describe("what a fetch tells the others", () => {
  const held = { value: text("one"), fetchedAt: 5, refreshAt: 9 }

  it("is a value of AWS with the time at which AWS was asked", () => {
    assert.deepStrictEqual(newsOf(Exit.succeed({ held, isStored: true }), 7), {
      _tag: "Value",
      value: held.value,
      askedAt: 5,
    })
  })

  it("is that AWS has no such value", () => {
    assert.deepStrictEqual(newsOf(Exit.fail(notFound), 7), { _tag: "Absent", error: notFound, askedAt: 7 })
  })

  it.each([
    ["comes from the tier", Exit.succeed({ held, isStored: true, isShared: true })],
    ["is not stored", Exit.succeed({ held, isStored: false })],
    ["is a failure of AWS", Exit.fail(unavailable)],
    ["was interrupted", Exit.interrupt()],
  ])("is nothing if it %s", (_, exit) => {
    assert.isUndefined(newsOf(exit, 7))
  })
})
