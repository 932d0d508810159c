/**
 * Splits a request's URL (path and query), and decodes percent-encoding, for both ports. Pure.
 *
 * Raw bytes above 0x7F never reach the routes: Node's server refuses them, Bun's decodes them as UTF-8 and replaces invalid
 * ones by U+FFFD. So U+FFFD is refused in any form, because the original bytes are lost.
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
