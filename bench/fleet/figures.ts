/**
 * The counts of a run of the fleet simulation: calls, throttled calls, failed invokes, and the ages of served values.
 */

const SECOND = 1_000

/** A weighted histogram of ages in seconds. */
const makeAges = () => {
  const weights = new Map<number, number>()
  let total = 0
  return {
    add: (age: number, weight: number): void => {
      const second = Math.floor(age / SECOND)
      weights.set(second, (weights.get(second) ?? 0) + weight)
      total += weight
    },
    /** A quantile of the ages, in milliseconds. `share` is between 0 and 1. */
    quantile: (share: number): number => {
      let below = 0
      for (const [second, weight] of Array.from(weights).toSorted(([a], [b]) => a - b)) {
        below += weight
        if (below >= share * total) return second * SECOND
      }
      return Number.NaN
    },
  }
}

export const makeFigures = () => ({
  calls: 0,
  throttled: 0,
  failedInvokes: 0,
  /** Round trips to the shared tier, what they consumed, and what the engine refused for want of units. */
  tierCalls: 0,
  tierReadUnits: 0,
  tierWriteUnits: 0,
  tierRefused: 0,
  /** When each environment first had all its values, in milliseconds of the run. */
  readyAt: [] as Array<number>,
  ages: makeAges(),
})

export type Figures = ReturnType<typeof makeFigures>
