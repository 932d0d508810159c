/**
 * The URLs and headers that a section `http` may have. Pure.
 *
 * What a name leads to, and where a server redirects to, is checked at each request (`web/rules.ts`).
 */
import {
  firstFault,
  type Grammar,
  HEADER_VALUE,
  lengthFault,
  textFault,
  variableFault,
} from "../../config/fields/grammar.ts"

export const MAX_URL_LENGTH = 2_048

export const URL_ALLOWED = "a URL such as https://example.com/keys.json"

/** Why a text is no URL that can be requested. */
export const urlFault: Grammar = (text) =>
  firstFault(text, [
    textFault,
    variableFault,
    (url) => lengthFault(url, MAX_URL_LENGTH),
    (url) => {
      const parsed = URL.parse(url)
      if (parsed === null) return "it is no absolute URL"
      if (parsed.protocol !== "https:" && parsed.protocol !== "http:")
        return `its scheme is ${parsed.protocol.slice(0, -1)}`
      if (parsed.username !== "" || parsed.password !== "")
        return "there is a user or a password in it, which the log would show; a header can come from a secret"
      return parsed.hash === "" ? undefined : "there is a fragment in it, which is never sent"
    },
  ])

/** Addresses as URLs write them, of the networks that `web/addresses.ts` calls private or link-local. It decides about the rest. */
const PRIVATE =
  /^(?:10\.\d+|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|172\.(?:1[6-9]|2\d|3[01])|192\.168|198\.1[89])\.\d+\.\d+$/
const LINK_LOCAL = /^169\.254\.\d+\.\d+$/

/** Why every request to a host would be refused, if that is certain before any request. */
export const hostFault = (hostname: string, allowsPrivate: boolean): string | undefined => {
  if (LINK_LOCAL.test(hostname)) return "another address: metadata and credentials are at link-local ones"
  return PRIVATE.test(hostname) && !allowsPrivate
    ? "a public address, or a private one with allow_private: true"
    : undefined
}

/** A token of RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/

/** Headers that the extension sets, or that belong to the connection. */
const RESERVED: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "range",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
])

export const headerNameFault: Grammar = (text) => {
  if (!TOKEN.test(text)) return "it has other characters than the name of a header"
  return RESERVED.has(text.toLowerCase()) ? "the extension sets it" : undefined
}

export const headerValueFault: Grammar = (text) =>
  HEADER_VALUE.test(text) ? undefined : "it has characters that a header cannot have"
