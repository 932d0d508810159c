/**
 * Keys for the shared tier from a secret or a parameter: 32 bytes, binary or as text in base64 or hexadecimal.
 *
 * A new key takes over without a flush. A record with an unknown key makes the ring fetch the current version and the one
 * before it (`AWSPREVIOUS`, or the parameter's version number less one).
 */
import { Buffer } from "node:buffer"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { AwsClients } from "../../aws/AwsClients.ts"
import type { EncryptionPlan } from "../../config/SharedPlan.ts"
import type { Value } from "../../domain/Entry.ts"
import type { SourceError } from "../../domain/SourceError.ts"
import { CipherError } from "../Cipher.ts"
import { type FetchValue, makeFetchValue } from "./fetchValue.ts"
import { fromBase64Url } from "./envelope.ts"
import { makeObtain } from "./obtaining.ts"
import { fingerprint, importKey, KEY_BYTES, type KeyRing, type SealingKey } from "./sealing.ts"

const HEXADECIMAL = /^[0-9a-f]{64}$/i

/** The bytes of a key as people write it; undefined for anything else. */
export const keyBytes = (written: string | Uint8Array): Uint8Array<ArrayBuffer> | undefined => {
  if (typeof written !== "string") return written.length === KEY_BYTES ? new Uint8Array(written) : undefined
  const text = written.trim()
  if (HEXADECIMAL.test(text)) return new Uint8Array(Buffer.from(text, "hex"))
  // Either alphabet of base64, with or without padding.
  const bytes = fromBase64Url(
    text
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replace(/={1,2}$/, ""),
  )
  return bytes?.length === KEY_BYTES ? bytes : undefined
}

const notAKey = new CipherError({
  detail: `the value is no key: ${KEY_BYTES} bytes are needed, binary, in base64 or in hexadecimal`,
})

const sourceFailed = (error: SourceError): CipherError => new CipherError({ detail: error.message })

type Address = Extract<EncryptionPlan, { readonly _tag: "Key" }>["address"]

/** The version before that of a value; undefined if there is none. */
export const previousAddress = (address: Address, { version }: Value): Address | undefined => {
  if (address.kind === "secrets") return { ...address, versionStage: "AWSPREVIOUS" }
  const number = Number(version)
  return "name" in address && number > 1 ? { ...address, name: `${address.name}:${number - 1}` } : undefined
}

const toKey = (value: Value): Effect.Effect<SealingKey, CipherError> =>
  Effect.gen(function* () {
    const bytes = keyBytes(Redacted.value(value.body))
    if (bytes === undefined) return yield* notAKey
    return { id: yield* fingerprint(bytes), key: yield* importKey(bytes) }
  })

/** Makes the ring of a secret or a parameter. `timeout` is how long a caller waits for a key, in milliseconds. */
export const makeFixedKeys = (
  { address }: Extract<EncryptionPlan, { readonly _tag: "Key" }>,
  timeout?: number,
): Effect.Effect<KeyRing, never, AwsClients | Scope.Scope> =>
  Effect.gen(function* () {
    const fetchValue: FetchValue = yield* makeFetchValue(address.kind)
    const obtain = yield* makeObtain<SealingKey>(timeout)
    const known = new Map<string, SealingKey>()
    let current: SealingKey | undefined

    const keep = (key: SealingKey): SealingKey => {
      known.set(key.id, key)
      return key
    }

    const fetchKey = (at: Address) => Effect.mapError(fetchValue(at), sourceFailed)

    const fetchCurrent = Effect.gen(function* () {
      return (current = keep(yield* toKey(yield* fetchKey(address))))
    })

    /** Looks for a key in the current version and the one before. */
    const search = (id: string) =>
      Effect.gen(function* () {
        const value = yield* fetchKey(address)
        current = keep(yield* toKey(value))
        if (current.id === id) return current
        const before = previousAddress(address, value)
        const previous = before === undefined ? undefined : keep(yield* toKey(yield* fetchKey(before)))
        return previous?.id === id
          ? previous
          : yield* new CipherError({ detail: "the record was encrypted with another key" })
      })

    return {
      current: Effect.suspend(() =>
        current === undefined ? obtain("current", fetchCurrent) : Effect.succeed(current),
      ),
      find: (id) =>
        Effect.suspend(() => {
          const key = known.get(id)
          return key === undefined ? obtain(id, search(id)) : Effect.succeed(key)
        }),
    }
  })
