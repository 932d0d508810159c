/**
 * The directives of a request's `Cache-Control` (RFC 9111, section 5.2.1) as data, and how the cache reads for them. Pure.
 *
 * Names are matched in any case, arguments may be quoted, unknown directives are ignored. If a directive occurs twice, the
 * first one counts (section 4.2.1). An unreadable argument counts as the strictest one: with `max-age` and `min-fresh` the
 * value in memory is not good enough, with `max-stale` no stale value is. `no-cache` and `only-if-cached` take no argument
 * and ignore any.
 */
import type { ReadOptions } from "../cache/Cache.ts"

/** Times in seconds, as HTTP counts. */
export interface Directives {
  /** Fetch before serving. */
  readonly noCache: boolean
  /** Do not store what is fetched for this request. */
  readonly noStore: boolean
  /** Serve from memory or not at all. */
  readonly onlyIfCached: boolean
  /** The maximum age. */
  readonly maxAge?: number
  /** For how long past its ttl a value is accepted; infinite if the directive has no argument. */
  readonly maxStale?: number
  /** For how long a value must still be fresh. */
  readonly minFresh?: number
}

/** Those of a request without `Cache-Control`. */
export const NO_DIRECTIVES: Directives = { noCache: false, noStore: false, onlyIfCached: false }

/** Larger numbers of seconds count as this one (RFC 9111, section 1.2.2). */
const MAX_SECONDS = 2 ** 31

/** A directive: a token (RFC 9110, section 5.6.2), then optionally `=` and a token or a quoted string. */
const DIRECTIVE = /^([\w!#$%&'*+.^`|~-]+)(?:=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)"))?$/

/** The token at the beginning of a malformed directive. */
const NAME = /^[\w!#$%&'*+.^`|~-]+/

const SECONDS = /^\d+$/

/** Undefined: there is none. Empty: it is unreadable. */
type Argument = string | undefined

const parseDirective = (member: string): readonly [name: string, argument: Argument] => {
  const text = member.trim()
  const [, name, token, quoted] = DIRECTIVE.exec(text) ?? []
  if (name === undefined) return [NAME.exec(text)?.[0].toLowerCase() ?? "", ""]
  return [name.toLowerCase(), token ?? quoted?.replace(/\\(.)/g, "$1")]
}

/** Undefined: the argument is not a number of seconds. */
const parseSeconds = (argument: Argument): number | undefined =>
  argument !== undefined && SECONDS.test(argument) ? Math.min(Number(argument), MAX_SECONDS) : undefined

/** The index after the quoted string that begins at `start`; undefined if it is not closed. */
const endOfQuoted = (text: string, start: number): number | undefined => {
  for (let at = start + 1; at < text.length; at += text[at] === "\\" ? 2 : 1) {
    if (text[at] === '"') return at + 1
  }
  return undefined
}

/**
 * Splits at commas outside of quotes, in one pass. A regular expression would take quadratic time for quotes that are
 * never closed.
 */
const splitMembers = (text: string): ReadonlyArray<string> => {
  const members: Array<string> = []
  let begin = 0
  let at = 0
  while (at < text.length) {
    if (text[at] === ",") {
      members.push(text.slice(begin, at))
      begin = at + 1
    }
    const end = text[at] === '"' ? endOfQuoted(text, at) : at + 1
    // A quote that is never closed, and all after it, are ordinary characters.
    if (end === undefined) {
      const [first = "", ...others] = text.slice(at).split(",")
      return [...members, text.slice(begin, at) + first, ...others]
    }
    at = end
  }
  return [...members, text.slice(begin)]
}

const parseArguments = (cacheControl: string): ReadonlyMap<string, Argument> =>
  // Reversed, because a map keeps the last duplicate and the first one counts.
  new Map(splitMembers(cacheControl).map(parseDirective).toReversed())

/** The directives of a `Cache-Control` header, if there is one. */
export const parseCacheControl = (cacheControl: string | undefined): Directives => {
  if (cacheControl === undefined) return NO_DIRECTIVES
  const found = parseArguments(cacheControl)
  const maxStale = found.get("max-stale")
  return {
    noCache: found.has("no-cache"),
    noStore: found.has("no-store"),
    onlyIfCached: found.has("only-if-cached"),
    ...(found.has("max-age") ? { maxAge: parseSeconds(found.get("max-age")) ?? 0 } : {}),
    ...(found.has("max-stale")
      ? { maxStale: maxStale === undefined ? Infinity : (parseSeconds(maxStale) ?? 0) }
      : {}),
    ...(found.has("min-fresh") ? { minFresh: parseSeconds(found.get("min-fresh")) ?? MAX_SECONDS } : {}),
  }
}

const milliseconds = (seconds: number): number => seconds * 1_000

/** The options of the cache for these directives. `onlyIfCached` is not among them: it chooses `Cache.held`. */
export const toReadOptions = ({ maxAge, maxStale, minFresh, noCache, noStore }: Directives): ReadOptions => ({
  noStore,
  ...(noCache ? { maxAge: 0 } : maxAge === undefined ? {} : { maxAge: milliseconds(maxAge) }),
  ...(maxStale === undefined ? {} : { maxStale: milliseconds(maxStale) }),
  ...(minFresh === undefined ? {} : { minFresh: milliseconds(minFresh) }),
})
