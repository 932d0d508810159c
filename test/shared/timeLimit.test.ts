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

  /** How an effect ends that takes so long, if each sleep of the limit lasts this much longer than it should. */
  const endOf = (takes: number, late: number) =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const reply = Effect.provideService(Effect.as(Effect.sleep(takes), "reply"), Clock.Clock, clock)
      const waiting = yield* Effect.forkChild(
        Effect.provideService(limited(reply), Clock.Clock, lateBy(clock, late)),
        { startImmediately: true },
      )
      yield* TestClock.adjust(takes + late)
      return yield* Fiber.join(waiting)
    })

  it.effect("counts half of the time in which the process waited for a CPU", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* endOf(2 * LIMIT - 1, 10), Exit.succeed("reply"))
      assert.deepStrictEqual(yield* endOf(3 * LIMIT, 10), Exit.fail("too late"))
      assert.deepStrictEqual(yield* endOf(20 * LIMIT, 2 * LIMIT), Exit.fail("too late"))
    }),
  )

  it.effect("does not count a freeze", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* endOf(100 * LIMIT, 50 * LIMIT), Exit.succeed("reply"))
    }),
  )
})
