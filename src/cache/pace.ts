/**
 * How long the fetches of a fleet wait for each other, and what one tells the others. `sharedFlights.ts` acts on it. Pure; times
 * are in milliseconds.
 *
 * The pace is how long recent calls to AWS took, as this environment has seen them: the slowest count most.
 */
import * as Exit from "effect/Exit"
import {
  attemptTimeoutIn,
  SHARED_LEAST_LEASE,
  SHARED_LEAST_WAIT,
  SHARED_LONGEST_LEASE,
  SHARED_PATIENCE,
  SHARED_WAIT_PART,
} from "../domain/defaults.ts"
import type { SourceError } from "../domain/SourceError.ts"
import type { Known } from "../shared/Shared.ts"
import type { Fetched, FlightOptions } from "./Flight.ts"
import { wasFrozen } from "./Slot.ts"

/** The pace slows down at once, and recovers over several calls. */
const RECOVERY = 3 / 4

/** The pace after a call. Undefined: AWS has not been asked yet. */
export const paceAfter = (pace: number | undefined, took: number): number =>
  Math.max(took, RECOVERY * (pace ?? 0))

/** How long others wait for this environment. */
export const leaseAt = (pace: number | undefined): number => {
  const lease = pace === undefined ? SHARED_LONGEST_LEASE : SHARED_PATIENCE * pace
  return Math.min(SHARED_LONGEST_LEASE, Math.max(SHARED_LEAST_LEASE, lease))
}

/** How long this environment waits for others. */
export const patienceAt = (pace: number | undefined, budget: number): number => {
  const wait = pace === undefined ? Infinity : Math.max(SHARED_LEAST_WAIT, SHARED_PATIENCE * pace)
  return Math.min(SHARED_WAIT_PART * budget, wait)
}

/** The options of a fetch that has waited before. */
export type Rest = Pick<FlightOptions, "attemptTimeout" | "budget" | "retryFor">

/** What is left of the effort after waiting. A freeze or a clock that was set says nothing about the wait. */
export const restOf = ({ attemptTimeout, budget, retryFor }: FlightOptions, waited: number): Rest => {
  const counted = waited < 0 || wasFrozen(waited, budget) ? 0 : Math.min(waited, budget / 2)
  const rest = budget - counted
  return {
    budget: rest,
    retryFor: Math.max(0, retryFor - counted),
    attemptTimeout: Math.min(attemptTimeout ?? attemptTimeoutIn(budget), rest),
  }
}

/** What a fetch from AWS tells the others; undefined if nothing. Failures are each environment's own. */
export const newsOf = (exit: Exit.Exit<Fetched, SourceError>, askedAt: number): Known | undefined => {
  if (Exit.isSuccess(exit)) {
    const { held, isShared, isStored } = exit.value
    return isShared === true || !isStored
      ? undefined
      : { _tag: "Value", value: held.value, askedAt: held.fetchedAt }
  }
  const error = Exit.findErrorOption(exit)
  return error._tag === "Some" && error.value.reason._tag === "NotFound"
    ? { _tag: "Absent", error: error.value, askedAt }
    : undefined
}
