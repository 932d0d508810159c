/**
 * Every response in place of a value: problem details (RFC 9457), as `application/problem+json`.
 *
 * The only place where an error of the cache becomes an HTTP status. A problem says what was wrong and what is allowed; it
 * never contains a value or a stack trace. docs/problems.md explains each type, `api/problems.ts` derives its Schema.
 */
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as ProblemDetails from "effect/http/ProblemDetails"
import type { SourceError, SourceErrorReason } from "../domain/SourceError.ts"

/** What all problems of a type have in common. */
interface ProblemType {
  readonly status: number
  readonly title: string
  /** When it occurs, for readers of schema/openapi.json. */
  readonly when: string
  /** After how many seconds to retry (RFC 9110, section 10.2.3), if that is soon. */
  readonly retryAfter?: number
}

/** Every type of problem, by the last part of its URI. The URIs are stable: functions may tell problems apart by them. */
export const PROBLEMS = {
  "bad-request": {
    status: 400,
    title: "Bad request",
    when: "The query or the Host header is malformed, or AWS cannot have such a name. The detail says what was found and what is allowed.",
  },
  forbidden: {
    status: 403,
    title: "Forbidden",
    when: "The request does not come from the function: Host is not a loopback name, a proxy or a browser sent it, or a required token is missing.",
  },
  "access-denied": {
    status: 403,
    title: "Access denied by AWS",
    when: "AWS refuses the function's role. Remembered for negative_ttl.",
  },
  "no-data-found": {
    status: 404,
    title: "No data found",
    when: "AWS has no such value, or config.yaml does not list it or its region. The detail says which.",
  },
  "no-such-field": {
    status: 404,
    title: "No such field",
    when: "The value is not JSON, or has nothing at the JSON pointer, or no such flag.",
  },
  "not-found": { status: 404, title: "Not found", when: "The extension has no such path." },
  "method-not-allowed": {
    status: 405,
    title: "Method not allowed",
    when: "The path has no such method. Allow lists those it has.",
  },
  "unusable-value": {
    status: 422,
    title: "Unusable value",
    when: "A value is not in the content coding that it claims. At /environment: a value cannot be a variable (binary, with a null byte, too large), or the name of a parameter below a path gives no variable of its own.",
  },
  "too-many-requests": {
    status: 429,
    title: "Too many requests",
    when: "max_concurrent_requests are waiting already, or too many versions were asked for that cannot be read.",
    retryAfter: 1,
  },
  throttled: {
    status: 429,
    title: "Throttled by AWS",
    when: "AWS throttled the call, and there is no old value to serve.",
    retryAfter: 1,
  },
  "internal-error": {
    status: 500,
    title: "Internal error",
    when: "A bug in the extension. Its log has the cause.",
  },
  "unevaluated-variant": {
    status: 501,
    title: "Variant not evaluated",
    when: "A feature flag has variants, and the rule of one depends on what AWS does not document. The detail says which.",
  },
  "aws-failed": {
    status: 502,
    title: "AWS failed",
    when: "AWS failed, and there is no old value to serve.",
  },
  "value-too-large": {
    status: 502,
    title: "Value too large",
    when: "The value by itself exceeds cache.max_bytes, or a bound of its entry or of its service. The detail says which.",
  },
  "not-ready": {
    status: 503,
    title: "Not ready",
    when: "What is listed is still being loaded at start-up.",
    retryAfter: 1,
  },
  "aws-too-slow": {
    status: 504,
    title: "AWS is too slow",
    when: "AWS did not answer in time, and there is no old value to serve.",
  },
  "not-cached": {
    status: 504,
    title: "Not cached",
    when: "The request says only-if-cached, and nothing in memory may be served.",
  },
} as const satisfies Readonly<Record<string, ProblemType>>

export type ProblemName = keyof typeof PROBLEMS

/** Why a request, or one of its values, is refused. */
export interface Refusal<Name extends ProblemName = ProblemName> {
  readonly problem: Name
  /** What was wrong this time. */
  readonly detail: string
}

/** The `type` of a problem: a URN, because there is nothing to fetch at it. */
export const typeUri = (name: ProblemName): string => `urn:lambda-cache-extension:problem:${name}`

/** The body of a problem. */
export const toBody = ({ detail, problem }: Refusal): ProblemDetails.ProblemDetails => {
  const { status, title } = PROBLEMS[problem]
  return { type: typeUri(problem), status, title, detail }
}

/** The response for a problem. It must not be stored: the cause may be gone a moment later. */
export const toResponse = (
  refusal: Refusal,
  headers: Readonly<Record<string, string>> = {},
): HttpServerResponse.HttpServerResponse => {
  const { retryAfter }: ProblemType = PROBLEMS[refusal.problem]
  return ProblemDetails.toResponse(toBody(refusal)).pipe(
    HttpServerResponse.setHeaders({
      "cache-control": "no-store",
      ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
      ...headers,
    }),
  )
}

/** The response to a defect. Its cause is in the log. */
export const internalError = toResponse({
  problem: "internal-error",
  detail: "the extension's log says more",
})

const BY_REASON: Readonly<Record<SourceErrorReason["_tag"], ProblemName>> = {
  NotFound: "no-data-found",
  AccessDenied: "access-denied",
  Throttled: "throttled",
  TooManyGuesses: "too-many-requests",
  TimedOut: "aws-too-slow",
  TooLarge: "value-too-large",
  Unavailable: "aws-failed",
  CircuitOpen: "aws-failed",
  ConnectionLost: "aws-failed",
  ExpiredCredentials: "aws-failed",
  RefusedCredentials: "aws-failed",
  BadSignature: "aws-failed",
  InvalidRequest: "aws-failed",
}

/** The problem for a failure of AWS, if there is no older value to serve. */
export const fromSourceError = ({ reason }: SourceError): Refusal => ({
  problem: BY_REASON[reason._tag],
  detail: reason.detail,
})
