/**
 * Accepts the function's own requests and refuses those that a browser or a proxy was tricked into sending. One pure
 * decision over the headers, for every route (`middleware.ts`) and for the shortcut.
 *
 * The port is open on the loopback interface only. What remains are requests that something inside the environment relays:
 * a browser that renders foreign pages, a proxy, a service that fetches its users' URLs.
 */
import type { HeaderLookup } from "../host/Platform.ts"
import type { Refusal } from "./problems.ts"

/** A second `Host` is malformed (RFC 9112, section 3.2); all else is forbidden. */
type GuardRefusal = Refusal<"bad-request" | "forbidden">

/** The host names for this machine, with or without a port. A final dot is the DNS root. */
const LOOPBACK_HOST = /^(?:localhost\.?|127\.0\.0\.1|\[::1\])(?::\d{0,5})?$/i

/** Headers that proxies add (RFC 7239; RFC 9110, section 7.6.3). A function calls directly. */
const PROXY_HEADERS = ["x-forwarded-for", "forwarded", "via"] as const

/**
 * The values of `Sec-Fetch-Site` for requests that no other site initiated (https://www.w3.org/TR/fetch-metadata/). `none` is
 * an address that a person typed; a page that redirects here keeps it.
 */
const OWN_SITES: ReadonlySet<string> = new Set(["none", "same-origin"])

/** The paths that describe the extension and show no value: a person may open them in a browser. */
export const OWN_PATHS = ["/health", "/ready", "/metrics", "/openapi.json"] as const

/** The path of values for environment variables. Like those of the kinds, it shows values. */
export const ENVIRONMENT_PATH = "/environment"

export type OwnPath = (typeof OWN_PATHS)[number]

/**
 * Sent with every response. An AppConfig configuration may be HTML: if a browser shows it anyway, it runs no scripts and is
 * sandboxed. https://www.w3.org/TR/CSP3/#directive-sandbox
 */
export const PROTECTIVE_HEADERS = {
  "content-security-policy": "default-src 'none'; sandbox",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
} as const

/** The header of the token, the same as in the AWS Parameters and Secrets extension. */
export const TOKEN_HEADER = "X-Aws-Parameters-Secrets-Token"

/** Whether a request has a header, even an empty one. */
export const hasHeader = (header: HeaderLookup, name: string): boolean =>
  (header(name) ?? undefined) !== undefined

const ALLOWED_HOSTS = "localhost, 127.0.0.1 or [::1], with or without a port"

const forbidden = (detail: string): GuardRefusal => ({ problem: "forbidden", detail })

/**
 * With DNS rebinding, a foreign page reaches this port under its own name, which is then the `Host`. Both servers refuse
 * HTTP/1.1 without the header. A request without it is HTTP/1.0, which no browser speaks.
 */
const hostRefusal = (host: string, isExposed: boolean): GuardRefusal | undefined => {
  if (LOOPBACK_HOST.test(host)) return undefined
  // Both runtimes join the values of a repeated header.
  if (host.includes(",")) return { problem: "bad-request", detail: "there must be one Host" }
  if (isExposed) return undefined
  return forbidden(`Host is ${JSON.stringify(host)}; allowed: ${ALLOWED_HOSTS}`)
}

/**
 * Whether a browser sent the request. All current browsers send `Sec-Fetch-Site` to this machine; Node's
 * `fetch` sends `Sec-Fetch-Mode: cors` alone.
 */
const isFromBrowser = (header: HeaderLookup): boolean =>
  hasHeader(header, "sec-fetch-site") || header("sec-fetch-mode") === "navigate"

const isFromForeignPage = (header: HeaderLookup): boolean =>
  hasHeader(header, "origin") || !OWN_SITES.has(header("sec-fetch-site") ?? "none")

/**
 * Why a request for a path is refused, judged by its headers. Undefined: it may pass. A port that other machines can reach
 * (`isExposed`) is called by names that nobody knows here. There a token is required, which no foreign page can send.
 */
export const refusalOf = (
  path: string,
  header: HeaderLookup,
  isExposed = false,
): GuardRefusal | undefined => {
  const host = header("host") ?? undefined
  const refusal = host === undefined ? undefined : hostRefusal(host, isExposed)
  if (refusal !== undefined) return refusal

  const proxy = PROXY_HEADERS.find((name) => hasHeader(header, name))
  if (proxy !== undefined) return forbidden(`the header ${proxy} shows a proxy; allowed: direct requests`)

  if (isFromForeignPage(header)) return forbidden("a web page sent this; allowed: requests by the function")
  if (isFromBrowser(header) && !OWN_PATHS.some((own) => own === path))
    return forbidden("a browser sent this; allowed: requests by the function")
  return undefined
}
