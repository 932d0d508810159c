/**
 * The invokes of the model-based tests: how long the current one lets a read wait. A read must be answered 400 ms before
 * the deadline, or after half of the time if less than 800 ms are left. An invoke with less than 100 ms left counts as
 * over.
 */
interface Invoke {
  readonly deadline: number
  readonly begunAt: number
  /** No freeze has come since: timers have gone with the wall clock. */
  readonly isExact: boolean
}

export const makeInvokes = (now: () => number) => {
  let current: Invoke | undefined

  const lastMoment = ({ begunAt, deadline }: Invoke, readAt: number): number => {
    const left = deadline - Math.max(begunAt, readAt)
    return left < 100 ? Infinity : deadline - Math.min(400, left / 2)
  }

  return {
    begin: (ms: number): number => {
      current = { deadline: now() + ms, begunAt: now(), isExact: true }
      return current.deadline
    },
    freeze: (): void => {
      current = current && { ...current, isExact: false }
    },
    /** Whether a read may be told now that the time of its invoke is over. */
    mayEnd: (): boolean =>
      current !== undefined && now() < current.deadline && current.deadline - now() <= 400,
    /** Whether a read that was begun then waits for too long. */
    isOverdue: (readAt: number): boolean =>
      current !== undefined && current.isExact && now() > lastMoment(current, readAt),
  }
}
