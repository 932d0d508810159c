/**
 * Figures on a machine that has other things to do: one run may be late for no fault of what is tested, all of them are
 * not.
 */
import { Effect, type Scope } from "effect"

/** How often a figure is taken that a busy machine may spoil. */
const ATTEMPTS = 5

/** The least of a few runs' figures (milliseconds, calls), each in a scope of its own. The first below `enough` ends it. */
export const best = <E, R>(
  run: Effect.Effect<number, E, R | Scope.Scope>,
  enough: number,
): Effect.Effect<number, E, Exclude<R, Scope.Scope>> =>
  Effect.gen(function* () {
    let least = Infinity
    for (let attempt = 0; attempt < ATTEMPTS && least >= enough; attempt += 1)
      least = Math.min(least, yield* Effect.scoped(run))
    return least
  })
