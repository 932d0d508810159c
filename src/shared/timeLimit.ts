/**
 * A time limit that counts only the time in which this process ran. If a CPU is short, or Lambda froze the environment, the
 * reply may have arrived long before the process can read it; then the store is not to blame.
 *
 * The limit consists of short sleeps. One that lasts longer than it should counts no more than its length, and between two of
 * them the runtime reads what has arrived.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

/** The length of one sleep, in milliseconds: about as long as a process waits for its turn on a busy CPU. */
const SLICE = 10

/** Waits until the process has run for so many milliseconds. */
const running = (milliseconds: number): Effect.Effect<void> => {
  const slices = Math.max(1, Math.ceil(milliseconds / SLICE))
  return Effect.sleep(milliseconds / slices).pipe(Effect.repeat(Schedule.recurs(slices - 1)), Effect.asVoid)
}

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
