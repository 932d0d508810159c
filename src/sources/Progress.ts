/**
 * The progress of a fetch that takes several calls: pages of a path, rounds of a batch, its turn in the queue.
 *
 * A fetch ends once it has made no progress for its budget, however long it has taken in total. `Sources` records progress;
 * `cache/SingleFlight.ts` and `retryTransient` end fetches that make none.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { FETCH_LIMIT, FREEZE_MARGIN } from "../domain/defaults.ts"

export interface Progress {
  /** Records progress. */
  readonly note: () => void
  /** How often there was progress. */
  readonly signs: () => number
  /** The time of the last progress, in epoch milliseconds; initially that of the start. */
  readonly silentSince: () => number
  /** The longest time without progress until now, in milliseconds on the wall clock. */
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

/** A wait that has ended. Times in epoch milliseconds; `wait` is how long it was meant to take. */
interface Waited {
  readonly wait: number
  readonly startedAt: number
  readonly endedAt: number
  /** Whether there was progress during the wait. */
  readonly isSign: boolean
  /** The time of the last progress. */
  readonly silentSince: number
  /** Whether there has been any progress. */
  readonly isUnderWay: boolean
}

/**
 * How long to go on waiting, in milliseconds; 0 after a whole budget without progress. A wait that overran by far means a
 * freeze, or that the clock was set. Then a fetch that has made progress gets its whole budget again. A fetch without
 * progress ends, and `cache/SingleFlight.ts` starts it again.
 */
export const nextWait = (waited: Waited, budget: number): number => {
  const { startedAt, endedAt, isSign, isUnderWay, silentSince, wait } = waited
  const isPlausible = (took: number) => took >= 0 && took <= wait + FREEZE_MARGIN
  const silent = endedAt - silentSince
  if (isUnderWay && !isPlausible(endedAt - startedAt)) return budget
  if (!isSign) return 0
  return isPlausible(silent) ? Math.max(0, budget - silent) : budget
}

/**
 * Returns after `budget` milliseconds without progress (at the beginning, after `first` milliseconds), or when the waits add
 * up to `FETCH_LIMIT`.
 */
const silence = Effect.fnUntraced(function* (progress: Progress, budget: number, first: number) {
  let left = FETCH_LIMIT
  let wait = first
  do {
    const before = progress.signs()
    const startedAt = yield* Clock.currentTimeMillis
    yield* Effect.sleep(wait)
    const endedAt = yield* Clock.currentTimeMillis
    const signs = progress.signs()
    const silentSince = progress.silentSince()
    left -= wait
    const waited = { wait, startedAt, endedAt, silentSince, isSign: signs > before, isUnderWay: signs > 0 }
    wait = Math.min(left, nextWait(waited, budget))
  } while (wait > 0)
})

interface SilenceOptions<E> {
  readonly progress: Progress
  /** The longest time without progress, in milliseconds. */
  readonly budget: number
  /** The same for the first wait. Default: the budget. */
  readonly first?: number
  readonly orElse: () => E
}

/** Fails a fetch that makes no progress for its budget, and any fetch at `FETCH_LIMIT`. */
export const untilSilent =
  <E2>({ budget, first = budget, orElse, progress }: SilenceOptions<E2>) =>
  <A, E, R>(fetch: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    Effect.raceFirst(
      fetch,
      Effect.flatMap(silence(progress, budget, first), () => Effect.fail(orElse())),
    )
