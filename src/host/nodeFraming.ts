/**
 * Refuses requests that Node's parser accepts although they are ambiguous or not HTTP/1.1 (RFC 9112). Bun's parser refuses
 * them itself.
 *
 * Runs for every request of the Node layer, on the read path: it only compares, and allocates nothing.
 */
import type { IncomingMessage } from "node:http"
import type { FixedResponse } from "./fixedResponses.ts"

const refusal = (status: number, body: string): FixedResponse => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8", connection: "close" },
  body,
})

const VERSION = refusal(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
const ENCODING = refusal(400, "Transfer-Encoding may only be chunked, in HTTP/1.1")
const TARGET = refusal(
  400,
  "the target is http://<authority>/... with the authority that Host names, or a path",
)

/** A target in absolute form: scheme and authority (RFC 9112, section 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i

/** Only `chunked` delimits a body reliably, and HTTP/1.0 does not know the header (RFC 9112, section 6.1). */
const isEncodingAllowed = (encoding: string | undefined, version: string): boolean =>
  encoding === undefined || (version === "1.1" && encoding.toLowerCase() === "chunked")

/** A target and a Host header with different hosts are ambiguous. */
const isTargetAllowed = (url: string, host: string | undefined): boolean => {
  if (url.startsWith("/") || url === "*") return true
  const [, authority] = ABSOLUTE.exec(url) ?? []
  return authority !== undefined && authority !== "" && authority.toLowerCase() === host?.toLowerCase()
}

/** The response to a request that must not be processed; undefined if it may be. */
export const framingRefusal = ({
  headers,
  httpVersion,
  url = "/",
}: Pick<IncomingMessage, "headers" | "httpVersion" | "url">): FixedResponse | undefined => {
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return VERSION
  if (!isEncodingAllowed(headers["transfer-encoding"], httpVersion)) return ENCODING
  return isTargetAllowed(url, headers.host) ? undefined : TARGET
}
