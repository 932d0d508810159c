/**
 * The batch window: how long a batch stays open for more members. `Sources` has one per kind.
 *
 * A lone fetch starts at once. While a call is under way, others are likely to follow, because functions read their
 * settings together, and over HTTP these reads arrive one by one. Such a batch stays open until it is full or no fetch has
 * arrived for a moment. Measured for 1,000 reads of 50 cold keys: 5 or 6 calls (5 is the minimum). Without a window it
 * takes 5 to 10, with a fixed one of 2 ms 6 to 12, and each lone read waits 2 ms longer.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

/** The window closes when no fetch has arrived for this long. */
const QUIET = "2 millis"

/** How many times that is checked: the window is open for at most 10 ms. */
const CHECKS = 5

export interface BatchWindow {
  /** Call this for each fetch that joins a batch. */
  readonly arrived: () => void
  /** Completes when a new batch should start. */
  readonly closed: Effect.Effect<void>
  /** Counts a call as under way while it runs. */
  readonly during: <A, E, R>(call: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export const make = (): BatchWindow => {
  let arrivals = 0
  let callsUnderWay = 0

  /** Whether a moment passed without an arrival. */
  const isQuiet = Effect.suspend(() => {
    const before = arrivals
    return Effect.map(Effect.sleep(QUIET), () => arrivals === before)
  })

  const untilQuiet = Effect.repeat(isQuiet, {
    until: (quiet) => quiet,
    schedule: Schedule.recurs(CHECKS - 1),
  })

  return {
    arrived: () => {
      arrivals += 1
    },
    closed: Effect.suspend(() => (callsUnderWay === 0 ? Effect.yieldNow : Effect.asVoid(untilQuiet))),
    during: (call) =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          callsUnderWay += 1
        }),
        () => call,
        () =>
          Effect.sync(() => {
            callsUnderWay -= 1
          }),
      ),
  }
}
