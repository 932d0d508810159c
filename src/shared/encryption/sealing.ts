/**
 * A cipher over a ring of keys: AES-256-GCM by Web Crypto, with a fresh random nonce for each record.
 *
 * `kmsKeys.ts` and `fixedKeys.ts` make the rings. No error contains any part of a text, a key or a ciphertext.
 */
import type { webcrypto } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type Cipher, CipherError } from "../Cipher.ts"
import { additionalData, formatEnvelope, parseEnvelope } from "./envelope.ts"

/** A key in memory. Web Crypto does not export it. */
export interface SealingKey {
  /** Without dots. */
  readonly id: string
  readonly key: webcrypto.CryptoKey
  /** The key as KMS has encrypted it, for readers. */
  readonly wrapped?: Uint8Array<ArrayBuffer>
}

export interface KeyRing {
  /** The key for new records. */
  readonly current: Effect.Effect<SealingKey, CipherError>
  /** The key of a record, which may be one that others have made, or an old one. */
  readonly find: (
    id: string,
    wrapped: Uint8Array<ArrayBuffer> | undefined,
  ) => Effect.Effect<SealingKey, CipherError>
}

const ALGORITHM = "AES-GCM"
export const KEY_BYTES = 32
/** 96 bits, as NIST SP 800-38D recommends. */
const NONCE_BYTES = 12

const cipherError = (detail: string) => () => new CipherError({ detail })

/** A key of 32 bytes for Web Crypto. */
export const importKey = (bytes: Uint8Array<ArrayBuffer>): Effect.Effect<webcrypto.CryptoKey, CipherError> =>
  bytes.length === KEY_BYTES
    ? Effect.tryPromise({
        try: () => crypto.subtle.importKey("raw", bytes, ALGORITHM, false, ["encrypt", "decrypt"]),
        catch: cipherError("the key cannot be used"),
      })
    : Effect.fail(new CipherError({ detail: `the key has ${bytes.length} bytes; ${KEY_BYTES} are needed` }))

/** The first bytes of SHA-256, in hexadecimal: identifies a key without revealing it. */
export const fingerprint = (bytes: Uint8Array<ArrayBuffer>): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", bytes)),
    (digest) =>
      Array.from(new Uint8Array(digest).subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(
        "",
      ),
  )

const unreadable = new CipherError({ detail: "the record is not an encrypted one of this version" })

/** Makes a cipher. */
export const makeCipher = ({ current, find }: KeyRing): Cipher => ({
  seal: (text, context) =>
    Effect.gen(function* () {
      const { id, key, wrapped } = yield* current
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
      const ciphertext = yield* Effect.tryPromise({
        try: () =>
          crypto.subtle.encrypt(
            { name: ALGORITHM, iv: nonce, additionalData: additionalData(id, context) },
            key,
            new TextEncoder().encode(Redacted.value(text)),
          ),
        catch: cipherError("the record could not be encrypted"),
      })
      return formatEnvelope({
        keyId: id,
        nonce,
        ciphertext: new Uint8Array(ciphertext),
        ...(wrapped === undefined ? {} : { wrappedKey: wrapped }),
      })
    }),
  open: (sealed, context) =>
    Effect.gen(function* () {
      const envelope = parseEnvelope(sealed)
      if (envelope === undefined) return yield* unreadable
      const { ciphertext, keyId, nonce, wrappedKey } = envelope
      const { key } = yield* find(keyId, wrappedKey)
      return yield* Effect.tryPromise({
        try: async () => {
          const opened = await crypto.subtle.decrypt(
            { name: ALGORITHM, iv: nonce, additionalData: additionalData(keyId, context) },
            key,
            ciphertext,
          )
          return Redacted.make(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(opened))
        },
        catch: cipherError("the record was written with another key, for another place, or has been changed"),
      })
    }),
})
