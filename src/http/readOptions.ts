/**
 * What the directives of a request's `Cache-Control` mean to the cache. Pure; both ports read by it.
 */
import type { ReadOptions } from "../cache/Cache.ts"
import type { Directives } from "./directives.ts"

const milliseconds = (seconds: number): number => seconds * 1_000

export const optionsOf = ({ maxAge, maxStale, minFresh, noCache, noStore }: Directives): ReadOptions => ({
  noStore,
  ...(noCache ? { maxAge: 0 } : maxAge === undefined ? {} : { maxAge: milliseconds(maxAge) }),
  ...(maxStale === undefined ? {} : { maxStale: milliseconds(maxStale) }),
  ...(minFresh === undefined ? {} : { minFresh: milliseconds(minFresh) }),
})
