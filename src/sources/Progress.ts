/**
 * The progress of a fetch of several calls: pages of a path, rounds of a batch, its turn in the queue.
 *
 * A fetch ends once it has made no progress for its budget, however long it has taken in total. `Sources` notes progress,
 * `cache/SingleFlight.ts` and `retryTransient` wait for it.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { FETCH_LIMIT, FREEZE_MARGIN } from "../domain/defaults.ts"

export interface Progress {
  /** Something has come. */
  readonly note: () => void
  /** How often something has come. */
  readonly signs: () => number
  /** Since when nothing has come, in epoch milliseconds; at first, since the fetch began. */
  readonly silentSince: () => number
  /** The longest time on the wall clock in which nothing came, until now. In milliseconds. */
  readonly longestSilence: () => number
}

export const make: Effect.Effect<Progress> = Effect.map(Clock.Clock, (clock) => {
  let signs = 0
  let at = clock.currentTimeMillisUnsafe()
  let longest = 0
  const longestSilence = () => Math.max(longest, clock.currentTimeMillisUnsafe() - at)
  return {
    note: () => {
      longest = longestSilence()
      signs += 1
      at = clock.currentTimeMillisUnsafe()
    },
    signs: () => signs,
    silentSince: () => at,
    longestSilence,
  }
})

/** A wait that has ended. Times in epoch milliseconds; `wait` is how long it should have taken. */
interface Waited {
  readonly wait: number
  readonly begunAt: number
  readonly endedAt: number
  /** Something came in it. */
  readonly isSign: boolean
  /** When something came last. */
  readonly silentSince: number
  /** Something had come before, or in it. */
  readonly isUnderWay: boolean
}

/**
 * How long to go on waiting, in milliseconds; 0 if nothing has come for the budget. If a wait took impossibly long, there was
 * a freeze, or the clock was set. Then a fetch that has made progress gets its whole budget again. A fetch without progress
 * ends, and `cache/SingleFlight.ts` starts it again.
 */
export const nextWait = (waited: Waited, budget: number): number => {
  const { begunAt, endedAt, isSign, isUnderWay, silentSince, wait } = waited
  const isPlausible = (took: number) => took >= 0 && took <= wait + FREEZE_MARGIN
  const silent = endedAt - silentSince
  if (isUnderWay && !isPlausible(endedAt - begunAt)) return budget
  if (!isSign) return 0
  return isPlausible(silent) ? Math.max(0, budget - silent) : budget
}

/**
 * Returns when nothing has come for `budget` milliseconds (at the beginning, for `first` milliseconds), or when the
 * waits add up to `FETCH_LIMIT`.
 */
const silence = Effect.fnUntraced(function* (progress: Progress, budget: number, first: number) {
  let left = FETCH_LIMIT
  let wait = first
  do {
    const before = progress.signs()
    const begunAt = yield* Clock.currentTimeMillis
    yield* Effect.sleep(wait)
    const endedAt = yield* Clock.currentTimeMillis
    const signs = progress.signs()
    const silentSince = progress.silentSince()
    left -= wait
    const waited = { wait, begunAt, endedAt, silentSince, isSign: signs > before, isUnderWay: signs > 0 }
    wait = Math.min(left, nextWait(waited, budget))
  } while (wait > 0)
})

interface SilenceOptions<E> {
  readonly progress: Progress
  /** How long nothing may come, in milliseconds. */
  readonly budget: number
  /** The same for the beginning. Default: the budget. */
  readonly first?: number
  readonly orElse: () => E
}

/** Ends a fetch that brings nothing for its budget, and any fetch at `FETCH_LIMIT`. */
export const untilSilent =
  <E2>({ budget, first = budget, orElse, progress }: SilenceOptions<E2>) =>
  <A, E, R>(fetch: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    Effect.raceFirst(
      fetch,
      Effect.flatMap(silence(progress, budget, first), () => Effect.fail(orElse())),
    )
