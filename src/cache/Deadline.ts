/**
 * The deadline of the current invoke. INVOKE says when Lambda times the function out. A read that waits for AWS is answered
 * before that, early enough for the function to react. `Lifecycle` sets the deadline, `Cache` applies it.
 *
 * Deadlines are wall-clock times, but timers stop during a freeze. INVOKE arrives at the same time as the function's first
 * request, so reads may already be waiting, with the deadline of the previous invoke or none.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { NEAREST_DEADLINE, REACTION_PART, REACTION_TIME } from "../domain/defaults.ts"
import { type SourceError, timedOut } from "../domain/SourceError.ts"

/**
 * Until when a read that starts at `now` may wait, in milliseconds since the epoch. Undefined: no limit, because the
 * deadline belongs to an invoke that is over or nearly over.
 */
export const lastMoment = (deadlineMs: number, now: number): number | undefined => {
  const left = deadlineMs - now
  return left < NEAREST_DEADLINE
    ? undefined
    : deadlineMs - Math.min(REACTION_TIME, Math.ceil(left * REACTION_PART))
}

export interface Deadline {
  /** Sets the deadline, in milliseconds since the epoch. It also applies to reads that already wait. */
  readonly set: (deadlineMs: number) => Effect.Effect<void>
  /** Fails once a read that starts now must stop waiting. Never completes while no invoke is known. */
  readonly reached: Effect.Effect<never, SourceError>
}

interface Invoke {
  readonly deadlineMs: number
  /** Completed by the next invoke. */
  readonly isOver: Deferred.Deferred<void>
}

const invokeUntil = (deadlineMs: number): Invoke => ({ deadlineMs, isOver: Deferred.makeUnsafe() })

const tooLate = (deadlineMs: number, now: number): SourceError =>
  timedOut(`no answer in the time of this invoke, which Lambda ends in ${deadlineMs - now} ms`)

export const make: Effect.Effect<Deadline> = Effect.sync(() => {
  let current = invokeUntil(Number.NEGATIVE_INFINITY)

  const set = (deadlineMs: number) =>
    Effect.suspend(() => {
      const { isOver } = current
      current = invokeUntil(deadlineMs)
      return Deferred.succeed(isOver, undefined)
    })

  const reached = Effect.gen(function* () {
    while (true) {
      const invoke = current
      const { deadlineMs, isOver } = invoke
      const startedAt = yield* Clock.currentTimeMillis
      const last = lastMoment(deadlineMs, startedAt)
      if (last === undefined) {
        yield* Deferred.await(isOver)
        continue
      }
      yield* Effect.raceFirst(Effect.sleep(last - startedAt), Deferred.await(isOver))
      const now = yield* Clock.currentTimeMillis
      // Only a frozen process wakes after the deadline. That invoke is over, and the next one sets its own deadline.
      if (invoke === current && now >= last && now < deadlineMs) return yield* tooLate(deadlineMs, now)
    }
  })

  return { set, reached }
})
