/**
 * A read with `refreshNow`: what AWS says from now on, or why it says nothing. No old value is served.
 *
 * A fetch that is under way may have asked before that which the read wants to see, so it is waited for and followed by another.
 * Others that wait too share that one.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { SourceError } from "../domain/SourceError.ts"
import { timedOut } from "../aws/awsErrors.ts"
import { AFTER_THE_END, type Flight } from "./SingleFlight.ts"
import { type Served, servedAt } from "./Served.ts"
import type { FetchReason } from "./Slot.ts"

/** `start` joins or begins the fetch; however many are waited for, that takes no longer than `budget`, in milliseconds. */
export const refetch = (
  start: Effect.Effect<Flight, SourceError>,
  reason: FetchReason,
  budget: number,
): Effect.Effect<Served, SourceError> =>
  Effect.gen(function* () {
    const first = yield* start
    if (first.isCollapsed) yield* Effect.ignore(first.fetched)
    const { fetched, isCollapsed } = first.isCollapsed ? yield* start : first
    const { held, isStored } = yield* fetched
    const now = yield* Clock.currentTimeMillis
    return { ...servedAt(held, now, "miss"), forward: { reason, isCollapsed, isStored } }
  }).pipe(
    Effect.timeoutOrElse({
      // The fetch, whose budget this is, may say first why it failed.
      duration: budget + 2 * AFTER_THE_END,
      orElse: () => Effect.fail(timedOut(`the answer was not complete within ${budget} ms`)),
    }),
  )
