/**
 * Answers a GET of a listed entry that is in memory and fresh, synchronously: without a fiber and without the router, which
 * would halve the throughput.
 *
 * It answers only if the URL is exactly one that it knows and the guard lets the request pass. Everything else goes to the
 * routes, which would give the same response (test/http/shortcut.test.ts compares them).
 */
import * as Effect from "effect/Effect"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import { Cache } from "../cache/Cache.ts"
import type { Served } from "../cache/Served.ts"
import { Plan } from "../config/Plan.ts"
import { kinds } from "../kinds/kinds.ts"
import { type Entry, entryKey } from "../domain/Entry.ts"
import type { ShortcutResponse, HeaderLookup, Shortcut } from "../host/Platform.ts"
import * as Metrics from "../observability/Metrics.ts"
import { hasHeader, refusalOf } from "./guard.ts"
import { makeEntityTags, metadataOf, type Timing, timingOf, toHeaders } from "./headers.ts"
import { decodePercent } from "./url.ts"

/** Names that need no encoding in a query (RFC 3986, section 3.4). */
const PLAIN = /^[A-Za-z0-9_.:/-]*$/

/** The URLs that request an entry and nothing else, as clients write them. */
export const urlsOf = ({ address, key, name }: Entry): ReadonlyArray<string> => {
  if (key !== entryKey(address.kind, name)) return []
  // No URL can contain half a surrogate pair or U+FFFD: see url.ts.
  const encoded = name.isWellFormed() ? encodeURIComponent(name) : undefined
  if (encoded === undefined || decodePercent(encoded) === undefined) return []
  return [...(PLAIN.test(name) ? [name] : []), encoded].map((query) => `/${address.kind}?name=${query}`)
}

/** The last headers of an entry, valid for one second. Never the value: only the cache keeps values. */
interface SentHeaders extends Timing {
  readonly etag: string
  readonly headers: ShortcutResponse["headers"]
}

interface Target {
  readonly entry: Entry
  readonly count: () => void
  sent: SentHeaders | undefined
}

const headersFor = (target: Target, served: Served, etag: string): ShortcutResponse["headers"] => {
  const timing = timingOf(served, target.entry.policy)
  const { sent } = target
  if (sent?.age === timing.age && sent.ttl === timing.ttl && sent.etag === etag) return sent.headers
  const headers = toHeaders(metadataOf(served, timing, etag))
  target.sent = { ...timing, etag, headers }
  return headers
}

/** With directives or conditions, the value in memory may not be enough. */
const isConditional = (header: HeaderLookup): boolean =>
  hasHeader(header, "cache-control") || hasHeader(header, "if-none-match")

/** Whether a request has the token, if one is required, as far as that is known without reading the token file. */
const makeTokenCheck = Effect.gen(function* () {
  const { tokens } = yield* Plan
  if (tokens === undefined) return () => true
  const { tokenCheckOf } = yield* Effect.promise(() => import("./token.ts"))
  return (yield* tokenCheckOf(tokens)).isKnown
})

/** The shortcut over the cache and the plan. */
export const makeShortcut: Effect.Effect<Shortcut, never, Cache | Plan> = Effect.gen(function* () {
  const cache = yield* Cache
  const { entries, isExposed } = yield* Plan
  const tags = yield* makeEntityTags
  const counter = yield* Metrics.counters(Metrics.httpRequests, "kind", "status")
  const counters = Record.map(kinds, (_, kind) => counter(kind, "200"))
  const isTokenKnown = yield* makeTokenCheck
  const targets = new Map(
    Array.from(entries.values()).flatMap((entry) => {
      const target: Target = { entry, count: counters[entry.address.kind], sent: undefined }
      return urlsOf(entry).map((url) => [url, target])
    }),
  )

  return (url, header) => {
    const target = targets.get(url)
    if (target === undefined || isConditional(header)) return undefined
    if (refusalOf(url, header, isExposed) !== undefined || !isTokenKnown(header)) return undefined
    const served = cache.fresh(target.entry)
    if (served === undefined) return undefined
    target.count()
    const headers = headersFor(target, served, tags.ofValue(served.value))
    return { headers, body: Redacted.value(served.value.body) }
  }
})

/** Leaves every request to the routes. */
export const noShortcut: Shortcut = () => undefined
