/**
 * From a served value to the response: the requested part (the whole value, one parameter of a path, one field of JSON),
 * alone or with others in one object, or 304 if the function already has it.
 */
import type { Headers } from "effect/http/Headers"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Served } from "../cache/Served.ts"
import type { Kind } from "../domain/Address.ts"
import { jsonObject } from "../kinds/jsonText.ts"
import { kinds } from "../kinds/kinds.ts"
import type { Found } from "../kinds/lookup.ts"
import type { Policy, Value } from "../domain/Entry.ts"
import {
  combinedCacheStatus,
  type EntityTags,
  isNotModified,
  type Metadata,
  metadataOf,
  type TaggedHeaders,
  type Timing,
  timingOf,
  toHeaders,
} from "./headers.ts"
import { type Field, type FieldAt, fieldsOf, isJsonText } from "./jsonField.ts"
import { type Refusal, toBody } from "./problems.ts"

export const JSON_TYPE = "application/json"
const TEXT_TYPE = "text/plain; charset=utf-8"

/** A value, or the requested part of it. */
export interface Part {
  readonly served: Served
  readonly policy: Policy
  readonly body: string | Uint8Array
  readonly contentType: string
  /** Whether the body is the value's own. */
  readonly isWhole: boolean
  /** The member of a path that this is. */
  readonly member?: string
  /** Whether the body depends on the request's `Context`. */
  readonly isOfContext?: boolean
  /** The content codings of the body. Absent: none. */
  readonly coding?: string
  /** Whether the request's Accept-Encoding decides about the coding. */
  readonly isNegotiated?: boolean
}

/** The value as it is. */
export const wholeOf = ({ entry }: Found, served: Served): Part => ({
  served,
  policy: entry.policy,
  body: Redacted.value(served.value.body),
  contentType: served.value.contentType,
  isWhole: true,
  ...(served.value.coding === undefined ? {} : { coding: served.value.coding, isNegotiated: true }),
})

/** The parsed fields of values, kept as long as the value itself. */
const known = new WeakMap<Value, FieldAt>()

const findField = (
  { body, isWhole, served }: Part,
  tokens: ReadonlyArray<string>,
): Result.Result<Field, string> => {
  if (typeof body !== "string") return Result.fail("the value is binary")
  const fieldAt = (isWhole ? known.get(served.value) : undefined) ?? fieldsOf(body)
  if (isWhole) known.set(served.value, fieldAt)
  return fieldAt(tokens)
}

/** The value of one parameter of a path that is cached as a whole. */
export const memberOf = (part: Part, name: string): Result.Result<Part, Refusal> =>
  Result.mapBoth(findField(part, [name]), {
    onSuccess: ({ body }) => ({ ...part, body, contentType: TEXT_TYPE, isWhole: false, member: name }),
    onFailure: () => ({
      problem: "no-data-found",
      detail: `there is no ${JSON.stringify(name)} below its path`,
    }),
  })

/** One field of a JSON value, by the tokens of its JSON pointer. */
export const fieldOf = (part: Part, tokens: ReadonlyArray<string>): Result.Result<Part, Refusal> =>
  Result.mapBoth(findField(part, tokens), {
    onSuccess: ({ body, isJson }) => ({
      ...part,
      body,
      contentType: isJson ? JSON_TYPE : TEXT_TYPE,
      isWhole: false,
    }),
    onFailure: (detail) => ({ problem: "no-such-field", detail }),
  })

/** A value, or the member of a path, in one of the other forms of its kind. */
export const inForm = (part: Part, form: string, kind: Kind): Result.Result<Part, Refusal> => {
  const { body, member, served } = part
  const { forms } = kinds[kind].query
  const written = typeof body === "string" ? forms?.write(form, body, served.value, member) : undefined
  return written === undefined
    ? Result.fail({ problem: "no-such-field", detail: forms?.otherwise ?? "the value has no such form" })
    : Result.succeed({ ...part, body: written, contentType: JSON_TYPE, isWhole: false })
}

export type Named<A> = readonly [name: string, of: A]

/**
 * Members of a value that is a JSON object: one is answered as it is written, several as an object with them. Nothing is
 * answered if one is missing. `what` is what messages call a member.
 */
export const pickMembers = (
  part: Part,
  members: readonly [string, ...ReadonlyArray<string>],
  what: string,
): Result.Result<Part, Refusal> =>
  Result.gen(function* () {
    const named: Array<Named<string>> = []
    for (const member of members) {
      const field = findField(part, [member])
      if (Result.isFailure(field)) {
        const isPresent = Result.isSuccess(findField(part, []))
        const detail = isPresent ? `the value has no ${what} ${JSON.stringify(member)}` : field.failure
        return yield* Result.fail<Refusal>({ problem: "no-such-field", detail })
      }
      const { body, isJson } = field.success
      named.push([member, isJson ? body : JSON.stringify(body)])
    }
    const [[, first] = ["", ""], ...others] = named
    const body = others.length === 0 ? first : jsonObject(named, (text) => text)
    return { ...part, body, contentType: JSON_TYPE, isWhole: false }
  })

/** A body with its media type and the other headers. */
interface Reply {
  readonly body: string | Uint8Array
  readonly contentType: string
  readonly headers: TaggedHeaders
}

/** The response, or 304 without a body if `If-None-Match` has its tag (RFC 9110, section 13.1.2). */
export const respond = (
  { body, contentType, headers }: Reply,
  requested: Headers,
): HttpServerResponse.HttpServerResponse => {
  if (isNotModified(requested["if-none-match"], headers.etag))
    return HttpServerResponse.empty({ status: 304, headers })
  const options = { contentType, headers }
  return typeof body === "string"
    ? HttpServerResponse.text(body, options)
    : HttpServerResponse.uint8Array(body, options)
}

const respondWith = (
  metadata: Metadata,
  body: Part["body"],
  requested: Headers,
  more: Readonly<Record<string, string>> = {},
) => {
  const { "content-type": _, ...headers } = { ...toHeaders(metadata), ...more }
  return respond({ body, contentType: metadata.contentType, headers }, requested)
}

/** `Vary` for the request's `Context` (RFC 9110, section 12.5.5). */
export const OF_CONTEXT = { vary: "context" } as const

/**
 * The headers of a value that is stored in a content coding, whether the request accepts it or not, and of one that depends on the
 * `Context` had a say in. No value is both.
 */
const partHeaders = ({
  coding,
  isNegotiated = false,
  isOfContext = false,
}: Part): Readonly<Record<string, string>> => ({
  ...(coding === undefined ? {} : { "content-encoding": coding }),
  ...(isNegotiated ? { vary: "accept-encoding" } : {}),
  ...(isOfContext ? OF_CONTEXT : {}),
})

/** The entity tag of a part. */
export const tagOf = ({ body, contentType, isWhole, served }: Part, tags: EntityTags): string =>
  isWhole ? tags.ofValue(served.value) : tags.ofBody(contentType, body)

/** The response with one value. */
export const respondWithOne = (
  part: Part,
  tags: EntityTags,
  requested: Headers,
): HttpServerResponse.HttpServerResponse => {
  const { body, contentType, policy, served } = part
  const metadata = { ...metadataOf(served, timingOf(served, policy), tagOf(part, tags)), contentType }
  return respondWith(metadata, body, requested, partHeaders(part))
}

/** A value inside JSON: JSON as it is written, other text as a string, bytes in base64. */
const toJson = ({ body, contentType }: Part): string => {
  if (typeof body !== "string") return JSON.stringify(Buffer.from(body).toString("base64"))
  // Nothing else checks whether a configuration is the JSON that its media type promises.
  return contentType === JSON_TYPE && isJsonText(body) ? body : JSON.stringify(body)
}

/** The age of the oldest, the ttl of the first to expire; not stored if anything is missing. */
const combinedTiming = (parts: ReadonlyArray<Part>, failures: number): Timing => {
  const all = parts.map(({ policy, served }) => timingOf(served, policy))
  const age = Math.max(0, ...all.map((one) => one.age))
  const ttl = Math.min(...all.map((one) => one.ttl))
  const isStorable = failures === 0 && all.every(({ lifetime }) => lifetime !== undefined)
  return { age, ttl, lifetime: isStorable ? Math.max(0, age + ttl) : undefined }
}

/** The response with several values, and the reasons for missing ones. */
export const respondWithSeveral = (
  values: ReadonlyArray<Named<Part>>,
  errors: ReadonlyArray<Named<Refusal>>,
  tags: EntityTags,
  requested: Headers,
): HttpServerResponse.HttpServerResponse => {
  const parts = values.map(([, part]) => part)
  const timing = combinedTiming(parts, errors.length)
  const problems = jsonObject(errors, (refusal) => JSON.stringify(toBody(refusal)))
  const body = `{"values":${jsonObject(values, toJson)},"errors":${problems}}`
  const served = parts.map((part) => part.served)
  const metadata = {
    ...timing,
    contentType: JSON_TYPE,
    etag: tags.ofBody(JSON_TYPE, body),
    cacheStatus: combinedCacheStatus(served, timing.ttl, errors.length),
  }
  const isOfContext = parts.some((part) => part.isOfContext)
  return respondWith(metadata, body, requested, isOfContext ? OF_CONTEXT : {})
}
