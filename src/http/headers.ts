/**
 * The headers of a response with a value, the same from the routes and the shortcut: `Age` and `Cache-Control` (RFC 9111),
 * `Cache-Status` (RFC 9211) and `ETag` (RFC 9110).
 *
 * They tell a function how long it may keep the value, how the response was produced, and how to check whether the value
 * has changed.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Outcome, Served } from "../cache/Served.ts"
import type { Policy, Value } from "../domain/Entry.ts"
import { policyFor } from "../domain/Freshness.ts"
import { Digest } from "../host/Digest.ts"
import type { DigestFunction } from "../host/Platform.ts"
import { PROTECTIVE_HEADERS } from "./guard.ts"

/** In whole seconds, as HTTP counts. */
export interface Timing {
  /** Since the value was requested from AWS. */
  readonly age: number
  /** What is left of the ttl; negative once the value is stale. */
  readonly ttl: number
  /** The whole ttl, from which the age is subtracted. Undefined: the value must not be stored. */
  readonly lifetime: number | undefined
}

/** The timing of one value. */
export const timingOf = ({ age, value }: Served, policy: Policy): Timing => {
  const { ttl } = policyFor(value, policy)
  return {
    age: Math.floor(Math.max(0, age) / 1_000),
    ttl: Math.floor((ttl - age) / 1_000),
    lifetime: ttl <= 0 ? undefined : Math.floor(ttl / 1_000),
  }
}

/** The metadata of a body, for its headers. */
export interface Metadata extends Timing {
  readonly contentType: string
  readonly etag: string
  readonly cacheStatus: string
}

/** `private`: no shared cache may store the value. */
const cacheControl = ({ lifetime }: Timing): string =>
  lifetime === undefined ? "no-store" : `private, max-age=${lifetime}`

/** Headers with an entity tag. */
export interface TaggedHeaders extends Readonly<Record<string, string>> {
  readonly etag: string
}

/** The headers, with their names in lower case. */
export const toHeaders = (metadata: Metadata): TaggedHeaders => ({
  "content-type": metadata.contentType,
  age: String(metadata.age),
  "cache-control": cacheControl(metadata),
  "cache-status": metadata.cacheStatus,
  etag: metadata.etag,
  ...PROTECTIVE_HEADERS,
})

/** The metadata of a value that is served unchanged. */
export const metadataOf = (served: Served, timing: Timing, etag: string): Metadata => ({
  ...timing,
  contentType: served.value.contentType,
  etag,
  cacheStatus: cacheStatus(served, timing.ttl),
})

/** The name of this cache in `Cache-Status`. */
const CACHE = "cache-extension"

/** One member of a list of structured fields (RFC 8941) with its parameters; undefined ones are left out. */
const cacheMember = (...parameters: ReadonlyArray<string | undefined>): string =>
  [CACHE, ...parameters.filter((parameter) => parameter !== undefined)].join("; ")

const DETAILS: Readonly<Partial<Record<Outcome, string>>> = {
  stale: "detail=stale-while-revalidate",
  "stale-if-error": "detail=stale-if-error",
  "stale-if-denied": "detail=stale-if-denied",
}

/** The member of the shared tier, which is nearer to AWS and therefore comes first (RFC 9211, section 2). */
const SHARED_HIT = `${CACHE}-shared; hit`

const throughTier = (isShared: boolean, member: string): string =>
  isShared ? `${SHARED_HIT}, ${member}` : member

/** `Cache-Status` of one value. `ttl` is in seconds; negative: how long the value has been stale (RFC 9211, section 2.4). */
export const cacheStatus = ({ forward, outcome }: Served, ttl: number): string =>
  throughTier(
    forward?.isShared === true,
    cacheMember(
      forward === undefined && outcome !== "miss" ? "hit" : `fwd=${forward?.reason ?? "miss"}`,
      `ttl=${ttl}`,
      forward?.isStored === true ? "stored" : undefined,
      forward?.isCollapsed === true ? "collapsed" : undefined,
      DETAILS[outcome],
    ),
  )

/** `Cache-Status` if `only-if-cached` finds nothing to serve. */
export const NOT_CACHED = cacheMember("detail=not-cached")

/** Why a value was fetched, the most important reason first. */
const REASONS = ["miss", "stale", "request"] as const

/**
 * `Cache-Status` of several values in one response: a hit if none needed a fetch, otherwise the reason of the fetch; stored,
 * collapsed and from the shared tier if that applies to all values that were fetched. `ttl` is the shortest, in seconds.
 */
export const combinedCacheStatus = (all: ReadonlyArray<Served>, ttl: number, failures: number): string => {
  const forwards = all.flatMap(({ forward }) => (forward === undefined ? [] : [forward]))
  const reason = REASONS.find((one) => forwards.some((forward) => forward.reason === one))
  const shared = forwards.filter(({ isShared }) => isShared === true).length
  const counts = [
    [all.length - forwards.length, "hit"],
    [shared, "shared"],
    [forwards.length - shared, "fwd"],
    [failures, "failed"],
  ] as const
  const detail = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
  const member = cacheMember(
    reason === undefined ? (all.length === 0 ? undefined : "hit") : `fwd=${reason}`,
    all.length === 0 ? undefined : `ttl=${ttl}`,
    reason !== undefined && forwards.every(({ isStored }) => isStored) ? "stored" : undefined,
    reason !== undefined && forwards.every(({ isCollapsed }) => isCollapsed) ? "collapsed" : undefined,
    `detail="${detail.join(", ")}"`,
  )
  return throughTier(reason !== undefined && shared === forwards.length, member)
}

/** The length of an entity tag: half of the digest, 128 bits in base64url. */
const TAG_LENGTH = 22

/**
 * Makes strong entity tags (RFC 9110, section 8.8.3) from the media type and the body alone, so that a refresh that returns
 * the same value keeps its tag. The digest is keyed per process, so a tag means nothing to another process.
 */
export interface EntityTags {
  /** The tag of a body that was made for a request. */
  readonly ofBody: (contentType: string, body: string | Uint8Array) => string
  /** The tag of a value as it is. Computed once per value. */
  readonly ofValue: (value: Value) => string
}

const entityTags = (digest: DigestFunction): EntityTags => {
  const known = new WeakMap<Value, string>()

  const ofBody = (contentType: string, body: string | Uint8Array) =>
    `"${digest(contentType, "\n", body).slice(0, TAG_LENGTH)}"`

  const ofValue = (value: Value): string => {
    const made = known.get(value)
    if (made !== undefined) return made
    const tag = ofBody(value.contentType, Redacted.value(value.body))
    known.set(value, tag)
    return tag
  }
  return { ofBody, ofValue }
}

export const makeEntityTags: Effect.Effect<EntityTags> = Effect.map(Digest, entityTags)

/** An entity tag in a list; `If-None-Match` compares weak ones like strong ones (RFC 9110, section 13.1.2). */
const TAG = /(?:W\/)?("[^"]*")/g

/** Whether `If-None-Match` contains this tag, or `*`: the response is then a 304. */
export const isNotModified = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined &&
  (ifNoneMatch.trim() === "*" || Array.from(ifNoneMatch.matchAll(TAG), ([, tag]) => tag).includes(etag))
