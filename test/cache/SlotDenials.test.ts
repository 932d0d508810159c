/**
 * What a refusal of AWS does to a held value, decided on slots alone: for how long it is served after a denial, that
 * nothing prolongs this, and that an answer which ends it ends it at once.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import {
  afterError,
  afterValue,
  decide,
  fallback,
  isDue,
  MAX_PAUSE,
  type Slot,
} from "../../src/cache/Slot.ts"
import type { Policy } from "../../src/domain/Entry.ts"
import {
  AccessDenied,
  BadSignature,
  CircuitOpen,
  ConnectionLost,
  ExpiredCredentials,
  InvalidRequest,
  NotFound,
  RefusedCredentials,
  type SourceError,
  Throttled,
  TimedOut,
  TooLarge,
  TooManyGuesses,
  Unavailable,
} from "../../src/domain/SourceError.ts"
import { age, policy } from "../support/arbitraries.ts"
import { failure, HOUR, POLICY, text } from "../support/entries.ts"

const NOW = 1_000 * HOUR
const detail = { detail: "" }

/** What each reason does to a held value. A new reason has to be put into one of these. */
const EFFECTS: Readonly<Record<SourceError["reason"]["_tag"], "ends" | "limits" | "leaves">> = {
  NotFound: "ends",
  InvalidRequest: "ends",
  AccessDenied: "limits",
  Throttled: "leaves",
  Unavailable: "leaves",
  CircuitOpen: "leaves",
  TimedOut: "leaves",
  ExpiredCredentials: "leaves",
  RefusedCredentials: "leaves",
  BadSignature: "leaves",
  ConnectionLost: "leaves",
  TooLarge: "leaves",
  TooManyGuesses: "leaves",
}
const CLASSES = [
  NotFound,
  AccessDenied,
  Throttled,
  Unavailable,
  CircuitOpen,
  TimedOut,
  ExpiredCredentials,
  RefusedCredentials,
  BadSignature,
  ConnectionLost,
  InvalidRequest,
  TooLarge,
  TooManyGuesses,
] as const
const errors = CLASSES.map((Reason) => failure(new Reason(detail)))
const denied = failure(new AccessDenied(detail))

const errorAt = Arbitrary.map(
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: errors.length - 1 }))),
  (index) => errors[index] ?? denied,
)
const gap = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: HOUR })))
const jump = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: -HOUR, maximum: HOUR })))

const held = (askedAt: number, of: Policy): Slot => afterValue(text("v"), askedAt, of, 0.5)

const isServed = (slot: Slot, now: number, of: Policy): boolean =>
  "held" in decide(slot, now, of) || fallback(slot, now, of) !== undefined

describe("a held value that AWS refuses", () => {
  it.each(errors)("$reason._tag has the effect that is documented", (error) => {
    const before = held(NOW - 1, POLICY)
    const after = afterError(before, error, NOW, 0)
    assert.deepStrictEqual(
      [after.held !== undefined, after.deniedSince !== undefined],
      { ends: [false, false], limits: [true, true], leaves: [true, false] }[EFFECTS[error.reason._tag]],
    )
    assert.deepStrictEqual(after.absent !== undefined, error.reason._tag === "NotFound")
  })

  it.prop(
    "is served for stale_if_denied after the first denial at most, whatever follows but a value",
    {
      policy,
      age,
      since: gap,
      errors: Arbitrary.array(Arbitrary.all({ error: errorAt, gap }), { maxLength: 6 }),
    },
    ({ age, errors, policy, since }) => {
      const deniedAt = NOW
      let slot = afterError(held(NOW - age, policy), denied, deniedAt, 0.5)
      let now = deniedAt
      for (const { error, gap } of errors) {
        now += gap
        slot = afterError(slot, error, now, 0.5)
      }
      now += since
      if (now - deniedAt > policy.staleIfDenied) {
        assert.isFalse(isServed(slot, now, policy))
        assert.isFalse(isDue(slot, now, policy))
      }
    },
    { arbitrary: { runs: 1_000 } },
  )

  it.prop(
    "is served exactly as long as one that was not denied, until stale_if_denied is over",
    { policy, age, since: gap },
    ({ age, policy, since }) => {
      const of = { ...policy, staleIfDenied: Math.max(1, policy.staleIfDenied) }
      const before = held(NOW - age, of)
      const slot = afterError(before, denied, NOW, 0.5)
      const now = NOW + Math.min(since, of.staleIfDenied)
      assert.strictEqual(fallback(slot, now, of) !== undefined, fallback(before, now, of) !== undefined)
      assert.isUndefined(fallback(slot, NOW + of.staleIfDenied + 1, of))
    },
    { arbitrary: { runs: 1_000 } },
  )

  it.prop("is not served at all after a denial with a stale_if_denied of 0", { policy, age }, (all) => {
    const of = { ...all.policy, staleIfDenied: 0 }
    const slot = afterError(held(NOW - all.age, of), denied, NOW, 0.5)
    assert.isFalse(isServed(slot, NOW, of))
  })

  it.prop(
    "is not served longer because the clock was set: it counts from the latest failure on at the latest",
    {
      policy,
      age,
      errors: Arbitrary.array(Arbitrary.all({ error: errorAt, jump }), { minLength: 1, maxLength: 6 }),
      since: gap,
    },
    ({ age, errors, policy, since }) => {
      let now = NOW
      let slot = afterError(held(NOW - age, policy), denied, now, 0.5)
      for (const { error, jump } of errors) {
        now += jump
        slot = afterError(slot, error, now, 0.5)
      }
      now += since
      if (since > policy.staleIfDenied) assert.isFalse(isServed(slot, now, policy))
    },
    { arbitrary: { runs: 1_000 } },
  )

  it("is asked for again when the clock was set back behind the denial, and served if access is denied still", () => {
    const slot = afterError(held(NOW - 2 * HOUR, { ...POLICY, ttl: 9 * HOUR }), denied, NOW, 0.5)
    const policy = { ...POLICY, ttl: 9 * HOUR }
    assert.strictEqual(decide(slot, NOW, policy)._tag, "Serve")
    assert.strictEqual(decide(slot, NOW - 1, policy)._tag, "Fetch")
    assert.isDefined(fallback(slot, NOW - 1, policy))
  })

  it("says that access is denied while it is served, also when AWS has not answered since", () => {
    const policy = { ...POLICY, ttl: 0 }
    const unanswered = afterError(
      afterError(held(NOW - 1, policy), denied, NOW, 1),
      failure(new Unavailable(detail)),
      NOW + 1,
      1,
    )
    const decision = decide(unanswered, NOW + 2, policy)
    assert.deepInclude(decision, { _tag: "ServeWhileFailing", isDenied: true })
    const failing = afterError(held(NOW - 1, policy), failure(new Unavailable(detail)), NOW, 1)
    assert.deepInclude(decide(failing, NOW + 1, policy), { _tag: "ServeWhileFailing", isDenied: false })
  })

  it("is not asked for by every read once it is over: the refusal is remembered for negative_ttl", () => {
    const policy = { ...POLICY, ttl: 0, staleIfDenied: 0 }
    const slot = afterError(held(NOW - 1, policy), denied, NOW, 0.5)
    assert.strictEqual(decide(slot, NOW + policy.negativeTtl, policy)._tag, "Refuse")
    assert.strictEqual(decide(slot, NOW + policy.negativeTtl + 1, policy)._tag, "Fetch")
  })
})

describe("the pause after failures", () => {
  const shares = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 })))
  const pauseAfter = (failures: number, jitter: number): number => {
    let slot = held(NOW - 1, POLICY)
    for (let count = 0; count < failures; count++)
      slot = afterError(slot, failure(new Unavailable(detail)), NOW, jitter)
    return (slot.failing?.retryAt ?? NOW) - NOW
  }

  it.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [6, 3_200],
    [7, 5_000],
    [8, 5_000],
    [60, 5_000],
  ])("is, after %i in a row, %i ms at most and half of that at least", (failures, longest) => {
    assert.strictEqual(pauseAfter(failures, 1), longest)
    assert.strictEqual(pauseAfter(failures, 0), longest / 2)
    assert.isAtMost(longest, MAX_PAUSE)
  })

  it.prop("is spread evenly by chance", { share: shares }, ({ share }) => {
    assert.closeTo(pauseAfter(7, share / 1_000), 2_500 + 2.5 * share, 0.001)
  })
})
