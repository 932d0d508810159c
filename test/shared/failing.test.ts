/**
 * Environments whose shared tier fails, in every way that a store can: reads go to AWS, within the limit of the tier.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { DEFAULT_SHARED_TIMEOUT, SHARED_START, SHARED_START_TIMEOUT } from "../../src/domain/defaults.ts"
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
  /** In milliseconds: the limits of three operations, after which the circuit opens. */
  const WARM = 3 * DEFAULT_SHARED_TIMEOUT
  const STARTING = SHARED_START_TIMEOUT + 2 * DEFAULT_SHARED_TIMEOUT

  it.effect.each([
    ["fails", SHARED_START, 0],
    ["hangs", SHARED_START, WARM],
    ["hangs", 0, STARTING],
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
