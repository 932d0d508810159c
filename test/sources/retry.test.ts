import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { attemptTimeoutIn } from "../../src/domain/defaults.ts"
import { withRetries } from "../../src/sources/retry.ts"

const Budget = Schema.Int.check(Schema.isBetween({ minimum: 10, maximum: 15 * 60_000 }))

describe("an attempt", () => {
  it.effect.prop(
    "is so short that two fit into any budget, and uses most of it",
    { budget: Budget },
    ({ budget }) =>
      Effect.gen(function* () {
        const begun: Array<number> = []
        const hanging = Effect.flatMap(Clock.currentTimeMillis, (now) => {
          begun.push(now)
          return Effect.never
        })
        const timeout = Duration.millis(attemptTimeoutIn(budget))
        const fiber = yield* Effect.forkChild(Effect.flip(withRetries(hanging, timeout)), {
          startImmediately: true,
        })
        yield* TestClock.adjust(budget)
        assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
        assert.lengthOf(begun, 2)
        assert.isAtLeast(2 * attemptTimeoutIn(budget), 0.8 * budget - 2)
      }),
  )
})
