/**
 * Every answer that is not the value: problem details by RFC 9457, as `application/problem+json`.
 *
 * The only place where an error of the cache becomes an HTTP status. A problem says what was wrong and what
 * is allowed; it never shows a value or a stack trace. docs/problems.md explains each type.
 */
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as ProblemDetails from "effect/http/ProblemDetails"
import type { SourceError } from "../domain/SourceError.ts"

/** What is the same in every problem of a type. */
interface ProblemType {
  readonly status: number
  readonly title: string
  /** After how many seconds it is worth asking again (RFC 9110, section 10.2.3), where that is soon. */
  readonly retryAfter?: number
}

/** Every type of problem, by the last part of its URI. The URIs are stable: functions may tell problems apart by them. */
export const PROBLEMS = {
  "bad-request": { status: 400, title: "Bad request" },
  forbidden: { status: 403, title: "Forbidden" },
  "access-denied": { status: 403, title: "Access denied by AWS" },
  "no-data-found": { status: 404, title: "No data found" },
  "no-such-field": { status: 404, title: "No such field" },
  "not-found": { status: 404, title: "Not found" },
  "method-not-allowed": { status: 405, title: "Method not allowed" },
  "too-many-requests": { status: 429, title: "Too many requests", retryAfter: 1 },
  throttled: { status: 429, title: "Throttled by AWS", retryAfter: 1 },
  "internal-error": { status: 500, title: "Internal error" },
  "aws-failed": { status: 502, title: "AWS failed" },
  "value-too-large": { status: 502, title: "Value too large" },
  "not-ready": { status: 503, title: "Not ready", retryAfter: 1 },
  "aws-too-slow": { status: 504, title: "AWS is too slow" },
  "not-cached": { status: 504, title: "Not cached" },
} as const satisfies Readonly<Record<string, ProblemType>>

export type ProblemName = keyof typeof PROBLEMS

/** The `type` of a problem. A URN, because it names and does not lead anywhere: nothing is to be fetched. */
export const typeOf = (name: ProblemName): string => `urn:lambda-cache-extension:problem:${name}`

/** A problem as it stands in the body. */
export interface Problem {
  readonly type: string
  readonly status: number
  readonly title: string
  readonly detail: string
  /** Members of this type alone (RFC 9457, section 3.2). */
  readonly [extension: string]: unknown
}

/** A problem with what was wrong this time. */
export const problemOf = (name: ProblemName, detail: string): Problem => {
  const { status, title } = PROBLEMS[name]
  return { type: typeOf(name), status, title, detail }
}

/** Why a request, or one of the values it asks for, is refused. */
export interface Refusal {
  readonly problem: ProblemName
  readonly detail: string
}

/** Answers with a problem. It may not be kept: what was wrong may be right a moment later. */
export const respondWith = (
  name: ProblemName,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): HttpServerResponse.HttpServerResponse => {
  const { retryAfter }: ProblemType = PROBLEMS[name]
  return ProblemDetails.toResponse(problemOf(name, detail)).pipe(
    HttpServerResponse.setHeaders({
      "cache-control": "no-store",
      ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
      ...headers,
    }),
  )
}

/** The request itself is wrong: 400. */
export const badRequest = (detail: string) => respondWith("bad-request", detail)

/** No such path: 404. */
export const noSuchPath = (path: string, allowed: ReadonlyArray<string>) =>
  respondWith("not-found", `nothing is served at ${path}; available: ${allowed.join(", ")}`)

/** Another method than the path has: 405 with `Allow` (RFC 9110, section 15.5.6). */
export const methodNotAllowed = (method: string, allowed: ReadonlyArray<string>) =>
  respondWith("method-not-allowed", `${method} is not allowed here; allowed: ${allowed.join(", ")}`, {
    allow: allowed.join(", "),
  })

/** As many requests wait as may: 429. */
export const tooManyRequests = (most: number) =>
  respondWith(
    "too-many-requests",
    `${most} requests are waiting, as many as server.max_concurrent_requests allows`,
  )

/** A bug of ours: 500. What happened is in the log. */
export const internalError = respondWith("internal-error", "the extension's log says more")

/** What AWS's failure means for a read that nothing else could serve. */
export const nameOfSourceError = ({ reason }: SourceError): ProblemName => {
  switch (reason._tag) {
    case "NotFound":
      return "no-data-found"
    case "AccessDenied":
      return "access-denied"
    case "Throttled":
      return "throttled"
    case "TooManyGuesses":
      return "too-many-requests"
    case "TimedOut":
      return "aws-too-slow"
    case "TooLarge":
      return "value-too-large"
    case "Unavailable":
    case "CircuitOpen":
    case "ConnectionLost":
    case "ExpiredCredentials":
    case "RefusedCredentials":
    case "BadSignature":
    case "InvalidRequest":
      return "aws-failed"
  }
}

/** Answers a read that failed. */
export const fromSourceError = (error: SourceError) =>
  respondWith(nameOfSourceError(error), error.reason.detail)
