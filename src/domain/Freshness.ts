/**
 * The one decision about age: may a held value be served, and must it be fetched again?
 *
 * Ages are measured on the wall clock, because Lambda stops every process between invokes and the monotonic clock may stop
 * with them. RFC 5861 (stale-while-revalidate, stale-if-error) and RFC 2308 (negative answers).
 */
import type { Policy, Value } from "./Entry.ts"

/**
 * - `fresh`: serve it.
 * - `stale`: serve it, and fetch in the background.
 * - `expired`: fetch; serve it only if AWS fails.
 * - `dead`: fetch; it may not be served in any case.
 */
export type Freshness = "fresh" | "stale" | "expired" | "dead"

/** The policy for a value: that of its entry, shortened to what the service says. */
export const policyFor = ({ lifetime }: Pick<Value, "lifetime">, policy: Policy): Policy =>
  lifetime === undefined
    ? policy
    : {
        ...policy,
        ttl: Math.min(policy.ttl, lifetime.ttl ?? Infinity),
        staleWhileRevalidate: Math.min(
          policy.staleWhileRevalidate,
          lifetime.staleWhileRevalidate ?? Infinity,
        ),
        staleIfError: Math.min(policy.staleIfError, lifetime.staleIfError ?? Infinity),
      }

/**
 * Classifies a value by its age in milliseconds. As the age grows, the result only moves from fresh towards dead. A
 * negative age means that the clock was set back after the fetch, so the true age is unknown: the value is `expired`.
 */
export const classify = (age: number, policy: Policy): Freshness => {
  if (age < 0) return "expired"
  // A window of zero length never applies: with a ttl of 0 every read fetches, even within the same millisecond.
  if (policy.ttl > 0 && age <= policy.ttl) return "fresh"
  if (policy.staleWhileRevalidate > 0 && age <= policy.ttl + policy.staleWhileRevalidate) return "stale"
  if (age <= policy.ttl + policy.staleIfError) return "expired"
  return "dead"
}

/**
 * Whether a value may still be served `age` milliseconds after AWS first denied access to it. IAM is eventually consistent,
 * so a single denial may be a mistake; a lasting one must also end the value in memory.
 */
export const outlivesDenial = (age: number, { staleIfDenied }: Policy): boolean =>
  staleIfDenied > 0 && age <= staleIfDenied

/** Whether "there is no such entry", received `age` milliseconds ago, still holds. */
export const isStillAbsent = (age: number, policy: Policy): boolean => age >= 0 && age <= policy.negativeTtl
