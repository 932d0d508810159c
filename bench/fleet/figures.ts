/**
 * What a run of the fleet simulation counts: calls, throttles, invokes that failed, and the ages of what was served.
 */

const SECOND = 1_000

/** A histogram of ages by the second, in which a sample may stand for many. */
export const makeAges = () => {
  const weights = new Map<number, number>()
  let total = 0
  return {
    add: (age: number, weight: number): void => {
      const second = Math.floor(age / SECOND)
      weights.set(second, (weights.get(second) ?? 0) + weight)
      total += weight
    },
    /** The age in milliseconds below which a share (0 to 1) of what was served lies. */
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
  /** When the environments had all their values for the first time, in milliseconds of the run. */
  readyAt: [] as Array<number>,
  ages: makeAges(),
})

export type Figures = ReturnType<typeof makeFigures>
