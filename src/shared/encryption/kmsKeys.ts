/**
 * Keys for the shared tier from KMS: each record carries its data key, wrapped by the KMS key. Any environment that may use the
 * KMS key with this namespace can unwrap it, and keeps the data key in memory.
 *
 * A writer takes the youngest data key that it has met, if it is young enough. So a fleet makes few keys, and new ones replace
 * old ones without a flush. KMS checks the namespace too: it is in the encryption context.
 * https://docs.aws.amazon.com/kms/latest/developerguide/data-keys.html
 */
import { Buffer } from "node:buffer"
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from "@aws-sdk/client-kms"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { AwsClients } from "../../aws/AwsClients.ts"
import { makeClient, type ServiceProtocol } from "../../aws/client.ts"
import { jsonProtocol } from "../../aws/jsonProtocol.ts"
import { makeLruMap } from "../../aws/LruMap.ts"
import { checkedBy } from "../../aws/replies.ts"
import { base64, object } from "../../aws/shapes.ts"
import type { EncryptionPlan } from "../../config/SharedPlan.ts"
import type { SourceError } from "../../domain/SourceError.ts"
import type { AwsService } from "../../kinds/Kind.ts"
import { CipherError } from "../Cipher.ts"
import { makeObtain } from "./obtaining.ts"
import { fingerprint, importKey, type KeyRing, type SealingKey } from "./sealing.ts"

export const KMS: AwsService = { id: "KMS", host: "kms", longestReplies: {} }

/** As in the SDK: `runtimeConfig.shared` of its client. */
export const PROTOCOL: ServiceProtocol = { make: () => jsonProtocol("1.1", "TrentService") }

/** How long a data key is used for new records, in milliseconds. */
export const KEY_AGE = 24 * 3_600_000

/** How many data keys are kept in memory. A fleet makes one a day, and a few more when it starts. */
const MAX_KEYS = 100

const checked = checkedBy({
  GenerateDataKey: object({ Plaintext: base64, CiphertextBlob: base64 }, {}),
  Decrypt: object({ Plaintext: base64 }, {}),
})

const bytesIn = (base64Text: string) => new Uint8Array(Buffer.from(base64Text, "base64"))

const kmsError = (operation: string) => (error: SourceError) =>
  new CipherError({ detail: `${operation}: ${error.message}` })

/** A data key's id: the fingerprint of the KMS key's name, when it was made in epoch seconds, the fingerprint of itself. */
const ID = /^([0-9a-f]{16})-(\d{1,12})-([0-9a-f]{16})$/

/** Makes the ring of a KMS key and a namespace. `timeout` is how long a caller waits for a key, in milliseconds. */
export const makeKmsKeys = (
  { keyId, region }: Extract<EncryptionPlan, { readonly _tag: "Kms" }>,
  namespace: string,
  timeout?: number,
): Effect.Effect<KeyRing, never, AwsClients | Scope.Scope> =>
  Effect.gen(function* () {
    const clients = yield* AwsClients
    const clock = yield* Clock.Clock
    const call = yield* clients.caller(KMS, (options) => makeClient<KMSClient>(KMS, PROTOCOL, options))
    const obtain = yield* makeObtain<SealingKey>(timeout)
    const known = makeLruMap<string, SealingKey>(MAX_KEYS)
    const ownName = yield* fingerprint(new TextEncoder().encode(keyId))
    const EncryptionContext = { "cache-extension:namespace": namespace }
    /** The youngest key of this KMS key. */
    let youngest: { readonly key: SealingKey; readonly madeAt: number } | undefined

    const keep = (key: SealingKey): SealingKey => {
      known.set(key.id, key)
      const [, name, seconds] = ID.exec(key.id) ?? []
      const madeAt = Number(seconds) * 1_000
      if (name === ownName && madeAt > (youngest?.madeAt ?? -Infinity)) youngest = { key, madeAt }
      return key
    }

    const generate = Effect.gen(function* () {
      const now = clock.currentTimeMillisUnsafe()
      const reply = yield* call({ region }, "GenerateDataKey", (client, options) =>
        client
          .send(new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: "AES_256", EncryptionContext }), options)
          .then(checked("GenerateDataKey")),
      ).pipe(Effect.mapError(kmsError("GenerateDataKey")))
      const wrapped = bytesIn(reply.CiphertextBlob)
      const id = `${ownName}-${Math.floor(now / 1_000)}-${yield* fingerprint(wrapped)}`
      return keep({ id, wrapped, key: yield* importKey(bytesIn(reply.Plaintext)) })
    })

    /** `KeyId` makes KMS refuse a data key that another KMS key has wrapped. */
    const decrypt = (id: string, wrapped: Uint8Array<ArrayBuffer>) =>
      Effect.gen(function* () {
        const reply = yield* call({ region }, "Decrypt", (client, options) =>
          client
            .send(new DecryptCommand({ CiphertextBlob: wrapped, KeyId: keyId, EncryptionContext }), options)
            .then(checked("Decrypt")),
        ).pipe(Effect.mapError(kmsError("Decrypt")))
        return keep({ id, wrapped, key: yield* importKey(bytesIn(reply.Plaintext)) })
      })

    const isYoung = (madeAt: number): boolean => {
      const age = clock.currentTimeMillisUnsafe() - madeAt
      // A clock that is far ahead must not keep a key for ever.
      return age < KEY_AGE && age > -KEY_AGE
    }

    return {
      current: Effect.suspend(() =>
        youngest !== undefined && isYoung(youngest.madeAt)
          ? Effect.succeed(youngest.key)
          : obtain("a new one", generate),
      ),
      find: (id, wrapped) =>
        Effect.gen(function* () {
          const key = known.get(id)
          if (key !== undefined) return key
          if (wrapped === undefined || !ID.test(id))
            return yield* new CipherError({ detail: "the record was not encrypted by KMS" })
          // The id must be that of this wrapped key, so that nobody puts another one under a known id.
          if (!id.endsWith(yield* fingerprint(wrapped)))
            return yield* new CipherError({ detail: "the record has the id of another key" })
          return yield* obtain(id, decrypt(id, wrapped))
        }),
    }
  })
