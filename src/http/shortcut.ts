/**
 * The short way from request to response: a GET of a listed entry that is in memory and fresh is answered at
 * once, without a fiber and without the router, which would cost half of the throughput.
 *
 * It answers only what it is sure of, a URL that it knows to the letter in a request that the guard lets pass, and
 * leaves everything else to the routes, which give the same answer (a test holds them against each other).
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
import { refusalOf } from "./guard.ts"
import { makeEntityTags, metadataOf, type Timing, timingOf, toHeaders } from "./headers.ts"
import { decodePercent } from "./url.ts"

/** Characters that mean themselves in a query (RFC 3986, section 3.4) and that no client needs to encode. */
const PLAIN = /^[A-Za-z0-9_.:/-]*$/

/** The URLs, as clients write them, that ask for an entry and nothing else. */
export const urlsOf = ({ address, key, name }: Entry): ReadonlyArray<string> => {
  if (key !== entryKey(address.kind, name)) return []
  // No URL asks for half a surrogate pair, nor for what stands for bytes that are no UTF-8.
  const encoded = name.isWellFormed() ? encodeURIComponent(name) : undefined
  if (encoded === undefined || decodePercent(encoded) === undefined) return []
  return [...(PLAIN.test(name) ? [name] : []), encoded].map((query) => `/${address.kind}?name=${query}`)
}

/** The headers last given for an entry, which hold for a second. Never the value: only the cache keeps values. */
interface Given extends Timing {
  readonly etag: string
  readonly headers: ShortcutResponse["headers"]
}

interface Target {
  readonly entry: Entry
  readonly count: () => void
  given: Given | undefined
}

const headersFor = (target: Target, served: Served, etag: string): ShortcutResponse["headers"] => {
  const timing = timingOf(served, target.entry.policy)
  const { given } = target
  if (given?.age === timing.age && given.ttl === timing.ttl && given.etag === etag) return given.headers
  const headers = toHeaders(metadataOf(served, timing, etag))
  target.given = { ...timing, etag, headers }
  return headers
}

/** With directives or conditions, the value in memory may not be enough. */
const asksForMore = (header: HeaderLookup): boolean =>
  (header("cache-control") ?? header("if-none-match") ?? undefined) !== undefined

/** Whether a request shows the token, where one is required: as far as that can be told at once. */
const tokenKnown = Effect.gen(function* () {
  const { tokens } = yield* Plan
  if (tokens === undefined) return () => true
  const { tokenCheckOf } = yield* Effect.promise(() => import("./token.ts"))
  return (yield* tokenCheckOf(tokens)).isKnown
})

/** The shortcut over the cache and the plan. */
export const makeShortcut: Effect.Effect<Shortcut, never, Cache | Plan> = Effect.gen(function* () {
  const cache = yield* Cache
  const { entries } = yield* Plan
  const tags = yield* makeEntityTags
  const counter = yield* Metrics.counters(Metrics.httpRequests, "kind", "status")
  const counters = Record.map(kinds, (_, kind) => counter(kind, "200"))
  const isTokenKnown = yield* tokenKnown
  const targets = new Map(
    Array.from(entries.values()).flatMap((entry) => {
      const target: Target = { entry, count: counters[entry.address.kind], given: undefined }
      return urlsOf(entry).map((url) => [url, target])
    }),
  )

  return (url, header) => {
    const target = targets.get(url)
    if (target === undefined || asksForMore(header)) return undefined
    if (refusalOf(url, header) !== undefined || !isTokenKnown(header)) return undefined
    const served = cache.fresh(target.entry)
    if (served === undefined) return undefined
    target.count()
    const headers = headersFor(target, served, tags.ofValue(served.value))
    return { headers, body: Redacted.value(served.value.body) }
  }
})

/** No shortcut: every request goes to the routes. */
export const noShortcut: Shortcut = () => undefined
