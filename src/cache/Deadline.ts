/**
 * How long the invoke that is going on lets a read wait. INVOKE says when Lambda ends the function; a read that waits
 * for AWS is answered before that, early enough for the function to react. `Cache` asks, `Refresher` tells.
 *
 * Deadlines are of the wall clock, timers are not: they stand still in a freeze. And INVOKE comes beside the function's
 * first request, so that it may find reads waiting already, or reads that know the deadline of the invoke before.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { NEAREST_DEADLINE, REACTION_PART, REACTION_TIME } from "../config/defaults.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { timedOut } from "../sources/awsErrors.ts"

/**
 * Until when a read may wait that heeds a deadline from `now` on; undefined: as long as it likes, because the deadline
 * is that of an invoke that is over, or as good as over. All in milliseconds since the epoch.
 */
export const lastMoment = (deadlineMs: number, now: number): number | undefined => {
  const left = deadlineMs - now
  return left < NEAREST_DEADLINE
    ? undefined
    : deadlineMs - Math.min(REACTION_TIME, Math.ceil(left * REACTION_PART))
}

export interface Deadline {
  /** An invoke has begun that Lambda ends then, in milliseconds since the epoch. Reads that wait heed it, too. */
  readonly set: (deadlineMs: number) => Effect.Effect<void>
  /** Fails when a read that waits from now on may wait no longer; never does where no invoke is known. */
  readonly near: Effect.Effect<never, SourceError>
}

interface Invoke {
  readonly deadlineMs: number
  /** Done once the next invoke is known. */
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

  const near = Effect.gen(function* () {
    while (true) {
      const invoke = current
      const { deadlineMs, isOver } = invoke
      const begun = yield* Clock.currentTimeMillis
      const last = lastMoment(deadlineMs, begun)
      if (last === undefined) {
        yield* Deferred.await(isOver)
        continue
      }
      yield* Effect.raceFirst(Effect.sleep(last - begun), Deferred.await(isOver))
      const now = yield* Clock.currentTimeMillis
      // Later than the deadline only who was frozen wakes: the invoke is over, the next one will say how long it has.
      if (invoke === current && now >= last && now < deadlineMs) return yield* tooLate(deadlineMs, now)
    }
  })

  return { set, near }
})
