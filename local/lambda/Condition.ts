/**
 * A condition variable: fibers wait until a fact about mutable state holds.
 *
 * Lambda's phases are facts of this kind ("all have registered", "runtime and subscribers are ready again").
 * Whoever changes the state calls `changed`; every waiter then looks at its own fact again.
 */
import * as Effect from "effect/Effect"

export interface Condition {
  /** Completes as soon as the fact holds, at once if it holds already. */
  readonly until: (fact: () => boolean) => Effect.Effect<void>
  /** To be called after every change of the state. */
  readonly changed: () => void
}

export const make = (): Condition => {
  const waiters = new Set<() => void>()
  return {
    until: (fact) =>
      Effect.callback((resume) => {
        if (fact()) return resume(Effect.void)
        const waiter = () => {
          if (!fact()) return
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
