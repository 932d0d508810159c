/**
 * How a value ages: a table of its borders, then what holds for every policy and every age.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { classify, type Freshness, isStillAbsent, outlivesDenial } from "../../src/domain/Freshness.ts"
import type { Policy } from "../../src/domain/Entry.ts"
import { age, policy } from "../support/arbitraries.ts"

const ORDER: ReadonlyArray<Freshness> = ["fresh", "stale", "expired", "dead"]
const rank = (at: number, of: Policy): number => ORDER.indexOf(classify(at, of))

const POLICY: Policy = {
  ttl: 100,
  staleWhileRevalidate: 20,
  staleIfError: 50,
  staleIfDenied: 30,
  negativeTtl: 5,
}

describe("the freshness of a value", () => {
  it.each([
    [0, "fresh"],
    [100, "fresh"],
    [101, "stale"],
    [120, "stale"],
    [121, "expired"],
    [150, "expired"],
    [151, "dead"],
    [-1, "expired"],
    [-1_000_000, "expired"],
  ] as const)("at the age of %d ms is %s", (at, freshness) => {
    assert.strictEqual(classify(at, POLICY), freshness)
  })

  it.effect.prop(
    "only ever moves from fresh towards dead as it ages",
    { policy, age, later: age },
    ({ policy, age, later }) =>
      Effect.sync(() => assert.isAtLeast(rank(age + later, policy), rank(age, policy))),
    { arbitrary: { runs: 1_000 } },
  )

  it.effect.prop("is never fresh with a ttl of 0, not even at once", { policy }, ({ policy }) =>
    Effect.sync(() => {
      assert.notStrictEqual(classify(0, { ...policy, ttl: 0 }), "fresh")
    }),
  )

  it.effect.prop("is fresh through the whole ttl, and never a millisecond longer", { policy }, ({ policy }) =>
    Effect.sync(() => {
      assert.strictEqual(
        classify(Math.max(policy.ttl, 1), { ...policy, ttl: Math.max(policy.ttl, 1) }),
        "fresh",
      )
      assert.notStrictEqual(classify(Math.max(policy.ttl, -1) + 1, policy), "fresh")
    }),
  )

  it.effect.prop(
    "may be served for as long as either stale period lasts, then no more",
    { policy },
    ({ policy }) =>
      Effect.sync(() => {
        const last = policy.ttl + Math.max(policy.staleWhileRevalidate, policy.staleIfError)
        if (last >= 0) assert.notStrictEqual(classify(last, policy), "dead")
        assert.strictEqual(classify(Math.max(last, -1) + 1, policy), "dead")
      }),
  )

  it.effect.prop(
    "is unknown after the clock was set back: it is fetched again",
    { policy, age },
    ({ policy, age }) => Effect.sync(() => assert.strictEqual(classify(-age - 1, policy), "expired")),
  )
})

describe("a window of no length", () => {
  const NONE: Policy = { ttl: 0, staleWhileRevalidate: 0, staleIfError: 0, staleIfDenied: 0, negativeTtl: 0 }

  it.each([
    ["a ttl of 0", {}, 0, "expired"],
    ["a ttl of 0", {}, 1, "dead"],
    ["a ttl of 1 ms", { ttl: 1 }, 1, "fresh"],
    ["a stale_while_revalidate of 1 ms", { staleWhileRevalidate: 1 }, 0, "stale"],
    ["a stale_while_revalidate of 1 ms", { staleWhileRevalidate: 1 }, 1, "stale"],
    ["a stale_while_revalidate of 1 ms", { staleWhileRevalidate: 1 }, 2, "dead"],
    ["a stale_if_error of 1 ms", { staleIfError: 1 }, 1, "expired"],
    ["a negative ttl", { ttl: -5, staleIfError: 5 }, 0, "expired"],
    ["a negative ttl", { ttl: -5, staleIfError: 5 }, 1, "dead"],
  ] as const)("with %s: %j at the age of %i ms is %s", (_, change, at, freshness) => {
    assert.strictEqual(classify(at, { ...NONE, ...change }), freshness)
  })

  it("remembers an absence for no longer than its own millisecond", () => {
    assert.isTrue(isStillAbsent(0, NONE))
    assert.isFalse(isStillAbsent(1, NONE))
  })
})

describe('the memory of "there is no such entry"', () => {
  it.effect.prop("ends with the negative ttl, and never comes back", { policy, age }, ({ policy, age }) =>
    Effect.sync(() => assert.strictEqual(isStillAbsent(age, policy), age <= policy.negativeTtl)),
  )

  it("does not outlive a clock that was set back", () => {
    assert.isFalse(isStillAbsent(-1, POLICY))
  })
})

describe("a value that AWS denies", () => {
  it.effect.prop(
    "is served for as long as stale_if_denied, and not at all with 0",
    { policy, age },
    ({ policy, age }) =>
      Effect.sync(() => {
        const allowed = policy.staleIfDenied
        assert.strictEqual(outlivesDenial(age, policy), allowed > 0 && age <= allowed)
        assert.strictEqual(outlivesDenial(allowed, policy), allowed > 0)
        assert.isFalse(outlivesDenial(Math.max(allowed, 0) + 1, policy))
        assert.isFalse(outlivesDenial(0, { ...policy, staleIfDenied: 0 }))
        assert.isTrue(outlivesDenial(1, { ...policy, staleIfDenied: 1 }))
      }),
  )
})
