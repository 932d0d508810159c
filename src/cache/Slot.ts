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
}

/** Fetches have failed since; `retryAt` is when AWS is asked again while an old value can be served. */
export interface Failing {
  readonly error: SourceError
  readonly failures: number
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

/** How a read goes on. Ages in milliseconds. */
export type Decision =
  | { readonly _tag: "Serve"; readonly held: Held; readonly age: number }
  | { readonly _tag: "ServeAndRefresh"; readonly held: Held; readonly age: number }
  /** AWS failed a moment ago: serve the old value without asking again. */
  | { readonly _tag: "ServeWhileFailing"; readonly held: Held; readonly age: number }
  | { readonly _tag: "Absent"; readonly error: SourceError }
  | { readonly _tag: "Fetch" }

/** Decides about a read at `now`. */
export const decide = (slot: Slot, now: number, policy: Policy): Decision => {
  const { absent, failing, held } = slot
  if (absent !== undefined && isStillAbsent(now - absent.since, policy)) {
    return { _tag: "Absent", error: absent.error }
  }
  if (held === undefined) return { _tag: "Fetch" }
  const age = now - held.fetchedAt
  const isPausing = failing !== undefined && now < failing.retryAt && now >= failing.retryAt - MAX_PAUSE
  switch (classify(age, policy)) {
    case "fresh":
      return { _tag: "Serve", held, age }
    case "stale":
      return { _tag: isPausing ? "ServeWhileFailing" : "ServeAndRefresh", held, age }
    case "expired":
      return isPausing ? { _tag: "ServeWhileFailing", held, age } : { _tag: "Fetch" }
    case "dead":
      return { _tag: "Fetch" }
  }
}

/** The old value, if the policy allows it to be served at `now` although AWS fails. */
export const fallback = ({ held }: Slot, now: number, policy: Policy): Held | undefined =>
  held === undefined || classify(now - held.fetchedAt, policy) === "dead" ? undefined : held

export const afterValue = (value: Value, fetchedAt: number): Slot => ({ held: { value, fetchedAt } })

/** AWS is the authority: an old value goes, whatever its age. */
export const afterNotFound = (error: SourceError, now: number): Slot => ({ absent: { since: now, error } })

/** Keeps the old value. The pause doubles with each failure; `jitter` (0 to 1) spreads it. */
export const afterFailure = (slot: Slot, error: SourceError, now: number, jitter: number): Slot => {
  const failures = (slot.failing?.failures ?? 0) + 1
  const longest = Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures - 1, 16))
  const pause = longest / 2 + (longest / 2) * jitter
  return {
    ...(slot.held === undefined ? {} : { held: slot.held }),
    failing: { error, failures, retryAt: now + pause },
  }
}
