/**
 * The queue of the calls to AWS: so many are under way at once, over all services, and the others wait for their turn.
 *
 * A fetch of many calls waits for each of them anew, so that it does not keep a place while others need one. Those that
 * wait hear when the queue has moved: their time has not begun.
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"

export interface Queue {
  /** Makes a call when its turn has come. `moved` is told when an answer has come before it, and when it begins. */
  readonly inTurn: <A, E, R>(call: Effect.Effect<A, E, R>, moved: () => void) => Effect.Effect<A, E, R>
}

export const make = (atOnce: number): Effect.Effect<Queue> =>
  Effect.map(Semaphore.make(atOnce), (places) => {
    /** A function of its own for each call that waits: a batch may have several in the queue. */
    const waiting = new Set<() => void>()
    let underWay = 0

    const perform = <A, E, R>(call: Effect.Effect<A, E, R>) =>
      Effect.suspend(() => {
        underWay += 1
        return call
      }).pipe(
        Effect.tap(() => Effect.sync(() => waiting.forEach((moved) => moved()))),
        Effect.ensuring(
          Effect.sync(() => {
            underWay -= 1
          }),
        ),
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
