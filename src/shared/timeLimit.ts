/**
 * A time limit that hardly counts the time in which this process did not run. If a CPU is short, or Lambda froze the environment,
 * the reply may have arrived long before the process can read it; then the store is not to blame.
 *
 * The limit consists of short sleeps. One that lasts longer than it should counts for half, and one that only a freeze explains
 * for no more than its length. Between two of them the runtime reads what has arrived.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { FREEZE_MARGIN } from "../domain/defaults.ts"

/** The length of one sleep, in milliseconds: about as long as a process waits for its turn on a busy CPU. */
const SLICE = 10

/** How many times its limit an operation may take on a busy CPU. */
const STRETCH = 2

/** What a sleep counts that has lasted so long. The clock may have been set back. */
const counted = (slept: number, took: number): number =>
  took > slept + FREEZE_MARGIN ? slept : Math.max(slept, took / STRETCH)

/** Waits until the process has run for so many milliseconds. */
const running = Effect.fnUntraced(function* (milliseconds: number) {
  for (let rest = milliseconds; rest > 0;) {
    const slept = Math.min(SLICE, rest)
    const before = yield* Clock.currentTimeMillis
    yield* Effect.sleep(slept)
    rest -= counted(slept, (yield* Clock.currentTimeMillis) - before)
  }
})

/** Whether an operation with a limit took so long that only a freeze explains it. */
export const wasFrozen = (took: number, limit: number): boolean => took > STRETCH * limit + FREEZE_MARGIN

/** Fails with what `orElse` gives if the process has run for this long, in milliseconds, and the effect has not ended. */
export const within =
  <E2>(milliseconds: number, orElse: () => E2) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    Effect.raceFirst(
      effect,
      Effect.andThen(
        running(milliseconds),
        Effect.suspend(() => Effect.fail(orElse())),
      ),
    )
