/**
 * What the AWS Parameters and Secrets extension answers when there is no value: plain text, the same for every
 * failure of AWS, whose status is passed on. The cause is in the log, as it is there.
 *
 * What was recorded from that extension, and what is not known of it, stands in docs/compatibility.md.
 */
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type { SourceError, SourceErrorReason } from "../../domain/SourceError.ts"

const text = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  HttpServerResponse.text(body, { status, contentType: "text/plain", headers })

/** The request's token is missing or wrong. */
export const badToken = text(401, "bad session token or header key", {
  "x-amzn-errortype": "AccessDeniedException",
})

/** The request is refused or cannot be understood. Nothing is known of that extension's words; ours say what is wrong. */
export const refused = (status: 400 | 403 | 404, detail: string) => text(status, detail)

/** As many requests wait as may. */
export const tooManyRequests = text(429, "too many requests are waiting", { "retry-after": "1" })

export const methodNotAllowed = text(405, "only GET is allowed", { allow: "GET" })

/** A bug of ours. What happened is in the log. */
export const internalError = text(500, "the extension's log says more")

/**
 * AWS's own status for a failure; both services answer refusals and throttling alike with 400. Where AWS gave no
 * answer, that extension's status is not known, and ours says what happened.
 */
const STATUSES: Readonly<Record<SourceErrorReason["_tag"], number>> = {
  NotFound: 400,
  AccessDenied: 400,
  InvalidRequest: 400,
  Throttled: 400,
  ExpiredCredentials: 400,
  RefusedCredentials: 400,
  BadSignature: 400,
  Unavailable: 500,
  CircuitOpen: 502,
  ConnectionLost: 502,
  TooLarge: 502,
  TooManyGuesses: 429,
  TimedOut: 504,
}

export const fromSourceError = ({ reason }: SourceError) =>
  text(STATUSES[reason._tag], "an unexpected error occurred while executing request")
