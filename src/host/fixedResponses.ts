/**
 * Responses that the host sends by itself while there is no application: before one is attached, and while the port closes.
 * Loaded before `register`: constants only.
 */
import { DEFAULT_MAX_CONCURRENT_REQUESTS } from "../domain/defaults.ts"

export interface FixedResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How many requests may wait for the application. config.yaml, which may allow more, is not read yet. */
export const MAX_PENDING = DEFAULT_MAX_CONCURRENT_REQUESTS

/** The response beyond `MAX_PENDING`: the same problem as from the routes (`http/problems.ts`). */
export const TOO_MANY_PENDING: FixedResponse = {
  status: 429,
  headers: { "content-type": "application/problem+json", "cache-control": "no-store", "retry-after": "1" },
  body: JSON.stringify({
    type: "urn:lambda-cache-extension:problem:too-many-requests",
    status: 429,
    title: "Too many requests",
    detail: `${MAX_PENDING} requests are waiting until the extension has started`,
  }),
}

/** While the port closes. */
export const CLOSING: FixedResponse = { status: 503, headers: { connection: "close" }, body: "" }

/** The routes could not be built; the log says why. */
export const BROKEN: FixedResponse = { status: 500, headers: {}, body: "" }
