/**
 * The parts of a request's URL (path and query), and percent-decoding, for both ports. Pure.
 *
 * Bytes above 0x7F that are not percent-encoded never reach the routes as such: Node's server refuses them, Bun's decodes
 * them as UTF-8 and replaces invalid ones by U+FFFD. So U+FFFD is refused however it is written: what it replaced is lost.
 */
import * as Result from "effect/Result"

/** The path, and the query without its `?`. */
export const splitUrl = (url: string): readonly [path: string, query: string] => {
  const start = url.indexOf("?")
  return start === -1 ? [url, ""] : [url.slice(0, start), url.slice(start + 1)]
}

const REPLACEMENT = "\uFFFD"

/** The decoded text; undefined if its bytes are not UTF-8 (overlong forms and surrogates among them). */
export const decodePercent = (text: string): string | undefined => {
  const decoded = Result.getOrUndefined(Result.try(() => decodeURIComponent(text)))
  return decoded?.includes(REPLACEMENT) === true ? undefined : decoded
}
