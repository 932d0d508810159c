/**
 * Every answer that is not the value: problem details by RFC 9457, as `application/problem+json`.
 *
 * The only place where an error of the cache becomes an HTTP status. A problem says what was wrong and what
 * is allowed; it never shows a value or a stack trace.
 */
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as ProblemDetails from "effect/http/ProblemDetails"
import type { SourceError } from "../domain/SourceError.ts"

/** After how many seconds it is worth asking again when AWS throttles. */
const RETRY_AFTER_SECONDS = 1

const problem = (status: number, title: string, detail: string): HttpServerResponse.HttpServerResponse =>
  ProblemDetails.toResponse({ type: ProblemDetails.blankType, status, title, detail })

/** The request itself is wrong: 400. */
export const badRequest = (detail: string) => problem(400, "Bad request", detail)

/** No such path: 404. */
export const noSuchPath = (path: string, allowed: ReadonlyArray<string>) =>
  problem(404, "Not found", `there is nothing at ${path}; there is ${allowed.join(", ")}`)

/** Another method than the path has: 405 with `Allow` (RFC 9110, section 15.5.6). */
export const methodNotAllowed = (method: string, allowed: ReadonlyArray<string>) =>
  problem(405, "Method not allowed", `${method} is not allowed here; allowed: ${allowed.join(", ")}`).pipe(
    HttpServerResponse.setHeader("allow", allowed.join(", ")),
  )

/** Nothing to return: 404 in the original's words. */
export const noDataFound = (detail: string) => problem(404, "No data found", detail)

/** A bug of ours: 500. What happened is in the log. */
export const internalError = problem(500, "Internal error", "the extension's log says more")

/** What AWS's failure means for a read that nothing else could serve. */
export const fromSourceError = ({ reason }: SourceError): HttpServerResponse.HttpServerResponse => {
  switch (reason._tag) {
    case "NotFound":
      return noDataFound(reason.detail)
    case "AccessDenied":
      return problem(403, "Access denied by AWS", reason.detail)
    case "Throttled":
      return problem(429, "Throttled by AWS", reason.detail).pipe(
        HttpServerResponse.setHeader("retry-after", String(RETRY_AFTER_SECONDS)),
      )
    case "TimedOut":
      return problem(504, "AWS is too slow", reason.detail)
    case "TooLarge":
      return problem(502, "Value too large", reason.detail)
    case "Unavailable":
    case "CircuitOpen":
    case "ConnectionLost":
    case "ExpiredCredentials":
    case "BadSignature":
    case "InvalidRequest":
      return problem(502, "AWS failed", reason.detail)
  }
}
