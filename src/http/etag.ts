/**
 * Entity tags (RFC 9110, section 8.8.3): what a function may keep beside a value, to be told with `If-None-Match` that
 * it has not changed.
 *
 * Strong, and made of the media type and the body alone: a refresh that brings the same value brings the same tag.
 * The tags of a process mean nothing to another one, as the key of the digest is its own.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Value } from "../domain/Entry.ts"
import { Digest } from "../host/Digest.ts"
import type { DigestFunction } from "../host/Platform.ts"

/** Half of the digest: 128 bits in base64url. */
const LENGTH = 22

/** Makes entity tags. */
export interface Tagger {
  /** The tag of a body that was put together for a request. */
  readonly ofBody: (contentType: string, body: string | Uint8Array) => string
  /** The tag of a value as it is; made once. */
  readonly ofValue: (value: Value) => string
}

const taggerOver = (digest: DigestFunction): Tagger => {
  const known = new WeakMap<Value, string>()

  const ofBody = (contentType: string, body: string | Uint8Array) =>
    `"${digest(contentType, "\n", body).slice(0, LENGTH)}"`

  const ofValue = (value: Value): string => {
    const made = known.get(value)
    if (made !== undefined) return made
    const tag = ofBody(value.contentType, Redacted.value(value.body))
    known.set(value, tag)
    return tag
  }
  return { ofBody, ofValue }
}

export const makeTagger: Effect.Effect<Tagger> = Effect.map(Digest, taggerOver)

/** An entity tag in a list; a weak one compares like a strong one here (RFC 9110, section 13.1.2). */
const TAG = /(?:W\/)?("[^"]*")/g

/** Whether `If-None-Match` names this tag, or with `*` any: the function has the value already. */
export const isMatched = (ifNoneMatch: string | undefined, tag: string): boolean =>
  ifNoneMatch !== undefined &&
  (ifNoneMatch.trim() === "*" || Array.from(ifNoneMatch.matchAll(TAG), ([, one]) => one).includes(tag))
