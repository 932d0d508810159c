/**
 * For how long an HTTP response may be served, by its own headers (RFC 9111, section 4.2, and RFC 5861). Pure.
 *
 * The cache is private, so `s-maxage`, `private` and `proxy-revalidate` mean nothing here.
 */
import type { Lifetime } from "../../../domain/Entry.ts"

type Headers = Readonly<Record<string, string>>

const SECOND = 1_000

/** A directive, with an argument as a token or a quoted string. Extensions have the same form. */
const DIRECTIVE = /([\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;]*)))?/g

/** The directives by name; of two, the first counts (section 4.2.1). */
const directivesIn = (header: string): ReadonlyMap<string, string> =>
  new Map(
    Array.from(
      header.matchAll(DIRECTIVE),
      ([, name = "", quoted, token]) => [name.toLowerCase(), quoted ?? token ?? ""] as const,
    ).toReversed(),
  )

/** Milliseconds. A number that cannot be read counts as 0, the strictest (section 4.2.1). */
const milliseconds = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  return /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 31) * SECOND : 0
}

/** `Expires` minus `Date`. A date that cannot be read has passed (section 5.3). */
const untilExpiry = ({ date, expires }: Headers, now: number): number | undefined => {
  if (expires === undefined) return undefined
  const end = Date.parse(expires)
  const sentAt = Date.parse(date ?? "")
  return Number.isNaN(end) ? 0 : Math.max(0, end - (Number.isNaN(sentAt) ? now : sentAt))
}

/** What a response says; undefined if it says nothing. `now` in epoch milliseconds. */
export const lifetimeOf = (headers: Headers, now: number): Lifetime | undefined => {
  const directives = directivesIn(headers["cache-control"] ?? "")
  const maxAge = milliseconds(directives.get("max-age")) ?? untilExpiry(headers, now)
  const age = milliseconds(headers["age"]) ?? 0
  const isUnwanted = directives.has("no-store") || directives.has("no-cache")
  const ttl = isUnwanted ? 0 : maxAge === undefined ? undefined : Math.max(0, maxAge - age)
  // No old value may be served then, not even while it is refreshed (section 4.2.4).
  const isStrict = isUnwanted || directives.has("must-revalidate")
  const staleWhileRevalidate = isStrict ? 0 : milliseconds(directives.get("stale-while-revalidate"))
  const staleIfError = isStrict ? 0 : milliseconds(directives.get("stale-if-error"))
  const lifetime: Lifetime = {
    ...(ttl === undefined ? {} : { ttl }),
    ...(staleWhileRevalidate === undefined ? {} : { staleWhileRevalidate }),
    ...(staleIfError === undefined ? {} : { staleIfError }),
  }
  return Object.keys(lifetime).length === 0 ? undefined : lifetime
}
