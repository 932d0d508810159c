/**
 * HTTPS_PROXY and NO_PROXY, in lower or upper case, read as curl does: which calls to AWS go through which proxy. Pure.
 *
 * Only HTTPS calls to AWS use a proxy. The Extensions API, the credentials endpoint and spans never do.
 */
import type { Variables } from "./variables.ts"

/** The proxy of an origin (`https://ssm.eu-west-1.amazonaws.com`); undefined: a direct connection. */
export type ProxyFor = (origin: string) => URL | undefined

const PROXY_ALLOWED =
  "a proxy's URL such as http://proxy.example:3128, with user:password@ if it asks for them"

const SCHEMES = new Set(["http:", "https:"])

const WITH_SCHEME = /^[a-z][a-z\d+.-]*:\/\//i

/** Whether two hexadecimal digits follow each `%`. */
const isEncoded = (text: string): boolean => !/%(?![\da-f]{2})/i.test(text)

/** Parses a proxy's URL; without a scheme, it is plain HTTP. Undefined for anything else. */
export const parseProxy = (text: string): URL | undefined => {
  const full = WITH_SCHEME.test(text) ? text : `http://${text}`
  if (!URL.canParse(full) || !isEncoded(full)) return undefined
  const url = new URL(full)
  return SCHEMES.has(url.protocol) && url.pathname === "/" && url.search === "" && url.hash === ""
    ? url
    : undefined
}

const LOOPBACK = /^(?:.*\.)?localhost$|^127\.|^\[::1\]$/

const DEFAULT_PORT = "443"

/** Whether an entry of NO_PROXY matches a host: `*`, a domain with its subdomains or an address, each with an optional port. */
const isAbout = (entry: string, hostname: string, port: string): boolean => {
  if (entry === "*") return true
  // Several colons without brackets are an IPv6 address.
  const [, name = entry, at = port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? []
  if (name === "" || at !== port) return false
  const domain = name.replace(/^\*?\./, "")
  return hostname === domain || hostname === `[${domain}]` || hostname.endsWith(`.${domain}`)
}

/**
 * Reads both variables; undefined: no proxy. The fault of a bad HTTPS_PROXY does not quote it, because it may contain a
 * password.
 */
export const readProxy = ({ fault, get }: Pick<Variables, "fault" | "get">): ProxyFor | undefined => {
  // Lower case wins, as in curl.
  const variable = get("https_proxy") === undefined ? "HTTPS_PROXY" : "https_proxy"
  const text = get(variable)
  if (text === undefined) return undefined
  const proxy = parseProxy(text)
  if (proxy === undefined) {
    fault(variable, "something that is not a proxy's URL", PROXY_ALLOWED)
    return undefined
  }
  const exempt = (get("no_proxy") ?? get("NO_PROXY") ?? "").toLowerCase().split(/[\s,]+/)
  return (origin) => {
    const { hostname, port, protocol } = new URL(origin)
    if (protocol !== "https:" || LOOPBACK.test(hostname)) return undefined
    return exempt.some((entry) => isAbout(entry, hostname, port || DEFAULT_PORT)) ? undefined : proxy
  }
}
