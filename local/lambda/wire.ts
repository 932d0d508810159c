/**
 * Requests and replies of the local Lambda APIs, apart from the sockets that carry them.
 *
 * The server turns bytes into a `Request`, the two APIs turn a request into a `Reply`.
 */
import { type IncomingHttpHeaders } from "node:http"

export interface Request {
  readonly method: string
  /** Path without the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Size of the body as it was sent; `body` is cut off past the limit of the Runtime API. */
  readonly bytes: number
  /** Trailers of a chunked request, in lower case. */
  readonly trailers: Readonly<Record<string, string | undefined>>
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Set on refusals, for the event log. */
  readonly errorType?: string
}

export const text = (status: number, body: string, headers: Reply["headers"] = {}): Reply => ({
  status,
  headers,
  body,
})

export const json = (status: number, body: unknown, headers: Reply["headers"] = {}): Reply =>
  text(status, JSON.stringify(body), { "Content-Type": "application/json", ...headers })

export const accepted: Reply = json(202, { status: "OK" })

/** An error reply, in the form of every Lambda API: `{"errorMessage", "errorType"}`. */
export const refuse = (status: number, errorType: string, errorMessage: string): Reply => ({
  ...json(status, { errorMessage, errorType }),
  errorType,
})

/** One header's value; empty when it is missing. */
export const header = (request: Request, name: string): string => {
  const value = request.headers[name.toLowerCase()]
  return (Array.isArray(value) ? value[0] : value) ?? ""
}
