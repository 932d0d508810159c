/**
 * A condition variable: fibers wait until a predicate over mutable state is true.
 *
 * Lambda's phases wait for such predicates ("all extensions have registered"). Code that changes the state calls
 * `changed`, and every waiter evaluates its predicate again.
 */
import * as Effect from "effect/Effect"

export interface Condition {
  /** Completes as soon as the predicate is true; at once if it already is. */
  readonly until: (predicate: () => boolean) => Effect.Effect<void>
  /** Must be called after every change of the state. */
  readonly changed: () => void
}

export const make = (): Condition => {
  const waiters = new Set<() => void>()
  return {
    until: (predicate) =>
      Effect.callback((resume) => {
        if (predicate()) return resume(Effect.void)
        const waiter = () => {
          if (!predicate()) return
          waiters.delete(waiter)
          resume(Effect.void)
        }
        waiters.add(waiter)
        return Effect.sync(() => waiters.delete(waiter))
      }),
    changed: () => {
      for (const waiter of waiters) waiter()
    },
  }
}
