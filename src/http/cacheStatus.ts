/**
 * How a value came about, in standard headers: `Age` (RFC 9111, section 5.1) and `Cache-Status` (RFC 9211).
 */
import type { Outcome, Served } from "../cache/Cache.ts"
import type { Policy } from "../domain/Entry.ts"

/** The name of this cache in `Cache-Status`. */
const CACHE = "cache-extension"

const how = (outcome: Outcome, ttlSeconds: number): string => {
  switch (outcome) {
    case "hit":
      return `hit; ttl=${ttlSeconds}`
    case "miss":
      return "fwd=miss"
    case "stale":
      return `hit; ttl=${ttlSeconds}; detail=stale-while-revalidate`
    case "stale-if-error":
      return `hit; ttl=${ttlSeconds}; detail=stale-if-error`
  }
}

/** Whole seconds, as both headers count: the age, and how much of the ttl is left (negative: how long it is over). */
export interface Seconds {
  readonly age: number
  readonly ttl: number
}

export const secondsOf = ({ age }: Served, policy: Policy): Seconds => ({
  age: Math.floor(Math.max(0, age) / 1_000),
  ttl: Math.floor((policy.ttl - age) / 1_000),
})

/** The headers of a served value. A negative ttl says for how long it has been stale (RFC 9211, section 2.4). */
export const cacheHeaders = (
  { outcome }: Served,
  { age, ttl }: Seconds,
): Readonly<Record<string, string>> => ({
  age: String(age),
  "cache-status": `${CACHE}; ${how(outcome, ttl)}`,
})
