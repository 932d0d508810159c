/**
 * When an entry that failed is tried again: what /ready promises is what the cache does.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { afterError, afterValue, decide, EMPTY, isDue, nextTryAt, type Slot } from "../../src/cache/Slot.ts"
import type { Policy } from "../../src/domain/Entry.ts"
import { AccessDenied } from "../../src/domain/SourceError.ts"
import { age, policy } from "../support/arbitraries.ts"
import { failure, HOUR, MINUTE, notFound, POLICY, SECOND, text, unavailable } from "../support/entries.ts"

const NOW = 1_000 * HOUR
const denied = failure(new AccessDenied({ detail: "AccessDeniedException" }))

/** Whether a read or a refresh at this moment asks AWS. */
const isAsked = (slot: Slot, at: number, of: Policy): boolean => {
  const { _tag } = decide(slot, at, of)
  return _tag === "Fetch" || _tag === "ServeAndRefresh" || isDue(slot, at, of)
}

const failures = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 8 })))
const History = Schema.Literals(["held", "held and denied", "denied", "cold", "absent"])
const history = Arbitrary.schema(History)

/** A slot whose last fetch failed `ago` ms before now, a value of `age` ms ago being held or not. */
const failed = (kind: typeof History.Type, age: number, ago: number, times: number, of: Policy): Slot => {
  if (kind === "absent") return afterError(EMPTY, notFound, NOW - ago, 0)
  const before: Slot = kind.startsWith("held")
    ? afterValue(text("v"), NOW - Math.max(age, ago), of, 0.5)
    : EMPTY
  const error = kind.endsWith("denied") ? denied : unavailable
  let slot = before
  for (let time = 0; time < times; time++) slot = afterError(slot, error, NOW - ago, 0.5)
  return slot
}

describe("the next try of what failed", () => {
  it.prop(
    "is the first moment at which AWS is asked again",
    { kind: history, age, ago: age, times: failures, policy },
    ({ age, ago, kind, policy, times }) => {
      const slot = failed(kind, age, ago, times, policy)
      const at = nextTryAt(slot, NOW, policy)
      if (at === undefined) return assert.fail("nothing failed")
      assert.isAtLeast(at, NOW)
      assert.isTrue(isAsked(slot, Math.ceil(at), policy), "asked then")
      if (at > NOW) {
        assert.isFalse(isAsked(slot, NOW, policy), "not asked now")
        assert.isFalse(isAsked(slot, Math.ceil(at) - 1, policy), "not asked a moment before")
      }
    },
    { arbitrary: { runs: 2_000 } },
  )

  it("is none where nothing failed", () => {
    assert.isUndefined(nextTryAt(EMPTY, NOW, POLICY))
    assert.isUndefined(nextTryAt(afterValue(text("v"), NOW, POLICY, 0), NOW + MINUTE, POLICY))
  })

  it("is after negative_ttl for what AWS denied, and at once for what it did not answer", () => {
    assert.strictEqual(nextTryAt(failed("denied", 0, 0, 1, POLICY), NOW, POLICY), NOW + 5 * SECOND + 1)
    assert.strictEqual(nextTryAt(failed("cold", 0, 0, 1, POLICY), NOW, POLICY), NOW)
  })
})
