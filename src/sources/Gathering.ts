/**
 * How long a batch waits for more members. `Sources` has one per kind.
 *
 * A fetch that comes alone leaves at once. While a call is under way others are likely to follow, as a function reads
 * its settings together; over HTTP they arrive one by one. Such a batch waits until none came for a moment. It is
 * cut short when it is full. Measured for 1,000 reads of 50 cold keys: 5 or 6 calls, where 5 is the least; with no
 * window 5 to 10, and with a fixed one of 2 ms 6 to 12, at the price of 2 ms for each lone read.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

/** So long without another fetch, and the batch leaves. */
const QUIET = "2 millis"

/** It is looked so often whether it has become quiet: 10 ms in all. */
const LOOKS = 5

export interface Gathering {
  /** To be called for each fetch that asks to be taken along. */
  readonly arrived: () => void
  /** What a new batch waits for. */
  readonly window: Effect.Effect<void>
  /** Marks a call as under way while it runs. */
  readonly during: <A, E, R>(call: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export const make = (): Gathering => {
  let arrivals = 0
  let callsUnderWay = 0

  /** Whether a moment passed without an arrival. */
  const isQuiet = Effect.suspend(() => {
    const before = arrivals
    return Effect.map(Effect.sleep(QUIET), () => arrivals === before)
  })

  const untilQuiet = Effect.repeat(isQuiet, {
    until: (quiet) => quiet,
    schedule: Schedule.recurs(LOOKS - 1),
  })

  return {
    arrived: () => {
      arrivals += 1
    },
    window: Effect.suspend(() => (callsUnderWay === 0 ? Effect.yieldNow : Effect.asVoid(untilQuiet))),
    during: (call) =>
      Effect.suspend(() => {
        callsUnderWay += 1
        return Effect.ensuring(
          call,
          Effect.sync(() => {
            callsUnderWay -= 1
          }),
        )
      }),
  }
}
