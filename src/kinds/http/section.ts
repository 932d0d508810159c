/**
 * The section `http`: what URLs return, each by one GET.
 *
 * Not in the Go sample. Functions request the URL, or the name that the item gives it. Only listed URLs are requested: a
 * function can request any other by itself.
 */
import { DEFAULT_MAX_BODY_BYTES, DEFAULT_MAX_REDIRECTS } from "../../domain/defaults.ts"
import type { Decoded } from "../../config/fields/Field.ts"
import * as fields from "../../config/fields/fields.ts"
import { policyFields, sharedField } from "../../config/fields/policies.ts"
import { quoteText } from "../../config/yaml/ConfigInvalid.ts"
import { isMapping } from "../../config/yaml/YamlDocument.ts"
import { accessFields, regionRule, resolveAccess } from "../access.ts"
import { currentSecret, secretFault } from "../secrets/secretId.ts"
import { defineSection, type ItemFault, type SectionContext, type WrittenItem } from "../Section.ts"
import type { UrlHeader } from "./address.ts"
import { headerNameFault, headerValueFault, hostFault, URL_ALLOWED, urlFault } from "./url.ts"

const MOST_REDIRECTS = 10
const header = fields.mapping(
  {
    name: fields.named("The header's name.", "a header's name such as Authorization", headerNameFault),
    value: fields.optional(fields.named("The header's value.", "a header's value", headerValueFault)),
    secret: fields.optional(
      fields.named(
        "The name or ARN of the secret that is the header's value.",
        "a secret's name or ARN",
        secretFault,
      ),
    ),
    json: fields.optional(
      fields.jsonPointer("The JSON pointer to a field of the secret. Default: the whole secret."),
    ),
    prefix: fields.optional(
      fields.value("What stands before the secret, such as 'Bearer '.", "a text such as 'Bearer '"),
    ),
  },
  "A header of the request. It has one of value and secret.",
)

const allowHttp = fields.flag("Whether plain HTTP to another machine is allowed. Default false.")
const allowPrivate = fields.flag("Whether private addresses are allowed, as in a VPC. Default false.")

const item = fields.mapping(
  {
    url: fields.named("The URL.", URL_ALLOWED, urlFault),
    name: fields.optional(fields.ownName("What functions ask for: GET /http?name=<name>. Default: the URL.")),
    headers: fields.optional(
      fields.list(
        header,
        "Headers of the request. Only the URL's own origin gets them.",
        "a list of headers",
      ),
    ),
    max_bytes: fields.optional(
      fields.bytes("The longest body that is kept. Reads of a longer one get 502. Default 1MiB."),
    ),
    max_redirects: fields.optional(
      fields.wholeNumber(
        `How many redirects are followed. Default ${DEFAULT_MAX_REDIRECTS}.`,
        0,
        MOST_REDIRECTS,
      ),
    ),
    honour_cache_control: fields.optional(
      fields.flag("Whether Cache-Control of the answer can shorten the policy. Default false."),
    ),
    allow_http: fields.optional(allowHttp),
    allow_private: fields.optional(allowPrivate),
    ...accessFields,
    ...policyFields,
    ...sharedField,
  },
  "What a URL returns.",
)

const LOOPBACK_HOST = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/i

/** Whether a flag is written, and on. */
const isOn = (flag: ReturnType<typeof fields.flag>, written: unknown): boolean =>
  typeof written === "string" && flag.isAllowed(written) === true && flag.parse(written)

/** Plain HTTP to another machine has to be allowed. Redirects and addresses are checked at each request. */
const schemeRule = ({ values: { allow_http: written, url } }: WrittenItem): ReadonlyArray<ItemFault> => {
  const parsed = typeof url === "string" ? URL.parse(url) : null
  if (parsed?.protocol !== "http:" || LOOPBACK_HOST.test(parsed.hostname)) return []
  if (isOn(allowHttp, written)) return []
  return [
    {
      path: ["url"],
      found: quoteText(String(url)),
      allowed: "https://, http:// to this machine, or any http:// with allow_http: true",
    },
  ]
}

/** A URL with an address that each request would refuse. Names are looked up at each request. */
const hostRule = ({ values: { allow_private: written, url } }: WrittenItem): ReadonlyArray<ItemFault> => {
  const parsed = typeof url === "string" ? URL.parse(url) : null
  const fault = parsed && hostFault(parsed.hostname, isOn(allowPrivate, written))
  return fault ? [{ path: ["url"], found: quoteText(String(url)), allowed: fault }] : []
}

/** A header has either `value` or `secret`; `json` and `prefix` belong to a secret. */
const headerRules = ({ values: { headers } }: WrittenItem): ReadonlyArray<ItemFault> => {
  if (!Array.isArray(headers)) return []
  return headers.flatMap((header: unknown, index): ReadonlyArray<ItemFault> => {
    if (!isMapping(header)) return []
    const has = (key: string) => Object.hasOwn(header, key)
    const path = ["headers", index]
    if (has("value") === has("secret"))
      return [
        {
          path,
          found: has("value") ? "value and secret" : "neither value nor secret",
          allowed: "one of value and secret",
        },
      ]
    const lonely = ["json", "prefix"].filter((key) => has(key) && !has("secret"))
    return lonely.map((key) => ({
      path: [...path, key],
      found: "it without secret",
      allowed: `${key} beside secret`,
    }))
  })
}

/** The secrets of the headers, whose ARNs name their regions. */
const secretsOf = ({ values: { headers } }: WrittenItem) =>
  Array.isArray(headers)
    ? headers.flatMap((header: unknown, index) =>
        isMapping(header) && typeof header["secret"] === "string"
          ? [{ text: header["secret"], path: ["headers", index, "secret"] }]
          : [],
      )
    : []

/** The region of entries without secrets, for which it means nothing. */
const NO_REGION = "none"

const headersOf = (given: Decoded<typeof item>, context: SectionContext): ReadonlyArray<UrlHeader> =>
  (given.headers ?? []).flatMap((header): ReadonlyArray<UrlHeader> => {
    const name = header.name.toLowerCase()
    const { json, prefix = "", secret, value } = header
    if (value !== undefined) return [{ name, value }]
    const access = secret === undefined ? undefined : resolveAccess(given, secret, context.region)
    if (secret === undefined || access === undefined) return [] // The rules have reported it.
    return [{ name, secret: currentSecret(secret, access), prefix, ...(json === undefined ? {} : { json }) }]
  })

export const section = defineSection({
  kind: "http",
  description: "What URLs return. Functions ask for GET /http?name=<url>, or by the item's name.",
  item,
  rules: (written, context) => [
    ...schemeRule(written),
    ...hostRule(written),
    ...headerRules(written),
    ...regionRule(written, secretsOf(written), context.region),
  ],
  drafts: (item, path, context) => {
    const access = resolveAccess(item, "", context.region ?? NO_REGION)
    if (access === undefined) return []
    return [
      {
        name: item.name ?? item.url,
        address: {
          kind: "http",
          ...access,
          url: item.url,
          headers: headersOf(item, context),
          maxBytes: item.max_bytes ?? DEFAULT_MAX_BODY_BYTES,
          maxRedirects: item.max_redirects ?? DEFAULT_MAX_REDIRECTS,
          honourCacheControl: item.honour_cache_control ?? false,
          allowHttp: item.allow_http ?? false,
          allowPrivate: item.allow_private ?? false,
        },
        policy: item,
        path,
      },
    ]
  },
})
