/**
 * A random generator that always returns the same number, so that a test knows the result of jitter.
 */
import { Effect, Random } from "effect"

/** Runs an effect in which every random number between 0 and 1 is `share`. */
export const withRandom =
  (share: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.provideService(effect, Random.Random, {
      nextDoubleUnsafe: () => share,
      nextIntUnsafe: () => share,
    })
