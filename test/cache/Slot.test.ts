/**
 * What a read demands beside the policy, decided on slots alone: `max-age`, `min-fresh`, `max-stale`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import {
  afterError,
  afterValue,
  decide,
  decideOn,
  type Demand,
  EMPTY,
  type Slot,
} from "../../src/cache/Slot.ts"
import { classify } from "../../src/domain/Freshness.ts"
import type { Policy } from "../../src/domain/Entry.ts"
import { age, policy } from "../support/arbitraries.ts"
import { HOUR, MINUTE, notFound, POLICY, SECOND, text, unavailable } from "../support/entries.ts"

const INTERVAL = SECOND
const NOW = 1_000 * HOUR

const milliseconds = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 * HOUR })))
const maybe = <A>(some: Arbitrary.Arbitrary<A>) =>
  Arbitrary.map(Arbitrary.all([Arbitrary.schema(Schema.Boolean), some]), ([isThere, value]) =>
    isThere ? value : undefined,
  )

const demand: Arbitrary.Arbitrary<Demand> = Arbitrary.map(
  Arbitrary.all({
    maxAge: maybe(milliseconds),
    minFresh: maybe(milliseconds),
    maxStale: maybe(milliseconds),
  }),
  (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
)

const valueAt = (fetchedAt: number, of: Policy): Slot => afterValue(text("v"), fetchedAt, of, 0.5)

/** What AWS said, `age` ms before now. */
const slot = (age: number, of: Policy, history: "value" | "failing" | "absent" | "cold" | "empty"): Slot => {
  switch (history) {
    case "value":
      return valueAt(NOW - age, of)
    case "failing":
      return afterError(valueAt(NOW - age, of), unavailable, NOW - Math.min(age, 50), 0.5)
    case "absent":
      return afterError(EMPTY, notFound, NOW - age, 0)
    case "cold":
      return afterError(EMPTY, unavailable, NOW - age, 0.5)
    case "empty":
      return EMPTY
  }
}

const history = Arbitrary.schema(Schema.Literals(["value", "failing", "absent", "cold", "empty"]))

describe("a read that demands nothing", () => {
  it.prop("is decided by the policy alone", { age, policy, history }, ({ age, history, policy }) => {
    const held = slot(age, policy, history)
    assert.deepStrictEqual(decideOn({}, held, NOW, policy, INTERVAL), decide(held, NOW, policy))
  })
})

describe("a read with demands", () => {
  it.prop(
    "is served from memory only what is young and fresh enough, or was fetched within the last second",
    { age, policy, demand, history },
    ({ age, demand, history, policy }) => {
      const held = slot(age, policy, history)
      const decision = decideOn(demand, held, NOW, policy, INTERVAL)
      if (!("held" in decision) || held.failing !== undefined || age < INTERVAL) return
      const { maxAge, maxStale = 0, minFresh } = demand
      if (maxAge !== undefined) assert.isBelow(decision.age, maxAge)
      if (minFresh !== undefined) assert.isAtLeast(policy.ttl - decision.age, minFresh)
      assert.isAtMost(decision.age, policy.ttl + Math.max(maxStale, policy.staleWhileRevalidate))
    },
  )

  it.prop(
    "is never served what the policy forbids altogether",
    { age, policy, demand, history },
    ({ age, demand, history, policy }) => {
      const decision = decideOn(demand, slot(age, policy, history), NOW, policy, INTERVAL)
      if ("held" in decision && age >= INTERVAL) assert.notStrictEqual(classify(decision.age, policy), "dead")
    },
  )

  it.prop(
    "asks AWS only where the policy would, or where what is held will not do",
    { age, policy, demand, history },
    ({ age, demand, history, policy }) => {
      const held = slot(age, policy, history)
      const decision = decideOn(demand, held, NOW, policy, INTERVAL)
      if (decision._tag !== "Fetch" || decision.reason !== "request") return
      const { maxAge = Infinity, minFresh = -Infinity } = demand
      assert.isTrue(age >= maxAge || policy.ttl - age < minFresh)
    },
  )

  const FRESH_FOR_LONG: Policy = { ...POLICY, ttl: 10 * HOUR }

  /** How often AWS is asked by reads at these moments, where each call succeeds or fails at once. */
  const callsOf = (demand: Demand, moments: ReadonlyArray<number>, isUp: boolean): number => {
    let known = valueAt(NOW - MINUTE, FRESH_FOR_LONG)
    let calls = 0
    for (const moment of moments) {
      if (decideOn(demand, known, moment, FRESH_FOR_LONG, INTERVAL)._tag !== "Fetch") continue
      calls += 1
      known = isUp ? valueAt(moment, FRESH_FOR_LONG) : afterError(known, unavailable, moment, 0.5)
    }
    return calls
  }

  it.prop(
    "cost a key one call a second at most, whether AWS is up or down",
    {
      gaps: Arbitrary.array(
        Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 700 }))),
        { maxLength: 40 },
      ),
      demand,
      isUp: Schema.Boolean,
    },
    ({ demand, gaps, isUp }) => {
      let now = NOW
      const moments = gaps.map((gap) => (now += gap))
      const seconds = (now - NOW) / INTERVAL
      assert.isAtMost(callsOf(demand, moments, isUp), 1 + seconds)
      assert.isAtMost(callsOf({ maxAge: 0 }, moments, isUp), 1 + seconds)
    },
  )

  it.each<readonly [Demand, number, string]>([
    [{ maxAge: 10 * SECOND }, 9 * SECOND, "Serve"],
    [{ maxAge: 10 * SECOND }, 10 * SECOND, "Fetch"],
    [{ maxAge: 0 }, SECOND, "Fetch"],
    [{ maxAge: 0 }, SECOND - 1, "Serve"],
    [{ minFresh: 10 * SECOND }, 50 * SECOND, "Serve"],
    [{ minFresh: 10 * SECOND }, 51 * SECOND, "Fetch"],
    [{ maxStale: 10 * SECOND }, 70 * SECOND, "ServeAndRefresh"],
    [{ maxStale: 10 * SECOND }, 71 * SECOND, "Fetch"],
    [{ maxStale: Infinity }, MINUTE + HOUR, "ServeAndRefresh"],
    [{ maxStale: Infinity }, MINUTE + HOUR + 1, "Fetch"],
    [{ maxStale: Infinity, maxAge: MINUTE }, 61 * SECOND, "Fetch"],
    [{ maxStale: Infinity, minFresh: 0 }, 61 * SECOND, "Fetch"],
    [{ maxStale: Infinity }, -1, "Fetch"],
    [{ maxAge: HOUR }, -1, "Fetch"],
    [{ minFresh: 0 }, -1, "Fetch"],
  ])("%j: at an age of %i ms of a value with a ttl of a minute, %s", (demand, age, expected) => {
    const decision = decideOn(demand, valueAt(NOW - age, POLICY), NOW, POLICY, INTERVAL)
    assert.strictEqual(decision._tag, expected)
  })

  it("asks by force although the clock was set back behind the value, and AWS has failed since", () => {
    const pausing = Array.from({ length: 8 }).reduce<Slot>(
      (slot) => afterError(slot, unavailable, NOW - SECOND, 1),
      valueAt(NOW + MINUTE, POLICY),
    )
    assert.strictEqual(decide(pausing, NOW, POLICY)._tag, "ServeWhileFailing")
    assert.strictEqual(decideOn({ maxAge: 0 }, pausing, NOW, POLICY, INTERVAL)._tag, "Fetch")
  })

  it("asks again for what did not exist a while ago, although that is remembered", () => {
    const absent = afterError(EMPTY, notFound, NOW - 2 * SECOND, 0)
    const remembered = decideOn({ maxAge: 3 * SECOND }, absent, NOW, POLICY, INTERVAL)
    assert.strictEqual(remembered._tag, "Refuse")
    const asked = decideOn({ maxAge: 2 * SECOND }, absent, NOW, POLICY, INTERVAL)
    assert.deepStrictEqual(asked, { _tag: "Fetch", reason: "request" })
  })
})
