/**
 * The transitions of a circuit as pure functions: what holds in whichever order calls begin, end and are cancelled, and
 * whatever the clock does. `Circuit.test.ts` has the circuit in use.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  admit,
  FAILURES,
  FORGOTTEN_AFTER,
  OPEN_FOR,
  type Outcome,
  settle,
  type State,
} from "../../src/sources/Circuit.ts"

const unanswered: Outcome = { unanswered: "no reply" }

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** A call begins, or one of those under way ends. `after` in milliseconds since the step before. */
const Step = Schema.Struct({
  isBegin: Schema.Boolean,
  after: between(0, 2 * OPEN_FOR),
  which: between(0, 20),
  outcome: Schema.Literals(["answered", "cancelled", "unanswered", "no reply"]),
})

/** A circuit with these failures in a row. */
const afterFailures = (count: number, at: number): State => {
  let { state } = admit(undefined, at)
  for (let call = 0; call < count; call += 1) state = settle(state, "call", unanswered, at)
  return state
}

describe("the state of a circuit", () => {
  it.effect.prop(
    "lets one probe at a time through, refuses only after three failures, and for a second only",
    { steps: Schema.Array(Step) },
    ({ steps }) =>
      Effect.sync(() => {
        let now = 0
        let state: State | undefined
        let failures = 0
        let openedAt = -Infinity
        const underWay: Array<"call" | "probe"> = []
        for (const { after, isBegin, outcome, which } of steps) {
          now += after
          if (isBegin) {
            const admission = admit(state, now)
            state = admission.state
            const isProbing = underWay.includes("probe")
            const isOpen = now - openedAt < OPEN_FOR
            assert.strictEqual(admission.as === "refused", isProbing || isOpen)
            if (admission.as !== "refused") underWay.push(admission.as)
            continue
          }
          const [as] = underWay.splice(which % Math.max(1, underWay.length), 1)
          if (as === undefined || state === undefined) continue
          const isAnswer = outcome === "answered" || outcome === "cancelled"
          const settled = settle(state, as, isAnswer ? outcome : unanswered, now)
          if (!isAnswer) failures += 1
          if (settled._tag === "Open" && settled !== state && !isAnswer) {
            assert.isAtLeast(failures, FAILURES)
            openedAt = now
          }
          if (settled._tag === "Closed") openedAt = -Infinity
          state = settled
        }
      }),
    { arbitrary: { runs: 1_000 } },
  )

  it("is closed by any answer to its probe, and by nothing else", () => {
    const probing = admit(afterFailures(FAILURES, 0), OPEN_FOR)
    assert.strictEqual(probing.as, "probe")
    assert.strictEqual(settle(probing.state, "probe", "answered", OPEN_FOR)._tag, "Closed")
    assert.strictEqual(settle(probing.state, "probe", unanswered, OPEN_FOR)._tag, "Open")
    for (const late of ["answered", "cancelled", unanswered] as const) {
      assert.strictEqual(settle(probing.state, "call", late, OPEN_FOR), probing.state)
      assert.strictEqual(admit(settle(afterFailures(FAILURES, 0), "call", late, 1), 1).as, "refused")
    }
  })

  it("lets the next call probe at once where a probe was cancelled", () => {
    const probing = admit(afterFailures(FAILURES, 0), OPEN_FOR)
    assert.strictEqual(admit(settle(probing.state, "probe", "cancelled", OPEN_FOR), OPEN_FOR).as, "probe")
  })

  it("forgets failures after a minute without a call, and not before", () => {
    const nextFails = (state: State, now: number) =>
      settle(admit(state, now).state, "call", unanswered, now)._tag
    const almost = afterFailures(FAILURES - 1, 0)
    assert.strictEqual(nextFails(almost, FORGOTTEN_AFTER - 1), "Open")
    assert.strictEqual(nextFails(almost, FORGOTTEN_AFTER), "Closed")
  })

  it("does not stay open because the clock was set back", () => {
    const open = afterFailures(FAILURES, 1_000_000)
    assert.strictEqual(admit(open, 1_000_000 + OPEN_FOR - 1).as, "refused")
    assert.strictEqual(admit(open, 0).as, "probe")
  })
})
