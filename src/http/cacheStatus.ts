/**
 * How an answer came about, in the standard header `Cache-Status` (RFC 9211): whether AWS was asked for it and why,
 * how much of the ttl is left, what became of the answer.
 */
import type { Outcome, Served } from "../cache/Served.ts"

/** The name of this cache. */
const CACHE = "cache-extension"

/** The parameters in the order in which they are written; structured fields (RFC 8941): tokens, numbers, strings. */
const written = (...parameters: ReadonlyArray<string | undefined>): string =>
  [CACHE, ...parameters.filter((parameter) => parameter !== undefined)].join("; ")

const DETAILS: Readonly<Partial<Record<Outcome, string>>> = {
  stale: "detail=stale-while-revalidate",
  "stale-if-error": "detail=stale-if-error",
  "stale-if-denied": "detail=stale-if-denied",
}

/** A served value's. A negative `ttl`, in seconds, says for how long it has been stale (section 2.4). */
export const cacheStatusOf = ({ forward, outcome }: Served, ttl: number): string =>
  written(
    forward === undefined && outcome !== "miss" ? "hit" : `fwd=${forward?.reason ?? "miss"}`,
    `ttl=${ttl}`,
    forward?.isStored === true ? "stored" : undefined,
    forward?.isCollapsed === true ? "collapsed" : undefined,
    DETAILS[outcome],
  )

/** That of a read that may not ask AWS, and finds nothing to serve. */
export const NOT_CACHED = written("detail=not-cached")

/** What AWS was asked for because of, the weightiest first. */
const REASONS = ["miss", "stale", "request"] as const

const countOf = (count: number, word: string): ReadonlyArray<string> =>
  count === 0 ? [] : [`${count} ${word}`]

/**
 * That of several values in one answer: a hit if AWS was asked for none of them, else why it was; stored and
 * collapsed if all that came from AWS are. `ttl` is the shortest.
 */
export const summaryOf = (all: ReadonlyArray<Served>, ttl: number, failures: number): string => {
  const forwards = all.flatMap(({ forward }) => (forward === undefined ? [] : [forward]))
  const reason = REASONS.find((one) => forwards.some((forward) => forward.reason === one))
  const counts = [
    ...countOf(all.length - forwards.length, "hit"),
    ...countOf(forwards.length, "fwd"),
    ...countOf(failures, "failed"),
  ]
  return written(
    reason === undefined ? (all.length === 0 ? undefined : "hit") : `fwd=${reason}`,
    all.length === 0 ? undefined : `ttl=${ttl}`,
    reason !== undefined && forwards.every(({ isStored }) => isStored) ? "stored" : undefined,
    reason !== undefined && forwards.every(({ isCollapsed }) => isCollapsed) ? "collapsed" : undefined,
    `detail="${counts.join(", ")}"`,
  )
}
