/**
 * The headers of every answer with a value in it, for the routes and the shortcut alike.
 *
 * `Age` and `Cache-Control` (RFC 9111) say for how long a function may keep what it got, `ETag` lets it ask whether
 * that still holds, `Cache-Status` (RFC 9211) says how it came about.
 */
import type { Served } from "../cache/Served.ts"
import type { Policy } from "../domain/Entry.ts"
import { cacheStatusOf } from "./cacheStatus.ts"
import { PROTECTIVE_HEADERS } from "./guard.ts"

/** Whole seconds, as HTTP counts. */
export interface Seconds {
  /** Since the value was asked for. */
  readonly age: number
  /** How much of the ttl is left; negative: for how long it is over. */
  readonly ttl: number
  /** The whole ttl, which the age counts against; none: whoever gets the value must not keep it. */
  readonly lifetime: number | undefined
}

export const secondsOf = ({ age }: Served, { ttl }: Policy): Seconds => ({
  age: Math.floor(Math.max(0, age) / 1_000),
  ttl: Math.floor((ttl - age) / 1_000),
  lifetime: ttl <= 0 ? undefined : Math.floor(ttl / 1_000),
})

/** What an answer says about itself. */
export interface About extends Seconds {
  readonly contentType: string
  readonly etag: string
  readonly cacheStatus: string
}

/** `private`: a secret is for this function alone, whatever cache may stand between. */
const cacheControlOf = ({ lifetime }: Seconds): string =>
  lifetime === undefined ? "no-store" : `private, max-age=${lifetime}`

/** The headers by their names in lower case. */
export const headersOf = (about: About): Readonly<Record<string, string>> => ({
  "content-type": about.contentType,
  age: String(about.age),
  "cache-control": cacheControlOf(about),
  "cache-status": about.cacheStatus,
  etag: about.etag,
  ...PROTECTIVE_HEADERS,
})

/** What the answer with one value as it is says. */
export const aboutServed = (served: Served, seconds: Seconds, etag: string): About => ({
  ...seconds,
  contentType: served.value.contentType,
  etag,
  cacheStatus: cacheStatusOf(served, seconds.ttl),
})
