/**
 * What the cache knows of one entry, and the pure decision about a read of it.
 *
 * A slot changes only when a fetch ends (`afterValue`, `afterNotFound`, `afterFailure`); reads decide by it and
 * by the time. See docs/architecture.md, "Freshness".
 */
import { classify, isStillAbsent } from "../domain/Freshness.ts"
import type { Policy, Value } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"

/** A value and when it was asked for, in milliseconds since the epoch. */
export interface Held {
  readonly value: Value
  readonly fetchedAt: number
  /** When a refresh behind the scenes is due, for entries that allow one. */
  readonly refreshAt: number
}

/** Fetches have failed since; `retryAt` is when AWS is asked again while an old value can be served. */
export interface Failing {
  readonly error: SourceError
  readonly failures: number
  readonly since: number
  readonly retryAt: number
}

export interface Slot {
  readonly held?: Held
  /** AWS said so then: there is no such entry. */
  readonly absent?: { readonly since: number; readonly error: SourceError }
  readonly failing?: Failing
}

export const EMPTY: Slot = {}

/** The longest pause between two tries of a failing refresh, so that a recovered service is seen within seconds. */
export const MAX_PAUSE = 5_000
const FIRST_PAUSE = 100

/** The last part of a ttl in which refreshes are spread, so that a thousand environments do not ask in one second. */
export const REFRESH_SPREAD = 0.1

/** How a read goes on. Ages in milliseconds. */
export type Decision =
  | { readonly _tag: "Serve"; readonly held: Held; readonly age: number }
  | { readonly _tag: "ServeAndRefresh"; readonly held: Held; readonly age: number }
  /** AWS failed a moment ago: serve the old value without asking again. */
  | { readonly _tag: "ServeWhileFailing"; readonly held: Held; readonly age: number }
  /** AWS has said no and would say so again: there is no such entry, or it may not be read. */
  | { readonly _tag: "Refuse"; readonly error: SourceError }
  | { readonly _tag: "Fetch"; readonly because: Because }

/**
 * Why AWS must be asked: nothing is held, what is held is past its time, or it is fresh but not good enough for this
 * read. The words of RFC 9211, section 2.2.
 */
export type Because = "miss" | "stale" | "request"

/** What a read asks for beside the entry's policy (RFC 9111, section 5.2.1). In milliseconds. */
export interface Demand {
  /** Only what is younger will do. 0: nothing that is held will. */
  readonly maxAge?: number
  /** Only what stays fresh for so long will do. */
  readonly minFresh?: number
  /** For so long past its ttl a value will do, within what the policy allows to be served at all. */
  readonly maxStale?: number
}

/** Answers that do not change by asking again at once; without a value they are remembered for `negativeTtl`. */
const isRemembered = ({ reason }: SourceError): boolean =>
  reason._tag === "AccessDenied" || reason._tag === "InvalidRequest" || reason._tag === "TooLarge"

const refusal = ({ absent, failing, held }: Slot, now: number, policy: Policy): SourceError | undefined => {
  if (absent !== undefined) return isStillAbsent(now - absent.since, policy) ? absent.error : undefined
  if (held !== undefined || failing === undefined || !isRemembered(failing.error)) return undefined
  return isStillAbsent(now - failing.since, policy) ? failing.error : undefined
}

/** Whether AWS failed so recently that it is not asked again yet. A clock that was set back does not prolong it. */
const isPausing = ({ failing }: Slot, now: number): boolean =>
  failing !== undefined && now < failing.retryAt && now >= failing.since

/** Decides about a read at `now`. */
export const decide = (slot: Slot, now: number, policy: Policy): Decision => {
  const error = refusal(slot, now, policy)
  if (error !== undefined) return { _tag: "Refuse", error }
  const { held } = slot
  if (held === undefined) return { _tag: "Fetch", because: "miss" }
  const age = now - held.fetchedAt
  switch (classify(age, policy)) {
    case "fresh":
      return { _tag: "Serve", held, age }
    case "stale":
      return { _tag: isPausing(slot, now) ? "ServeWhileFailing" : "ServeAndRefresh", held, age }
    case "expired":
      return isPausing(slot, now) ? { _tag: "ServeWhileFailing", held, age } : STALE
    case "dead":
      return STALE
  }
}

const STALE: Decision = { _tag: "Fetch", because: "stale" }

/**
 * Whether what AWS said last is recent enough, and fresh for long enough, for a read that demands so. What seems to come
 * from a time ahead, as the clock was set back, is of no known age and meets no demand.
 */
const isGoodEnough = (
  { absent, failing, held }: Slot,
  now: number,
  { ttl }: Policy,
  { maxAge, minFresh }: Demand,
): boolean => {
  const learntAt = held?.fetchedAt ?? absent?.since ?? failing?.since
  if (learntAt === undefined || (maxAge === undefined && minFresh === undefined)) return true
  const age = now - learntAt
  const isYoung = age >= 0 && age < (maxAge ?? Infinity)
  return isYoung && (minFresh === undefined || held === undefined || ttl - age >= minFresh)
}

/** Serves what the policy alone would have fetched anew, if it is not past its ttl for too long. */
const withMaxStale = (
  decision: Decision,
  slot: Slot,
  now: number,
  policy: Policy,
  maxStale: number,
): Decision => {
  const held = fallback(slot, now, policy)
  if (decision._tag !== "Fetch" || held === undefined) return decision
  const age = now - held.fetchedAt
  return age >= 0 && age <= policy.ttl + maxStale ? { _tag: "ServeAndRefresh", held, age } : decision
}

/**
 * Decides about a read at `now` that demands more, or is content with less, than the policy. What AWS said less than
 * `forcedInterval` ago is the newest that can be had by demanding.
 */
export const decideOn = (
  demand: Demand,
  slot: Slot,
  now: number,
  policy: Policy,
  forcedInterval: number,
): Decision => {
  const { failing, held } = slot
  const byPolicy = decide(slot, now, policy)
  if (isGoodEnough(slot, now, policy, demand))
    return demand.maxStale === undefined
      ? byPolicy
      : withMaxStale(byPolicy, slot, now, policy, demand.maxStale)
  if (!isJustFetched(slot, now, forcedInterval))
    return { _tag: "Fetch", because: byPolicy._tag === "Fetch" ? byPolicy.because : "request" }
  // Held and not failing: it was asked for just now, which is new enough even with a ttl of 0.
  return held === undefined || failing !== undefined
    ? byPolicy
    : { _tag: "Serve", held, age: now - held.fetchedAt }
}

/** Whether an entry should be refreshed behind the scenes: it may be served stale, and it is nearly so or is. */
export const isDue = (slot: Slot, now: number, policy: Policy): boolean =>
  policy.staleWhileRevalidate > 0 &&
  slot.held !== undefined &&
  now >= slot.held.refreshAt &&
  now - slot.held.fetchedAt <= policy.ttl + policy.staleWhileRevalidate &&
  !isPausing(slot, now)

const isBetween = (at: number | undefined, earliest: number, latest: number): boolean =>
  at !== undefined && at > earliest && at <= latest

/** Whether AWS was asked or has answered less than `interval` ago, so that a forced fetch would be one too many. */
export const isJustFetched = ({ absent, failing, held }: Slot, now: number, interval: number): boolean =>
  [held?.fetchedAt, absent?.since, failing?.since].some((at) => isBetween(at, now - interval, now))

/** How much longer than its budget a fetch may take before a freeze is the only explanation. Generous to a busy CPU. */
const FREEZE_MARGIN = 1_000

/**
 * Whether a fetch that took so long on the wall clock, in milliseconds, was frozen in flight: timers stand still
 * meanwhile. Its answer may be as old as the freeze, and its failure says nothing of AWS.
 */
export const wasFrozen = (took: number, budget: number): boolean => took > budget + FREEZE_MARGIN

/** The old value, if the policy allows it to be served at `now` although AWS fails. */
export const fallback = ({ held }: Slot, now: number, policy: Policy): Held | undefined =>
  held === undefined || classify(now - held.fetchedAt, policy) === "dead" ? undefined : held

/** `jitter` (0 to 1) spreads the refresh over the last part of the ttl. */
export const afterValue = (
  value: Value,
  fetchedAt: number,
  policy: Policy,
  jitter: number,
): { readonly held: Held } => ({
  held: { value, fetchedAt, refreshAt: fetchedAt + Math.max(0, policy.ttl) * (1 - REFRESH_SPREAD * jitter) },
})

/** AWS is the authority: an old value goes, whatever its age. */
export const afterNotFound = (error: SourceError, now: number): Slot => ({ absent: { since: now, error } })

/** Keeps the old value. The pause doubles with each failure; `jitter` (0 to 1) spreads it. */
export const afterFailure = (slot: Slot, error: SourceError, now: number, jitter: number): Slot => {
  const failures = (slot.failing?.failures ?? 0) + 1
  const longest = Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures - 1, 16))
  const pause = longest / 2 + (longest / 2) * jitter
  return {
    ...(slot.held === undefined ? {} : { held: slot.held }),
    failing: { error, failures, since: now, retryAt: now + pause },
  }
}
