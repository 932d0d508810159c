/**
 * What a request's `Cache-Control` asks for (RFC 9111, section 5.2.1), as data.
 *
 * Read leniently, decided carefully: names in any case, arguments bare or quoted, unknown directives left alone.
 * Of a directive that occurs twice the first counts (section 4.2.1). An argument that cannot be read counts as the
 * strictest one: for `max-age` and `min-fresh` the value in memory is not good enough, for `max-stale` no
 * stale value is. `no-cache` and `only-if-cached` need none and overlook any.
 */

/** Times in seconds, as HTTP counts. */
export interface Directives {
  /** Fetch before serving. */
  readonly noCache: boolean
  /** Keep nothing of what is fetched for this request. */
  readonly noStore: boolean
  /** Serve from memory or not at all. */
  readonly onlyIfCached: boolean
  /** The greatest age. */
  readonly maxAge?: number
  /** How long past its ttl a value is accepted; infinite without a number. */
  readonly maxStale?: number
  /** For how long a value must still be fresh. */
  readonly minFresh?: number
}

/** No request says more with less. */
export const NO_DIRECTIVES: Directives = { noCache: false, noStore: false, onlyIfCached: false }

/** The greatest number of seconds: what is beyond counts as this (RFC 9111, section 1.2.2). */
const MAX_SECONDS = 2 ** 31

/** A token (RFC 9110, section 5.6.2), and what stands behind `=`: a token or a quoted string. */
const DIRECTIVE = /^([\w!#$%&'*+.^`|~-]+)(?:=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)"))?$/

/** The beginning of what is otherwise no directive. */
const NAME = /^[\w!#$%&'*+.^`|~-]+/

const SECONDS = /^\d+$/

/** The argument: undefined if there is none, empty if it cannot be read. */
type Argument = string | undefined

const directiveOf = (member: string): readonly [name: string, argument: Argument] => {
  const text = member.trim()
  const [, name, token, quoted] = DIRECTIVE.exec(text) ?? []
  if (name === undefined) return [NAME.exec(text)?.[0].toLowerCase() ?? "", ""]
  return [name.toLowerCase(), token ?? quoted?.replace(/\\(.)/g, "$1")]
}

/** Undefined: it is no number of seconds. */
const secondsOf = (argument: Argument): number | undefined =>
  argument !== undefined && SECONDS.test(argument) ? Math.min(Number(argument), MAX_SECONDS) : undefined

/** Behind the quoted string that begins at `start`; undefined where nothing ends it. */
const endOfQuoted = (text: string, start: number): number | undefined => {
  for (let at = start + 1; at < text.length; at += text[at] === "\\" ? 2 : 1) {
    if (text[at] === '"') return at + 1
  }
  return undefined
}

/**
 * The text between commas that are not quoted, in one pass: an expression that looks for the end of each quote takes
 * time by the square of what is quoted and never ends.
 */
const membersOf = (text: string): ReadonlyArray<string> => {
  const members: Array<string> = []
  let begin = 0
  let at = 0
  while (at < text.length) {
    if (text[at] === ",") {
      members.push(text.slice(begin, at))
      begin = at + 1
    }
    const end = text[at] === '"' ? endOfQuoted(text, at) : at + 1
    // A quote that nothing ends is a character like others, and so are all that follow it.
    if (end === undefined) {
      const [first = "", ...others] = text.slice(at).split(",")
      return [...members, text.slice(begin, at) + first, ...others]
    }
    at = end
  }
  return [...members, text.slice(begin)]
}

const argumentsIn = (cacheControl: string): ReadonlyMap<string, Argument> =>
  // A map keeps the last one that it is given, and the first counts.
  new Map(membersOf(cacheControl).map(directiveOf).toReversed())

/** The directives of a `Cache-Control` header, if there is one. */
export const directivesOf = (cacheControl: string | undefined): Directives => {
  if (cacheControl === undefined) return NO_DIRECTIVES
  const found = argumentsIn(cacheControl)
  const maxStale = found.get("max-stale")
  return {
    noCache: found.has("no-cache"),
    noStore: found.has("no-store"),
    onlyIfCached: found.has("only-if-cached"),
    ...(found.has("max-age") ? { maxAge: secondsOf(found.get("max-age")) ?? 0 } : {}),
    ...(found.has("max-stale")
      ? { maxStale: maxStale === undefined ? Infinity : (secondsOf(maxStale) ?? 0) }
      : {}),
    ...(found.has("min-fresh") ? { minFresh: secondsOf(found.get("min-fresh")) ?? MAX_SECONDS } : {}),
  }
}
