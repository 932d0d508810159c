/**
 * Timing on a busy machine. A single run may be late by accident, but not all of several.
 */
import { Effect, type Scope } from "effect"

/** How often to measure, if not said otherwise. */
const ATTEMPTS = 5

/** The minimum of several runs (milliseconds, calls), each in its own scope. Stops at the first below `enough`. */
export const best = <E, R>(
  run: Effect.Effect<number, E, R | Scope.Scope>,
  enough: number,
  attempts = ATTEMPTS,
): Effect.Effect<number, E, Exclude<R, Scope.Scope>> =>
  Effect.gen(function* () {
    let least = Infinity
    for (let attempt = 0; attempt < attempts && least >= enough; attempt += 1)
      least = Math.min(least, yield* Effect.scoped(run))
    return least
  })
