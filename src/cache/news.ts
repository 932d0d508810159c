/**
 * What the shared tier's answer means for a slot, and whether it is enough. The age of an answer counts from when AWS was
 * asked, whichever environment asked. Pure, like `Slot.ts`, which makes every decision about freshness.
 */
import { READ_BUDGET } from "../domain/defaults.ts"
import type { Policy } from "../domain/Entry.ts"
import { policyFor } from "../domain/Freshness.ts"
import type { Known } from "../shared/Shared.ts"
import { afterValue, decideOn, type Demand, type Failing, isDue, type Slot, wasFrozen } from "./Slot.ts"

/** What a caller of a fetch wants. */
export interface Want {
  readonly demand: Demand
  /** Only what AWS answers from now on. */
  readonly isForced: boolean
  /** A refresh that nobody waits for. */
  readonly isRefresh: boolean
}

/** AWS refused the request itself, so no older value counts any more. */
const isFinal = ({ error }: Failing): boolean =>
  error.reason._tag === "InvalidRequest" || error.reason._tag === "TooLarge"

/** The time of AWS's last word to this environment: no answer from before it changes anything. */
const lastWordAt = ({ absent, failing, held }: Slot): number =>
  Math.max(
    held?.fetchedAt ?? -Infinity,
    absent?.since ?? -Infinity,
    failing !== undefined && isFinal(failing) ? failing.since : -Infinity,
  )

/** What this environment knows of AWS's failures since the answer. */
const failuresSince = (
  { deniedSince, failing }: Slot,
  askedAt: number,
): Pick<Slot, "deniedSince" | "failing"> => {
  if (failing === undefined || failing.since < askedAt) return {}
  const denied = deniedSince ?? (failing.error.reason._tag === "AccessDenied" ? failing.since : undefined)
  return { failing, ...(denied === undefined ? {} : { deniedSince: denied }) }
}

/**
 * The slot after an answer of the shared tier: the same slot if it already has this answer or a later one. A failure later
 * than the answer still counts, because this environment may have lost its access. `jitter`: as for `afterValue`.
 */
export const afterNews = (slot: Slot, known: Known, policy: Policy, jitter: number): Slot => {
  const { askedAt } = known
  if (askedAt <= lastWordAt(slot)) return slot
  return known._tag === "Absent"
    ? { absent: { since: askedAt, error: known.error } }
    : { ...afterValue(known.value, askedAt, policy, jitter), ...failuresSince(slot, askedAt) }
}

interface Situation {
  readonly slot: Slot
  /** The slot when the fetch began, and when that was, in epoch milliseconds. */
  readonly before: Slot
  readonly startedAt: number
  readonly now: number
  readonly policy: Policy
  readonly forcedInterval: number
}

/** Whether AWS was asked, by anybody, since the fetch began, and has answered. A freeze since then makes the answer old. */
const isAskedSince = ({ absent, failing, held }: Slot, startedAt: number, now: number): boolean => {
  const askedAt = held?.fetchedAt ?? absent?.since ?? -Infinity
  return failing === undefined && askedAt >= startedAt && !wasFrozen(now - askedAt, READ_BUDGET)
}

/** Whether a slot is as good as what a fetch would bring, for a caller that wants this. */
export const isEnough = (
  { demand, isForced, isRefresh }: Want,
  { before, forcedInterval, now, policy, slot, startedAt }: Situation,
): boolean => {
  if (isForced) return false
  if (isAskedSince(slot, startedAt, now)) return true
  if (isRefresh) return slot.absent !== undefined || (slot.held !== before.held && !isDue(slot, now, policy))
  const { _tag } = decideOn(demand, slot, now, policy, forcedInterval)
  return _tag === "Serve" || _tag === "ServeAndRefresh" || _tag === "Refuse"
}

/** From this part of its ttl on, a value is refreshed along with others of its batch. */
const NEARLY_DUE = 0.9

/** Whether a value will soon be fetched anyway, or should have been. */
export const isNearlyDue = ({ failing, held }: Slot, now: number, policy: Policy): boolean =>
  held !== undefined &&
  failing === undefined &&
  now - held.fetchedAt >= policyFor(held.value, policy).ttl * NEARLY_DUE
