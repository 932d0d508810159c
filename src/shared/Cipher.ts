/**
 * Encrypts records for the shared tier. `encryption/` makes a cipher from a KMS key, a secret or a parameter.
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"

/** A record could not be sealed or opened: no key, another key or place, or it was changed. `detail` contains no value. */
export class CipherError extends Data.TaggedError("CipherError")<{ readonly detail: string }> {}

export interface Cipher {
  /** Encrypts and authenticates a text. `context` (namespace, key, version of the format) must be the same to open it. */
  readonly seal: (text: Redacted.Redacted<string>, context: string) => Effect.Effect<string, CipherError>
  readonly open: (sealed: string, context: string) => Effect.Effect<Redacted.Redacted<string>, CipherError>
}
