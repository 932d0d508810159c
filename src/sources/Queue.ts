/**
 * The queue of calls to AWS: it limits how many are under way at once over all services.
 *
 * A fetch of several calls queues for each of them, so it never holds a slot that others need. Waiting fetches are notified
 * when the queue moves, because a call's time limit starts only with its turn.
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"

export interface Queue {
  /** Makes a call in its turn. Calls `moved` whenever an earlier call has been answered, and when its own starts. */
  readonly inTurn: <A, E, R>(call: Effect.Effect<A, E, R>, moved: () => void) => Effect.Effect<A, E, R>
}

export const make = (atOnce: number): Effect.Effect<Queue> =>
  Effect.map(Semaphore.make(atOnce), (places) => {
    /** One function per waiting call, because a batch may have several in the queue. */
    const waiting = new Set<() => void>()
    let underWay = 0

    const perform = <A, E, R>(call: Effect.Effect<A, E, R>) =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          underWay += 1
        }),
        () => Effect.tap(call, () => Effect.sync(() => waiting.forEach((moved) => moved()))),
        () =>
          Effect.sync(() => {
            underWay -= 1
          }),
      )

    return {
      inTurn: (call, moved) =>
        Effect.suspend(() => {
          if (underWay < atOnce) return places.withPermit(perform(call))
          const waiter = () => moved()
          const leave = Effect.sync(() => waiting.delete(waiter))
          waiting.add(waiter)
          const begin = Effect.tap(leave, () => Effect.sync(moved))
          return Effect.andThen(begin, perform(call)).pipe(places.withPermit, Effect.ensuring(leave))
        }),
    }
  })
