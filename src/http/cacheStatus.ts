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

/** The headers of a served value. A negative ttl says for how long it has been stale (RFC 9211, section 2.4). */
export const cacheHeaders = ({ age, outcome }: Served, policy: Policy): Readonly<Record<string, string>> => ({
  age: String(Math.floor(Math.max(0, age) / 1_000)),
  "cache-status": `${CACHE}; ${how(outcome, Math.floor((policy.ttl - age) / 1_000))}`,
})
