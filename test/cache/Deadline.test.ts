import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { lastMoment, make } from "../../src/cache/Deadline.ts"
import { NEAREST_DEADLINE, READ_BUDGET, REACTION_TIME } from "../../src/domain/defaults.ts"
import { MINUTE, SECOND } from "../support/entries.ts"

const Moment = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_000_000_000_000 }))
const Left = Schema.Int.check(Schema.isBetween({ minimum: NEAREST_DEADLINE, maximum: 15 * MINUTE }))
const NotLeft = Schema.Int.check(Schema.isBetween({ minimum: -15 * MINUTE, maximum: NEAREST_DEADLINE - 1 }))

describe("the last moment of a read", () => {
  it.effect.prop(
    "leaves the function time to react, and half of what there is at least",
    {
      now: Moment,
      left: Left,
    },
    ({ left, now }) =>
      Effect.sync(() => {
        const last = lastMoment(now + left, now) ?? Infinity
        assert.isAbove(last, now - 1)
        assert.isAtLeast(now + left - last, Math.min(REACTION_TIME, left / 2))
        assert.isAtMost(now + left - last, REACTION_TIME)
      }),
  )

  it.effect.prop(
    "is none where the deadline is past or as good as past",
    {
      now: Moment,
      left: NotLeft,
    },
    ({ left, now }) => Effect.sync(() => assert.isUndefined(lastMoment(now + left, now))),
  )

  it("comes after the default budget under Lambda's default time-out of 3 s", () => {
    assert.isAtLeast(lastMoment(3 * SECOND, 0) ?? 0, READ_BUDGET)
  })
})

/** A clock whose timers stand still while the wall clock jumps, as in a freeze. */
const withFreezes = <A, E, R>(
  run: (freeze: (ms: number) => void) => Effect.Effect<A, E, R>,
): Effect.Effect<A, E, R> =>
  TestClock.testClockWith((timers) => {
    let frozen = 0
    const now = () => timers.currentTimeMillisUnsafe() + frozen
    const clock: Clock.Clock = {
      ...timers,
      currentTimeMillisUnsafe: now,
      currentTimeMillis: Effect.sync(now),
    }
    return Effect.provideService(
      run((ms) => (frozen += ms)),
      Clock.Clock,
      clock,
    )
  })

/** A read that waits without end. */
const waiting = Effect.gen(function* () {
  const deadline = yield* make
  const wait = Effect.forkChild(Effect.flip(deadline.reached), { startImmediately: true })
  return { deadline, wait }
})

describe("a read that waits", () => {
  it.effect("is bound by the deadline it finds, and says that the invoke's time was the bound", () =>
    Effect.gen(function* () {
      const { deadline, wait } = yield* waiting
      yield* deadline.set(3 * SECOND)
      const fiber = yield* wait
      yield* TestClock.adjust(3 * SECOND - REACTION_TIME - 1)
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(1)
      const { reason } = yield* Fiber.join(fiber)
      assert.strictEqual(reason._tag, "TimedOut")
      assert.strictEqual(reason.detail, "no answer in the time of this invoke, which Lambda ends in 400 ms")
    }),
  )

  it.effect("is bound by a deadline that comes after it", () =>
    Effect.gen(function* () {
      const { deadline, wait } = yield* waiting
      const fiber = yield* wait
      yield* TestClock.adjust(10)
      yield* deadline.set(SECOND)
      yield* TestClock.adjust(SECOND - REACTION_TIME - 10)
      assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
    }),
  )

  it.effect("knows no bound where no invoke is known", () =>
    Effect.gen(function* () {
      const { wait } = yield* waiting
      const fiber = yield* wait
      yield* TestClock.adjust(15 * MINUTE)
      assert.isUndefined(fiber.pollUnsafe())
    }),
  )

  it.effect.each([0, 1, NEAREST_DEADLINE - 1])(
    "is not cut by the deadline of an invoke that is over, with %i ms left of it",
    (left) =>
      Effect.gen(function* () {
        const { deadline, wait } = yield* waiting
        yield* deadline.set(3 * SECOND)
        yield* TestClock.adjust(3 * SECOND - left)
        const fiber = yield* wait
        yield* TestClock.adjust(SECOND)
        assert.isUndefined(fiber.pollUnsafe())
        yield* deadline.set((yield* Clock.currentTimeMillis) + 3 * SECOND)
        yield* TestClock.adjust(3 * SECOND - REACTION_TIME)
        assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
      }),
  )

  it.effect("takes the deadline of the present invoke instead of the one before", () =>
    Effect.gen(function* () {
      const { deadline, wait } = yield* waiting
      yield* deadline.set(3 * SECOND)
      yield* TestClock.adjust(2_500)
      const fiber = yield* wait
      yield* TestClock.adjust(5)
      yield* deadline.set(5_500)
      yield* TestClock.adjust(2_595 - 1)
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
    }),
  )

  it.effect("thaws past its deadline: it waits for the next invoke, whose time is the bound then", () =>
    withFreezes((freeze) =>
      Effect.gen(function* () {
        const { deadline, wait } = yield* waiting
        yield* deadline.set(3 * SECOND)
        const fiber = yield* wait
        yield* TestClock.adjust(SECOND)
        freeze(10 * MINUTE)
        yield* TestClock.adjust(2 * SECOND)
        assert.isUndefined(fiber.pollUnsafe())
        yield* deadline.set(10 * MINUTE + 6 * SECOND)
        yield* TestClock.adjust(3 * SECOND - REACTION_TIME)
        assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
      }),
    ),
  )

  it.effect("counts the bound by the wall clock, though a short freeze has held up its timer", () =>
    withFreezes((freeze) =>
      Effect.gen(function* () {
        const { deadline, wait } = yield* waiting
        yield* deadline.set(30 * SECOND)
        const fiber = yield* wait
        yield* TestClock.adjust(SECOND)
        freeze(20 * SECOND)
        // The next invoke began while the old timer would have 28.6 s to go.
        yield* deadline.set(24 * SECOND)
        yield* TestClock.adjust(3 * SECOND - REACTION_TIME)
        assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
      }),
    ),
  )

  it.effect("waits on although the clock was set back", () =>
    withFreezes((freeze) =>
      Effect.gen(function* () {
        const { deadline, wait } = yield* waiting
        yield* deadline.set(3 * SECOND)
        const fiber = yield* wait
        freeze(-SECOND)
        yield* TestClock.adjust(3 * SECOND)
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust(SECOND)
        assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
      }),
    ),
  )
})
