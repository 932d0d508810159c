/**
 * Fetches that were frozen in flight: the wall clock goes on, and the timers stand still.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { HOUR, SECOND, text, unavailable } from "../support/entries.ts"
import { bodyIn, ENTRY, READ, setup, shown } from "../support/singleFlight.ts"

/** Runs a test under a wall clock that it can set forth. */
const underWallClock = <A, E, R>(test: (freeze: (ms: number) => void) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(Clock.Clock, (timers) => {
    let frozen = 0
    const now = () => timers.currentTimeMillisUnsafe() + frozen
    const wall: Clock.Clock = { ...timers, currentTimeMillisUnsafe: now, currentTimeMillis: Effect.sync(now) }
    return Effect.provideService(
      test((ms) => {
        frozen += ms
      }),
      Clock.Clock,
      wall,
    )
  })

const settle = Effect.repeat(Effect.yieldNow, { times: 10 })

describe("a freeze", () => {
  it.effect("spoils the answer to the only call, which is asked for anew", () =>
    underWallClock((freeze) =>
      Effect.gen(function* () {
        const { answer, asked, start, store, wait } = yield* setup()
        const waiting = yield* wait(yield* start())
        freeze(HOUR)
        yield* answer(text("spoilt"))
        yield* settle
        assert.lengthOf(asked, 2)
        assert.isUndefined(store.get(ENTRY.key).held)
        yield* answer(text("new"))
        assert.deepStrictEqual(shown(yield* Fiber.join(waiting)), ["new", true])
        assert.strictEqual(store.get(ENTRY.key).held?.fetchedAt, HOUR)
      }),
    ),
  )

  it.effect("spoils a failure, also behind a part that came", () =>
    underWallClock((freeze) =>
      Effect.gen(function* () {
        const { asked, fail, failures, start } = yield* setup()
        yield* start()
        asked[0]?.effort.progress?.note()
        freeze(HOUR)
        yield* fail(unavailable)
        yield* settle
        assert.lengthOf(asked, 2)
        assert.lengthOf(failures, 0)
      }),
    ),
  )

  it.effect("spoils nothing but the age of what took several calls: it is kept, and asked for anew", () =>
    underWallClock((freeze) =>
      Effect.gen(function* () {
        const { answer, asked, start, store, wait } = yield* setup()
        const waiting = yield* wait(yield* start())
        asked[0]?.effort.progress?.note()
        freeze(HOUR)
        yield* answer(text("old"))
        yield* settle
        assert.lengthOf(asked, 2)
        assert.strictEqual(bodyIn(store.get(ENTRY.key)), "old")
        yield* answer(text("new"))
        assert.deepStrictEqual(shown(yield* Fiber.join(waiting)), ["new", true])
      }),
    ),
  )

  it.effect("does so for one who keeps nothing, too, and then nothing is kept", () =>
    underWallClock((freeze) =>
      Effect.gen(function* () {
        const { answer, asked, start, store } = yield* setup()
        yield* start(ENTRY, { ...READ, noStore: true })
        asked[0]?.effort.progress?.note()
        freeze(HOUR)
        yield* answer(text("old"))
        yield* settle
        assert.lengthOf(asked, 2)
        assert.isUndefined(store.get(ENTRY.key).held)
      }),
    ),
  )

  it.effect("costs no further call where what took several is still fresh behind it", () =>
    underWallClock((freeze) =>
      Effect.gen(function* () {
        const { answer, asked, start, wait } = yield* setup()
        const waiting = yield* wait(yield* start())
        asked[0]?.effort.progress?.note()
        freeze(30 * SECOND)
        yield* answer(text("fresh"))
        assert.deepStrictEqual(shown(yield* Fiber.join(waiting)), ["fresh", true])
        assert.lengthOf(asked, 1)
      }),
    ),
  )
})
