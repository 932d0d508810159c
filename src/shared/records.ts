/**
 * What a record of the store contains: what AWS answered, and when it was asked, as JSON, sealed if there is a cipher.
 *
 * Whoever may write to the store may write anything, so nothing is used before it has been checked. The time is part of the
 * sealed text, so that nobody can make an old value look new. `tier.ts` reads and writes records.
 */
import { Buffer } from "node:buffer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Value } from "../domain/Entry.ts"
import { NotFound, SourceError } from "../domain/SourceError.ts"
import type { Known } from "./Shared.ts"

/**
 * - `Value`, `Absent`: what AWS answered.
 * - `Forgotten`: an answer from before this time does not count any more (DELETE).
 * - `TooLarge`: AWS answered with a value that is too large to be shared.
 */
export type Content = Known | { readonly _tag: "Forgotten" | "TooLarge"; readonly askedAt: number }

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const bodyFields = (body: string | Uint8Array) =>
  typeof body === "string" ? { text: body } : { bytes: Buffer.from(body).toString("base64") }

const fieldsOf = (content: Content): Readonly<Record<string, unknown>> => {
  switch (content._tag) {
    case "Value": {
      const { body, contentType, details, version } = content.value
      return { ...bodyFields(Redacted.value(body)), contentType, version, details }
    }
    case "Absent":
      return { absent: content.error.message }
    case "Forgotten":
      return { forgotten: true }
    case "TooLarge":
      return { tooLarge: true }
  }
}

/** The text of a record. `askedAt` is by the store's clock. */
export const encode = (content: Content): Redacted.Redacted<string> =>
  Redacted.make(JSON.stringify({ askedAt: content.askedAt, ...fieldsOf(content) }))

const bodyIn = ({ bytes, text }: Readonly<Record<string, unknown>>): string | Uint8Array | undefined => {
  if (typeof text === "string") return text
  return typeof bytes === "string" ? new Uint8Array(Buffer.from(bytes, "base64")) : undefined
}

/** What a header may contain (RFC 9110, section 5.5): the media type becomes one. */
const PRINTABLE = /^[!-~][ -~]{0,254}$/

const valueIn = (fields: Readonly<Record<string, unknown>>): Value | undefined => {
  const { contentType, details, version } = fields
  const body = bodyIn(fields)
  if (body === undefined || typeof contentType !== "string" || !PRINTABLE.test(contentType)) return undefined
  return {
    body: Redacted.make(body),
    contentType,
    ...(typeof version === "string" ? { version } : {}),
    ...(isObject(details) ? { details } : {}),
  }
}

const parse = (text: string): unknown => Result.getOrUndefined(Result.try((): unknown => JSON.parse(text)))

/** What a record contains; undefined if it is none, or says another time than the store. */
export const decode = (text: Redacted.Redacted<string>, askedAt: number): Content | undefined => {
  const fields = parse(Redacted.value(text))
  if (!isObject(fields) || fields["askedAt"] !== askedAt) return undefined
  if (fields["forgotten"] === true) return { _tag: "Forgotten", askedAt }
  if (fields["tooLarge"] === true) return { _tag: "TooLarge", askedAt }
  const { absent } = fields
  if (typeof absent === "string")
    return { _tag: "Absent", askedAt, error: new SourceError({ reason: new NotFound({ detail: absent }) }) }
  const value = valueIn(fields)
  return value === undefined ? undefined : { _tag: "Value", value, askedAt }
}
