/**
 * Chance that is none: every draw gives the same share, so that a test can name the moment a jitter leads to.
 */
import { Effect, Random } from "effect"

/** Runs an effect in which each draw between 0 and 1 gives `share`. */
export const withRandom =
  (share: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.provideService(effect, Random.Random, {
      nextDoubleUnsafe: () => share,
      nextIntUnsafe: () => share,
    })
