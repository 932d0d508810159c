/**
 * How long a fetch of several calls may be silent, and how long it may take in all.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import { FETCH_LIMIT } from "../../src/domain/defaults.ts"
import * as Progress from "../../src/sources/Progress.ts"

const BUDGET = 3_000

/** A fetch that never ends, watched; `note` is a sign of it. */
const silentFetch = Effect.gen(function* () {
  const progress = yield* Progress.make
  const fiber = yield* Effect.never.pipe(
    Progress.untilSilent({ progress, budget: BUDGET, orElse: () => "over" }),
    Effect.flip,
    Effect.forkChild({ startImmediately: true }),
  )
  return { note: progress.note, fiber }
})

describe("a fetch of several calls", () => {
  it.effect.prop(
    "ends when nothing has come for its budget, to the millisecond, wherever its signs are",
    [Arbitrary.array(Arbitrary.schema(Schema.Literals([1, 400, 1_500, 2_999])))],
    ([pauses]) =>
      Effect.gen(function* () {
        const { fiber, note } = yield* silentFetch
        // A shorter sequence than the limit in all.
        for (const pause of pauses.slice(0, 50)) {
          yield* TestClock.adjust(pause)
          note()
        }
        yield* TestClock.adjust(BUDGET - 1)
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust(1)
        assert.strictEqual(yield* Fiber.join(fiber), "over")
      }),
  )

  it.effect("ends at its limit although something comes all the time", () =>
    Effect.gen(function* () {
      const { fiber, note } = yield* silentFetch
      for (let passed = 0; passed < FETCH_LIMIT; passed += 1_000) {
        assert.isUndefined(fiber.pollUnsafe())
        note()
        yield* TestClock.adjust(1_000)
      }
      assert.strictEqual(yield* Fiber.join(fiber), "over")
    }),
  )

  it.effect("is what it brings, if it brings it in time", () =>
    Effect.gen(function* () {
      const progress = yield* Progress.make
      const fetch = Effect.as(Effect.sleep(BUDGET - 1), "value").pipe(
        Progress.untilSilent({ progress, budget: BUDGET, orElse: () => "over" }),
      )
      const fiber = yield* Effect.forkChild(fetch, { startImmediately: true })
      yield* TestClock.adjust(BUDGET)
      assert.strictEqual(yield* Fiber.join(fiber), "value")
    }),
  )
})

describe("a freeze", () => {
  /** A silent fetch under a wall clock that the test can set forth, while the timers stand still. */
  const frozenFetch = Effect.gen(function* () {
    const timers = yield* Clock.Clock
    let jumped = 0
    const now = () => timers.currentTimeMillisUnsafe() + jumped
    const wall: Clock.Clock = { ...timers, currentTimeMillisUnsafe: now, currentTimeMillis: Effect.sync(now) }
    const { fiber, note } = yield* Effect.provideService(silentFetch, Clock.Clock, wall)
    return { fiber, note, freeze: () => (jumped += 3_600_000) }
  })

  it.effect("gives its whole budget anew to a fetch of which something has come", () =>
    Effect.gen(function* () {
      const { fiber, freeze, note } = yield* frozenFetch
      yield* TestClock.adjust(1_000)
      note()
      yield* TestClock.adjust(2_500)
      freeze()
      yield* TestClock.adjust(500 + BUDGET - 1)
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* Fiber.join(fiber), "over")
    }),
  )

  it.effect("gives nothing to one of which nothing has come", () =>
    Effect.gen(function* () {
      const { fiber, freeze } = yield* frozenFetch
      freeze()
      yield* TestClock.adjust(BUDGET)
      assert.strictEqual(yield* Fiber.join(fiber), "over")
    }),
  )
})

describe("progress", () => {
  it.effect("counts signs, and knows since when nothing came and how long that was at most", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust(100)
      const progress = yield* Progress.make
      const known = () => [progress.signs(), progress.silentSince(), progress.longestSilence()]
      assert.deepStrictEqual(known(), [0, 100, 0])
      yield* TestClock.adjust(50)
      assert.deepStrictEqual(known(), [0, 100, 50])
      progress.note()
      yield* TestClock.adjust(20)
      assert.deepStrictEqual(known(), [1, 150, 50])
      progress.note()
      yield* TestClock.adjust(70)
      assert.deepStrictEqual(known(), [2, 170, 70])
    }),
  )
})

describe("the next wait", () => {
  const waited = {
    wait: BUDGET,
    startedAt: 0,
    endedAt: BUDGET,
    silentSince: 0,
    isSign: false,
    isUnderWay: true,
  }

  it.each([
    ["is none where nothing came", waited, 0],
    ["is none where no time has passed at all", { ...waited, endedAt: 0 }, 0],
    ["is none after as long a time as a busy machine may take", { ...waited, endedAt: BUDGET + 1_000 }, 0],
    ["is the whole budget after a longer one", { ...waited, endedAt: BUDGET + 1_001 }, BUDGET],
    ["is what is left since the last sign", { ...waited, isSign: true, silentSince: 1_000 }, 1_000],
    ["is the whole budget after a freeze", { ...waited, endedAt: 3_600_000 }, BUDGET],
    ["is none after a freeze before anything came", { ...waited, endedAt: 3_600_000, isUnderWay: false }, 0],
    ["is the whole budget where the clock was set back", { ...waited, endedAt: -3_600_000 }, BUDGET],
    [
      "is the whole budget where the clock was set between sign and end",
      { ...waited, isSign: true, silentSince: -3_600_000 },
      BUDGET,
    ],
  ])("%s", (_, wait, expected) => {
    assert.strictEqual(Progress.nextWait(wait, BUDGET), expected)
  })
})
