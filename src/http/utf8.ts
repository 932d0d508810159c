/**
 * Whether percent-encoded text is UTF-8, for the queries of both ports. Pure.
 *
 * Bytes above 0x7F that are not percent-encoded don't reach the routes: Node's server refuses them, Bun's reads them as
 * UTF-8 and puts U+FFFD where they are none. So U+FFFD is refused however it is written: what it stands for is lost.
 */
import * as Result from "effect/Result"

const REPLACEMENT = "\uFFFD"

/** The text that was encoded, or nothing where its bytes are not UTF-8 (overlong forms and surrogates among them). */
export const decodePercent = (text: string): string | undefined => {
  const decoded = Result.getOrUndefined(Result.try(() => decodeURIComponent(text)))
  return decoded?.includes(REPLACEMENT) === true ? undefined : decoded
}
