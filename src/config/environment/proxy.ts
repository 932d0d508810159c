/**
 * Which calls to AWS go through a proxy, and through which: HTTPS_PROXY and NO_PROXY, in either case, as curl reads them.
 * `Settings` reads them once, for both hosts alike. Pure.
 *
 * Plain HTTP never goes through a proxy, nor does anything that is not a call to AWS: the Extensions API, the endpoint of
 * credentials, spans.
 */
import type { Variables } from "./variables.ts"

/** The proxy for an origin (`https://ssm.eu-west-1.amazonaws.com`), if it is to be reached through one. */
export type ProxyFor = (origin: string) => URL | undefined

/** What HTTPS_PROXY may be. */
const PROXY_ALLOWED =
  "a proxy's URL such as http://proxy.example:3128, with user:password@ if it asks for them"

const SCHEMES = new Set(["http:", "https:"])

const WITH_SCHEME = /^[a-z][a-z\d+.-]*:\/\//i

/** Whether a `%` begins two hexadecimal digits wherever there is one. */
const isEncoded = (text: string): boolean => !/%(?![\da-f]{2})/i.test(text)

/** A proxy's URL; `proxy.example:3128` is one over plain HTTP. Undefined where it is none. */
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

/** Whether an entry of NO_PROXY is about a host: `*`, a name with all below it, an address; each with or without a port. */
const isAbout = (entry: string, hostname: string, port: string): boolean => {
  if (entry === "*") return true
  // More colons than one without brackets are an address of IPv6.
  const [, name = entry, at = port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? []
  if (name === "" || at !== port) return false
  const domain = name.replace(/^\*?\./, "")
  return hostname === domain || hostname === `[${domain}]` || hostname.endsWith(`.${domain}`)
}

/**
 * What HTTPS_PROXY and NO_PROXY ask for; undefined: no proxy. A bad HTTPS_PROXY is a fault, which does not quote it, as it
 * may hold a password.
 */
export const readProxy = ({ fault, textOf }: Pick<Variables, "fault" | "textOf">): ProxyFor | undefined => {
  // Small letters win.
  const variable = textOf("https_proxy") === undefined ? "HTTPS_PROXY" : "https_proxy"
  const text = textOf(variable)
  if (text === undefined) return undefined
  const proxy = parseProxy(text)
  if (proxy === undefined) {
    fault(variable, "something that is not a proxy's URL", PROXY_ALLOWED)
    return undefined
  }
  const exempt = (textOf("no_proxy") ?? textOf("NO_PROXY") ?? "").toLowerCase().split(/[\s,]+/)
  return (origin) => {
    const { hostname, port, protocol } = new URL(origin)
    if (protocol !== "https:" || LOOPBACK.test(hostname)) return undefined
    return exempt.some((entry) => isAbout(entry, hostname, port || DEFAULT_PORT)) ? undefined : proxy
  }
}
