/**
 * The policy keys of `cache` and of each section's items, and their precedence: CACHE_EXTENSION_TTL, the item, `cache`,
 * the defaults. Pure.
 */
import * as Result from "effect/Result"
import type { Policy } from "../../domain/Entry.ts"
import * as defaults from "../../domain/defaults.ts"
import * as GoBoolean from "../go/GoBoolean.ts"
import type { DecodedKeys, Scalar } from "./Field.ts"
import * as fields from "./fields.ts"

/** The keys, for the fields of an item. */
export const policyFields = {
  ttl: fields.optional(
    fields.duration("How long a value is fresh. CACHE_EXTENSION_TTL overrides it. Default 60m."),
  ),
  stale_while_revalidate: fields.optional(
    fields.span(
      "How long past the ttl the old value is served at once while a new one is fetched. Default 0s.",
    ),
  ),
  stale_if_error: fields.optional(
    fields.span("How long past the ttl the old value is served while AWS fails. Default 24h."),
  ),
  stale_if_denied: fields.optional(
    fields.span(
      "How long the old value is served after AWS first denied access, never past stale_if_error. Default 5m.",
    ),
  ),
  negative_ttl: fields.optional(
    fields.span("How long it is remembered that something does not exist. Default 5s."),
  ),
}

const PLAIN = "plain"

const plainOrFlag = (values: string, plainIf: string): Scalar<boolean | typeof PLAIN> => ({
  type: "scalar",
  description: `Whether the shared tier keeps ${values}: false, true, or plain if ${plainIf} and shared has no encryption. Default true.`,
  allowed: `${GoBoolean.GO_BOOLEANS.join(", ")}, ${PLAIN}`,
  isAllowed: (text) => text === PLAIN || Result.isSuccess(GoBoolean.parse(text)),
  parse: (text) => (text === PLAIN ? text : Result.getOrThrow(GoBoolean.parse(text))),
  editorTypes: ["boolean", "string", "integer"],
  jsonSchema: { enum: [true, false, 1, 0, ...GoBoolean.GO_BOOLEANS, PLAIN] },
})

/** The key `shared` of an item. */
export const sharedField = {
  shared: fields.optional(fields.flag("Whether the shared tier keeps these values. Default true.")),
}

/** The key `shared` of an item whose values may be secret. With `plain` it declares that they are not: `KindDescription.plainIf`. */
export const sharedOrPlainField = (values: string, plainIf: string) => ({
  shared: fields.optional(plainOrFlag(values, plainIf)),
})

/** The policy keys as decoded, in milliseconds. */
export type PolicyKeys = DecodedKeys<typeof policyFields> & {
  readonly shared?: boolean | typeof PLAIN
}

/** The policy if the file has no keys. */
export const DEFAULT_POLICY: Policy = {
  ttl: defaults.DEFAULT_TTL,
  staleWhileRevalidate: defaults.DEFAULT_STALE_WHILE_REVALIDATE,
  staleIfError: defaults.DEFAULT_STALE_IF_ERROR,
  staleIfDenied: defaults.DEFAULT_STALE_IF_DENIED,
  negativeTtl: defaults.DEFAULT_NEGATIVE_TTL,
}

/**
 * Overrides a policy by the keys of an item or of `cache`.
 *
 * @param ttl CACHE_EXTENSION_TTL in milliseconds, which overrides both.
 */
export const settlePolicy = (keys: PolicyKeys, base: Policy, ttl: number | undefined): Policy => ({
  ttl: ttl ?? keys.ttl ?? base.ttl,
  staleWhileRevalidate: keys.stale_while_revalidate ?? base.staleWhileRevalidate,
  staleIfError: keys.stale_if_error ?? base.staleIfError,
  staleIfDenied: keys.stale_if_denied ?? base.staleIfDenied,
  negativeTtl: keys.negative_ttl ?? base.negativeTtl,
  ...(keys.shared === false ? { shared: "never" } : {}),
  ...(keys.shared === PLAIN ? { shared: PLAIN } : {}),
})
