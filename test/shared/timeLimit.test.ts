/**
 * The time limit of the tier's operations, on clocks that keep time and on one of a machine that is short of CPU.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { within } from "../../src/shared/timeLimit.ts"

const LIMIT = 50

const limited = <A>(effect: Effect.Effect<A>) => Effect.exit(within(LIMIT, () => "too late")(effect))

/** A clock on which every sleep lasts longer than it should. */
const lateBy = (clock: Clock.Clock, milliseconds: number): Clock.Clock => ({
  ...clock,
  currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
  currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
  currentTimeMillis: clock.currentTimeMillis,
  currentTimeNanos: clock.currentTimeNanos,
  sleep: (duration) => clock.sleep(Duration.sum(duration, Duration.millis(milliseconds))),
})

describe("a time limit", () => {
  it.effect("ends what takes longer", () =>
    Effect.gen(function* () {
      const waiting = yield* Effect.forkChild(limited(Effect.never), { startImmediately: true })
      yield* TestClock.adjust(LIMIT - 1)
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* Fiber.join(waiting), Exit.fail("too late"))
    }),
  )

  it.effect("gives what comes in time", () =>
    Effect.gen(function* () {
      const waiting = yield* Effect.forkChild(limited(Effect.as(Effect.sleep(LIMIT - 1), "reply")), {
        startImmediately: true,
      })
      yield* TestClock.adjust(LIMIT)
      assert.deepStrictEqual(yield* Fiber.join(waiting), Exit.succeed("reply"))
    }),
  )

  it.effect("does not count the time in which the process did not run", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const reply = Effect.provideService(Effect.as(Effect.sleep(3 * LIMIT), "reply"), Clock.Clock, clock)
      const waiting = yield* Effect.forkChild(
        Effect.provideService(limited(reply), Clock.Clock, lateBy(clock, 40)),
        { startImmediately: true },
      )
      yield* TestClock.adjust(3 * LIMIT)
      assert.deepStrictEqual(yield* Fiber.join(waiting), Exit.succeed("reply"))
    }),
  )
})
