/**
 * The difference between this environment's clock and the store's. Ages count from `askedAt`, which all environments write by
 * the store's clock. So an environment whose clock is wrong cannot make an old value look new.
 *
 * Pure. A reply says what the store's clock showed at some moment between request and reply, so the difference is an
 * interval. If it contains 0, the clocks agree as far as can be measured, and nothing is converted.
 */

/** How far the store's clock is ahead, in milliseconds: at least `low`, at most `high`. */
export interface Difference {
  readonly low: number
  readonly high: number
}

/** The clocks agree, or the store does not tell its time. */
export const NONE: Difference = { low: 0, high: 0 }

export interface Observed {
  /** This clock at the request and at the reply, in epoch milliseconds. */
  readonly sentAt: number
  readonly repliedAt: number
  /** The store's clock in between. */
  readonly storeNow: number
  /** How far that may be off. */
  readonly clockError: number
}

export const difference = ({ clockError, repliedAt, sentAt, storeNow }: Observed): Difference => {
  const low = storeNow - clockError - Math.max(sentAt, repliedAt)
  const high = storeNow + clockError - Math.min(sentAt, repliedAt)
  return low <= 0 && high >= 0 ? NONE : { low, high }
}

// Both directions round towards an older answer.
export const toStore = ({ low }: Difference, at: number): number => Math.floor(at + low)
export const toLocal = ({ high }: Difference, at: number): number => at - high

/** How far into the future a record may be dated, in milliseconds. */
const TOLERANCE = 1_000

/**
 * When AWS was asked, by this clock. A time in the future counts as now if it is within the tolerance. Undefined: it is not,
 * so the age of the answer is unknown.
 */
export const askedAtHere = (clocks: Difference, askedAt: number, now: number): number | undefined => {
  const here = toLocal(clocks, askedAt)
  if (here <= now) return here
  return here - now <= TOLERANCE ? now : undefined
}

/** What is known of the store's clock at the moment. */
export interface ClockState {
  readonly current: () => Difference
  /** Whether the store has replied at all. */
  readonly isKnown: () => boolean
  /** Undefined: the store does not tell its time. */
  readonly observe: (observed: Observed | undefined) => void
}

export const makeClockState = (): ClockState => {
  let current = NONE
  let isKnown = false
  return {
    current: () => current,
    isKnown: () => isKnown,
    observe: (observed) => {
      isKnown = true
      if (observed !== undefined) current = difference(observed)
    },
  }
}
