/**
 * What Node's parser lets pass although it is no HTTP/1.1 request, or one that could be read in two ways. RFC 9112.
 *
 * The first look at every request of the Node layer, before `register` and on the read path: it compares, and allocates nothing.
 * Bun's parser refuses the same by itself.
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

/** Where the body ends is sure for `chunked` alone; in HTTP/1.0 there is no such header (RFC 9112, section 6.1). */
const isEncodingAllowed = (encoding: string | undefined, version: string): boolean =>
  encoding === undefined || (version === "1.1" && encoding.toLowerCase() === "chunked")

/** A client that names two hosts means one of them to one reader and the other to another. */
const isTargetAllowed = (url: string, host: string | undefined): boolean => {
  if (url.startsWith("/") || url === "*") return true
  const [, authority] = ABSOLUTE.exec(url) ?? []
  return authority !== undefined && authority !== "" && authority.toLowerCase() === host?.toLowerCase()
}

/** Why a request must not be read on; undefined: it may. */
export const framingRefusal = ({
  headers,
  httpVersion,
  url = "/",
}: Pick<IncomingMessage, "headers" | "httpVersion" | "url">): FixedResponse | undefined => {
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return VERSION
  if (!isEncodingAllowed(headers["transfer-encoding"], httpVersion)) return ENCODING
  return isTargetAllowed(url, headers.host) ? undefined : TARGET
}
