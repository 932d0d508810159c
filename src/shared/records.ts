/**
 * The text of a record, in JSON: what AWS answered, and when it was asked. The text of a pack has this for several entries.
 *
 * Whoever may write to the store can write anything, so a record is checked before any of it is used. The times are part of
 * the text, which is sealed if there is a cipher, so nobody can make an old value look new. `contents.ts` reads and writes.
 */
import { Buffer } from "node:buffer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Lifetime, Value } from "../domain/Entry.ts"
import { NotFound, SourceError } from "../domain/SourceError.ts"
import type { Known } from "./Shared.ts"

/**
 * - `Value`, `Absent`: what AWS answered.
 * - `Forgotten`: an answer from before this time does not count any more (DELETE).
 * - `TooLarge`: AWS answered with a value that is too large to be shared.
 * - `Elsewhere`: too large for a pack; the entry's own record has it.
 */
export type Content =
  | Known
  | { readonly _tag: "Elsewhere" | "Forgotten" | "TooLarge"; readonly askedAt: number }

/** A content, and from when on nobody needs it. Times by the store's clock. */
export interface Dated {
  readonly content: Content
  readonly expiresAt: number
}

/** The contents of a pack, by the last part of the key of each record. */
export type Pack = ReadonlyMap<string, Dated>

type Fields = Readonly<Record<string, unknown>>

const MARKS = { Elsewhere: "elsewhere", Forgotten: "forgotten", TooLarge: "tooLarge" } as const

const bodyFields = (body: string | Uint8Array): Fields =>
  typeof body === "string" ? { text: body } : { bytes: Buffer.from(body).toString("base64") }

const valueFields = ({ body, coding, contentType, details, lifetime, version }: Value): Fields => ({
  ...bodyFields(Redacted.value(body)),
  contentType,
  coding,
  lifetime,
  version,
  details,
})

const fieldsOf = (content: Content): Fields => {
  const { askedAt } = content
  switch (content._tag) {
    case "Value":
      return { askedAt, ...valueFields(content.value) }
    case "Absent":
      return { askedAt, absent: content.error.message }
    default:
      return { askedAt, [MARKS[content._tag]]: true }
  }
}

/** The text of a record. */
export const encode = (content: Content): Redacted.Redacted<string> =>
  Redacted.make(JSON.stringify(fieldsOf(content)))

/** The longest text of a member of a pack, in characters. */
const LONGEST_MEMBER = 30_000

const memberFields = ({ content, expiresAt }: Dated): Fields => {
  const fields = fieldsOf(content)
  const { askedAt } = content
  const isTooLong = JSON.stringify(fields).length > LONGEST_MEMBER
  return { ...(isTooLong ? fieldsOf({ _tag: "Elsewhere", askedAt }) : fields), expiresAt }
}

/** The text of a pack. `version` is when its writer read the pack before it. */
export const encodePack = (pack: Pack, version: number): Redacted.Redacted<string> =>
  Redacted.make(
    JSON.stringify({
      askedAt: version,
      members: Object.fromEntries(Array.from(pack, ([key, dated]) => [key, memberFields(dated)])),
    }),
  )

const bodyIn = ({ bytes, text }: Fields): string | Uint8Array | undefined => {
  if (typeof text === "string") return text
  return typeof bytes === "string" ? new Uint8Array(Buffer.from(bytes, "base64")) : undefined
}

/** What a header may contain (RFC 9110, section 5.5): the media type becomes one. */
const PRINTABLE = /^[!-~][ -~]{0,254}$/

/** Numbers, or nothing, under names that the policy has. */
const isLifetime = (input: unknown): input is Lifetime =>
  Predicate.isObject(input) && Object.values(input).every((time) => typeof time === "number" && time >= 0)

const valueIn = (fields: Fields): Value | undefined => {
  const { coding, contentType, details, lifetime, version } = fields
  const body = bodyIn(fields)
  if (body === undefined || typeof contentType !== "string" || !PRINTABLE.test(contentType)) return undefined
  if (coding !== undefined && (typeof coding !== "string" || !PRINTABLE.test(coding))) return undefined
  return {
    body: Redacted.make(body),
    contentType,
    ...(coding === undefined ? {} : { coding }),
    ...(isLifetime(lifetime) ? { lifetime } : {}),
    ...(typeof version === "string" ? { version } : {}),
    ...(Predicate.isObject(details) ? { details } : {}),
  }
}

const contentIn = (fields: Fields): Content | undefined => {
  const { absent, askedAt } = fields
  if (typeof askedAt !== "number" || !Number.isFinite(askedAt)) return undefined
  for (const tag of ["Elsewhere", "Forgotten", "TooLarge"] as const)
    if (fields[MARKS[tag]] === true) return { _tag: tag, askedAt }
  if (typeof absent === "string")
    return { _tag: "Absent", askedAt, error: new SourceError({ reason: new NotFound({ detail: absent }) }) }
  const value = valueIn(fields)
  return value === undefined ? undefined : { _tag: "Value", value, askedAt }
}

/** The fields of a text; undefined if it is malformed, or its time differs from the store's. */
const parse = (text: Redacted.Redacted<string>, askedAt: number): Fields | undefined => {
  const fields = Result.getOrUndefined(Result.try((): unknown => JSON.parse(Redacted.value(text))))
  return Predicate.isObject(fields) && fields["askedAt"] === askedAt ? fields : undefined
}

/** What a record contains; undefined if it is none. `askedAt`: the store's own. */
export const decode = (text: Redacted.Redacted<string>, askedAt: number): Content | undefined => {
  const fields = parse(text, askedAt)
  return fields === undefined ? undefined : contentIn(fields)
}

/** What a pack contains; undefined if it is none. Members that nobody can read are left out. */
export const decodePack = (text: Redacted.Redacted<string>, version: number): Pack | undefined => {
  const members = parse(text, version)?.["members"]
  if (!Predicate.isObject(members)) return undefined
  return new Map(
    Object.entries(members).flatMap(([key, fields]) => {
      const content = Predicate.isObject(fields) ? contentIn(fields) : undefined
      const expiresAt = Predicate.isObject(fields) ? fields["expiresAt"] : undefined
      return content === undefined || typeof expiresAt !== "number"
        ? []
        : [[key, { content, expiresAt }] as const]
    }),
  )
}
