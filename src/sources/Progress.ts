/**
 * How far a fetch of several calls has come: pages of a path, rounds of a batch, its turn in the queue.
 *
 * A fetch ends when it has been silent for its budget, not when a budget is over in which answers came. `Sources` notes
 * the signs, `cache/Flights.ts` and `insisting` wait by them.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { FETCH_LIMIT } from "../config/defaults.ts"

export interface Progress {
  /** Something has come. */
  readonly note: () => void
  /** How often something has come. */
  readonly signs: () => number
  /** When something came last, in epoch milliseconds; at first, when the fetch began. */
  readonly at: () => number
}

export const make: Effect.Effect<Progress> = Effect.map(Clock.Clock, (clock) => {
  let signs = 0
  let at = clock.currentTimeMillisUnsafe()
  return {
    note: () => {
      signs += 1
      at = clock.currentTimeMillisUnsafe()
    },
    signs: () => signs,
    at: () => at,
  }
})

/** How much longer than its budget a silence may seem before a freeze is the only explanation. Generous to a busy CPU. */
const FREEZE_MARGIN = 1_000

/**
 * The next wait after one in which something came, `since` milliseconds ago; 0 if the budget is used up. A time that no
 * wait could have taken is that of a freeze or of a clock that was set, and says nothing: the whole budget begins anew.
 */
export const nextWait = (since: number, budget: number): number =>
  since < 0 || since > budget + FREEZE_MARGIN ? budget : Math.max(0, budget - since)

/**
 * Returns when nothing has come for `budget` milliseconds, for `first` ones at the beginning; at the latest when the
 * waits add up to `FETCH_LIMIT`. Timers alone count: a freeze takes no time from the budget.
 */
const silence = Effect.fnUntraced(function* (progress: Progress, budget: number, first: number) {
  let left = FETCH_LIMIT
  let wait = first
  do {
    const before = progress.signs()
    wait = Math.min(wait, left)
    yield* Effect.sleep(wait)
    if (progress.signs() === before) return
    left -= wait
    wait = nextWait((yield* Clock.currentTimeMillis) - progress.at(), budget)
  } while (left > 0 && wait > 0)
})

export interface Patience<E> {
  readonly progress: Progress
  /** How long nothing may come, in milliseconds. */
  readonly budget: number
  /** The same for the beginning. Default: the budget. */
  readonly first?: number
  readonly orElse: () => E
}

/** Ends a fetch that brings nothing for its budget, and any fetch at `FETCH_LIMIT`. */
export const untilSilent =
  <E2>({ budget, first = budget, orElse, progress }: Patience<E2>) =>
  <A, E, R>(fetch: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    Effect.raceFirst(
      fetch,
      Effect.flatMap(silence(progress, budget, first), () => Effect.fail(orElse())),
    )
