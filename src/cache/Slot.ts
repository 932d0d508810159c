/**
 * What the cache knows about one entry, and the pure decisions about reading it.
 *
 * A slot changes only when a fetch ends (`afterValue`, `afterError`). A read depends only on the slot and the time.
 * docs/fetching.md shows the decisions as tables.
 */
import { FREEZE_MARGIN } from "../domain/defaults.ts"
import { classify, type Freshness, isStillAbsent, outlivesDenial, policyFor } from "../domain/Freshness.ts"
import type { Policy, Value } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"

/** A value and when it was requested from AWS, in milliseconds since the epoch. */
export interface Held {
  readonly value: Value
  readonly fetchedAt: number
  /** When a background refresh is due, if the policy allows one. */
  readonly refreshAt: number
}

/** A run of failed fetches. `retryAt`: the next attempt, as long as an old value can be served. */
export interface Failing {
  readonly error: SourceError
  readonly failures: number
  readonly since: number
  readonly retryAt: number
}

export interface Slot {
  readonly held?: Held
  /** When AWS said that there is no such entry. */
  readonly absent?: { readonly since: number; readonly error: SourceError }
  readonly failing?: Failing
  /** When AWS first denied access to what is held; it has not returned a value since. */
  readonly deniedSince?: number
}

export const EMPTY: Slot = {}

/** The longest pause between two attempts of a failing refresh, so that a recovery is noticed within seconds. */
export const MAX_PAUSE = 5_000
const FIRST_PAUSE = 100

/** Refreshes are spread over this last part of the ttl, so that a thousand environments do not refresh in the same second. */
const REFRESH_SPREAD = 0.1

/** What a read does. Ages in milliseconds. */
export type Decision =
  | { readonly _tag: "Serve"; readonly held: Held; readonly age: number }
  | { readonly _tag: "ServeAndRefresh"; readonly held: Held; readonly age: number }
  /** AWS failed or refused a moment ago: serve the old value without calling AWS yet. */
  | {
      readonly _tag: "ServeWhileFailing"
      readonly held: Held
      readonly age: number
      readonly isDenied: boolean
    }
  /** AWS has refused and would refuse again: the entry does not exist, or it may not be read. */
  | { readonly _tag: "Refuse"; readonly error: SourceError }
  | { readonly _tag: "Fetch"; readonly reason: FetchReason }

/**
 * Why AWS must be called: nothing is held, the value is stale, or it is fresh but not good enough for this read. The names
 * are those of `fwd` in RFC 9211, section 2.2.
 */
export type FetchReason = "miss" | "stale" | "request"

/** What a read demands in addition to the entry's policy (RFC 9111, section 5.2.1). In milliseconds. */
export interface Demand {
  /** Accept only a younger value. 0: accept none that is in memory. */
  readonly maxAge?: number
  /** Accept only a value that stays fresh for at least this long. */
  readonly minFresh?: number
  /** Accept a value up to this long past its ttl, if the policy allows it to be served at all. */
  readonly maxStale?: number
}

/** The freshness of a held value: by its age, and by how long ago AWS first denied access to it. */
export const freshnessOf = (
  { fetchedAt, value }: Held,
  { deniedSince }: Slot,
  now: number,
  policy: Policy,
): Freshness => {
  const byAge = classify(now - fetchedAt, policyFor(value, policy))
  if (deniedSince === undefined) return byAge
  const denied = now - deniedSince
  if (!outlivesDenial(denied, policy)) return "dead"
  // The clock was set back, so how long access has been denied is unknown: fetch.
  return denied < 0 && byAge !== "dead" ? "expired" : byAge
}

/** Answers that an immediate retry would not change. If no value is held, they are remembered for `negativeTtl`. */
const isRemembered = ({ reason }: SourceError): boolean =>
  reason._tag === "AccessDenied" || reason._tag === "InvalidRequest" || reason._tag === "TooLarge"

const refusal = (slot: Slot, now: number, policy: Policy): SourceError | undefined => {
  const { absent, failing } = slot
  if (absent !== undefined) return isStillAbsent(now - absent.since, policy) ? absent.error : undefined
  if (failing === undefined || !isRemembered(failing.error)) return undefined
  if (fallback(slot, now, policy) !== undefined) return undefined
  return isStillAbsent(now - failing.since, policy) ? failing.error : undefined
}

/** Whether AWS failed so recently that it is not called again yet. Setting the clock back does not prolong the pause. */
const isPausing = ({ failing }: Slot, now: number): boolean =>
  failing !== undefined && now < failing.retryAt && now >= failing.since

/** Decides about a read at `now`. */
export const decide = (slot: Slot, now: number, policy: Policy): Decision => {
  const error = refusal(slot, now, policy)
  if (error !== undefined) return { _tag: "Refuse", error }
  const { held } = slot
  if (held === undefined) return { _tag: "Fetch", reason: "miss" }
  const age = now - held.fetchedAt
  switch (freshnessOf(held, slot, now, policy)) {
    case "fresh":
      return { _tag: "Serve", held, age }
    case "stale":
      return isPausing(slot, now) ? whileFailing(slot, held, age) : { _tag: "ServeAndRefresh", held, age }
    case "expired":
      return isPausing(slot, now) ? whileFailing(slot, held, age) : STALE
    case "dead":
      return STALE
  }
}

const STALE: Decision = { _tag: "Fetch", reason: "stale" }

const whileFailing = ({ deniedSince }: Slot, held: Held, age: number): Decision => ({
  _tag: "ServeWhileFailing",
  held,
  age,
  isDenied: deniedSince !== undefined,
})

/**
 * Whether AWS's last answer is recent enough, and stays fresh for long enough, for this read. If the clock was set back and
 * the answer seems to come from the future, its age is unknown and it meets no demand.
 */
const isGoodEnough = (slot: Slot, now: number, policy: Policy, { maxAge, minFresh }: Demand): boolean => {
  const { absent, deniedSince, failing } = slot
  const held = deniedSince === undefined ? slot.held : fallback(slot, now, policy)
  const learntAt = held?.fetchedAt ?? absent?.since ?? failing?.since
  if (learntAt === undefined || (maxAge === undefined && minFresh === undefined)) return true
  const age = now - learntAt
  const isYoung = age >= 0 && age < (maxAge ?? Infinity)
  return (
    isYoung &&
    (minFresh === undefined || held === undefined || policyFor(held.value, policy).ttl - age >= minFresh)
  )
}

/** Serves a value that the policy alone would fetch again, if it is not too far past its ttl. */
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
  return age >= 0 && age <= policyFor(held.value, policy).ttl + maxStale
    ? { _tag: "ServeAndRefresh", held, age }
    : decision
}

/**
 * Decides about a read at `now` whose demands differ from the policy. An answer younger than `forcedInterval` meets any
 * demand.
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
    return { _tag: "Fetch", reason: byPolicy._tag === "Fetch" ? byPolicy.reason : "request" }
  // Held and not failing: it was fetched just now, which is new enough even with a ttl of 0.
  return held === undefined || failing !== undefined
    ? byPolicy
    : { _tag: "Serve", held, age: now - held.fetchedAt }
}

/** Whether a background refresh is due: the entry may be served stale, and is stale or nearly so. */
export const isDue = (slot: Slot, now: number, policy: Policy): boolean => {
  const { held } = slot
  if (held === undefined) return false
  const { staleWhileRevalidate, ttl } = policyFor(held.value, policy)
  return (
    staleWhileRevalidate > 0 &&
    now >= held.refreshAt &&
    now - held.fetchedAt <= ttl + staleWhileRevalidate &&
    fallback(slot, now, policy) !== undefined &&
    !isPausing(slot, now)
  )
}

/** When the value may no longer be served at all, in milliseconds since the epoch. */
const deadAt = ({ fetchedAt, value }: Held, { deniedSince }: Slot, policy: Policy): number => {
  const { staleIfDenied, staleIfError, staleWhileRevalidate, ttl } = policyFor(value, policy)
  const byAge = fetchedAt + ttl + Math.max(staleIfError, staleWhileRevalidate) + 1
  return deniedSince === undefined ? byAge : Math.min(byAge, deniedSince + staleIfDenied + 1)
}

/**
 * The earliest time at which a read or refresh calls AWS again after a failed fetch, in milliseconds since the epoch and
 * not before `now`; undefined if the last fetch succeeded.
 */
export const nextTryAt = (slot: Slot, now: number, policy: Policy): number | undefined => {
  const { absent, failing, held } = slot
  const since = absent?.since ?? failing?.since
  if (since === undefined) return undefined
  const { _tag } = decide(slot, now, policy)
  if (_tag === "Fetch" || _tag === "ServeAndRefresh") return now
  const forgottenAt = since + policy.negativeTtl + 1
  if (_tag === "Refuse" || held === undefined) return forgottenAt
  const pausedUntil = failing !== undefined && isPausing(slot, now) ? failing.retryAt : now
  const { staleWhileRevalidate, ttl } = policyFor(held.value, policy)
  const dueAt = staleWhileRevalidate > 0 ? held.refreshAt : held.fetchedAt + ttl + 1
  const tryAt = Math.ceil(Math.max(pausedUntil, dueAt))
  const endsAt = deadAt(held, slot, policy)
  if (tryAt < endsAt) return tryAt
  // From then on nothing can be served, so reads call AWS unless its last answer is still remembered.
  return failing !== undefined && isRemembered(failing.error) ? Math.max(endsAt, forgottenAt) : endsAt
}

const isBetween = (at: number | undefined, earliest: number, latest: number): boolean =>
  at !== undefined && at > earliest && at <= latest

/** Whether AWS was called or answered less than `interval` ago, so that no fetch can be forced yet. */
export const isJustFetched = ({ absent, failing, held }: Slot, now: number, interval: number): boolean =>
  [held?.fetchedAt, absent?.since, failing?.since].some((at) => isBetween(at, now - interval, now))

/**
 * Whether a fetch that took this long on the wall clock, in milliseconds, was frozen in flight: timers stop during a
 * freeze. Its answer may be as old as the freeze, and its failure says nothing about AWS.
 */
export const wasFrozen = (took: number, budget: number): boolean => took > budget + FREEZE_MARGIN

/** The old value, if the policy allows it to be served at `now` although AWS fails or denies access. */
export const fallback = (slot: Slot, now: number, policy: Policy): Held | undefined =>
  slot.held === undefined || freshnessOf(slot.held, slot, now, policy) === "dead" ? undefined : slot.held

/** `jitter` (0 to 1) spreads the refresh over the last part of the ttl. */
export const afterValue = (
  value: Value,
  fetchedAt: number,
  policy: Policy,
  jitter: number,
): { readonly held: Held } => ({
  held: {
    value,
    fetchedAt,
    refreshAt: fetchedAt + Math.max(0, policyFor(value, policy).ttl) * (1 - REFRESH_SPREAD * jitter),
  },
})

/** The old value after a failure: a refusal drops it, at once or soon; other failures keep it. */
const heldAfter = (
  { deniedSince, held }: Slot,
  { reason }: SourceError,
  now: number,
): Pick<Slot, "deniedSince" | "held"> => {
  if (held === undefined || reason._tag === "InvalidRequest") return {}
  if (deniedSince === undefined && reason._tag !== "AccessDenied") return { held }
  // Never later than now: setting the clock back must not prolong it.
  return { held, deniedSince: Math.min(deniedSince ?? now, now) }
}

/**
 * The slot after a failed fetch. AWS is the authority: if it says that the entry does not exist, or rejects the request,
 * the old value is dropped whatever its age. If AWS denies access, it is dropped soon (`outlivesDenial`). After other
 * failures it stays. The pause doubles with each failure; `jitter` (0 to 1) spreads it.
 */
export const afterError = (slot: Slot, error: SourceError, now: number, jitter: number): Slot => {
  if (error.reason._tag === "NotFound") return { absent: { since: now, error } }
  const failures = (slot.failing?.failures ?? 0) + 1
  const longest = Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures - 1, 16))
  const pause = longest / 2 + (longest / 2) * jitter
  return { ...heldAfter(slot, error, now), failing: { error, failures, since: now, retryAt: now + pause } }
}
