/**
 * How the AWS Parameters and Secrets extension answers: AWS's reply for a value, otherwise plain text, the same for every
 * failure of AWS, whose status is passed on. The cause is in the log, as it is there.
 *
 * What was recorded from that extension, and what is not known of it, stands in docs/compatibility.md.
 */
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type { SourceErrorReason } from "../../domain/SourceError.ts"
import { PROBLEMS } from "../problems.ts"
import { bodyFor } from "./parametersAndSecretsBody.ts"
import { readRequest } from "./parametersAndSecretsRequest.ts"
import type { Peer } from "./Peer.ts"

const text = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  HttpServerResponse.text(body, { status, contentType: "text/plain", headers })

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

export const parametersAndSecrets: Peer = {
  methods: { GET: "read", DELETE: "forget" },
  readRequest,
  bodyFor,
  // Nothing is known of that extension's words; ours say what is wrong.
  refused: ({ detail, status }) => text(status, detail),
  guarded: ({ detail, problem }) => text(PROBLEMS[problem].status, detail),
  badToken: text(401, "bad session token or header key", { "x-amzn-errortype": "AccessDeniedException" }),
  methodNotAllowed: text(405, "only GET and DELETE are allowed", { allow: "GET, DELETE" }),
  tooManyRequests: text(429, "too many requests are waiting", { "retry-after": "1" }),
  notCached: text(504, "nothing in memory will do, and only-if-cached forbids to ask AWS"),
  internalError: text(500, "the extension's log says more"),
  fromSourceError: ({ reason }) =>
    text(STATUSES[reason._tag], "an unexpected error occurred while executing request"),
}
