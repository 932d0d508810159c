/**
 * Times on a machine that has other things to do: one run may be late for no fault of what is tested, three in a row are
 * not.
 */
import { Effect, type Scope } from "effect"

/** How often a time is taken that a busy machine may spoil. */
export const ATTEMPTS = 3

/** The shortest time of a few runs, each in a scope of its own, in milliseconds. The first one below `enough` ends it. */
export const best = <E, R>(
  run: Effect.Effect<number, E, R | Scope.Scope>,
  enough: number,
): Effect.Effect<number, E, Exclude<R, Scope.Scope>> =>
  Effect.gen(function* () {
    let shortest = Infinity
    for (let attempt = 0; attempt < ATTEMPTS && shortest >= enough; attempt += 1)
      shortest = Math.min(shortest, yield* Effect.scoped(run))
    return shortest
  })
