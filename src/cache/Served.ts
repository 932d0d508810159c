/**
 * The result of a read: the value, its age, and how it came to be served. `http/` writes it as headers.
 */
import * as Effect from "effect/Effect"
import type { Value } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import type { FetchReason, Decision, Held } from "./Slot.ts"

/**
 * How a value came to be served:
 * - `hit`: from memory, while fresh.
 * - `miss`: from AWS, just now.
 * - `shared`: from the shared tier, just now: another environment had asked AWS.
 * - `stale`: from memory past its ttl, while it is being refreshed.
 * - `stale-if-error`: from memory, because AWS failed.
 * - `stale-if-denied`: from memory, although AWS now denies access.
 */
export type Outcome = "hit" | "miss" | "shared" | "stale" | "stale-if-error" | "stale-if-denied"

/** How a read that waited for AWS was answered: the parameters of `fwd` in RFC 9211. */
export interface Forward {
  readonly reason: FetchReason
  /** Whether another read had started the fetch. */
  readonly isCollapsed: boolean
  /** Whether the result was stored. */
  readonly isStored: boolean
  /** Whether the shared tier had it, so that AWS was not asked. */
  readonly isShared?: boolean
}

export interface Served {
  readonly value: Value
  /** Milliseconds since the value was requested from AWS. */
  readonly age: number
  readonly outcome: Outcome
  /** Missing if the value was served from memory without waiting. */
  readonly forward?: Forward
}

export const servedAt = ({ fetchedAt, value }: Held, now: number, outcome: Outcome): Served => ({
  value,
  // Negative if the clock was set back, but an age in HTTP is never negative (RFC 9111, 5.1).
  age: Math.max(0, now - fetchedAt),
  outcome,
})

/** How a read that waited is answered. `isStale`: the tier's value is past its ttl, and is being refreshed. */
export const outcomeOfFetch = (isShared: boolean, isStale: boolean): Outcome => {
  if (!isShared) return "miss"
  return isStale ? "stale" : "shared"
}

export const outcomeWhileFailing = (isDenied: boolean): Outcome =>
  isDenied ? "stale-if-denied" : "stale-if-error"

export const isFromMemory = ({ _tag }: Decision): boolean => _tag !== "Fetch" && _tag !== "Refuse"

/** What a decision serves from memory. */
export const servedFromMemory = (
  decision: Exclude<Decision, { readonly _tag: "Fetch" }>,
  now: number,
): Effect.Effect<Served, SourceError> => {
  switch (decision._tag) {
    case "Serve":
      return Effect.succeed(servedAt(decision.held, now, "hit"))
    case "ServeAndRefresh":
      return Effect.succeed(servedAt(decision.held, now, "stale"))
    case "ServeWhileFailing":
      return Effect.succeed(servedAt(decision.held, now, outcomeWhileFailing(decision.isDenied)))
    case "Refuse":
      return Effect.fail(decision.error)
  }
}
