/**
 * A read with `refreshNow`: it returns what AWS answers after the read has started, or the error, never an older value.
 *
 * A fetch under way may have called AWS before the read started, so the read waits for it and then joins or starts the next
 * one.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type SourceError, timedOut } from "../domain/SourceError.ts"
import type { Flight } from "./Flight.ts"
import { CALLER_MARGIN } from "./SingleFlight.ts"
import { type Served, servedAt } from "./Served.ts"
import type { FetchReason } from "./Slot.ts"

/** `start` joins or starts the fetch. `budget`: how long the read may wait in total, in milliseconds. */
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
      // Longer than the fetch's own budget, so that its error comes first.
      duration: budget + 2 * CALLER_MARGIN,
      orElse: () => Effect.fail(timedOut(`the answer was not complete within ${budget} ms`)),
    }),
  )
