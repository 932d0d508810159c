/**
 * What KMS does as far as the shared tier depends on it, told in SDK calls: data keys, and the context that binds them.
 *
 * Source: docs.aws.amazon.com/kms/latest/APIReference. Run by conformance.test.ts.
 */
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  GenerateDataKeyCommand,
} from "@aws-sdk/client-kms"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { refusalOf, sdk } from "../support/aws.ts"
import { type Aws, conformance } from "./Target.ts"

const EncryptionContext = { "cache-extension:namespace": "shop" }

const createKey = (aws: Aws) =>
  Effect.map(
    sdk(() => aws.kms.send(new CreateKeyCommand({ KeyUsage: "ENCRYPT_DECRYPT" }))),
    ({ KeyMetadata }) => KeyMetadata?.KeyId ?? "",
  )

const dataKey = (aws: Aws, KeyId: string) =>
  sdk(() => aws.kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256", EncryptionContext })))

export const keyCases = [
  conformance("GenerateDataKey gives 32 bytes, and a form of them that Decrypt turns back", (aws) =>
    Effect.gen(function* () {
      const KeyId = yield* createKey(aws)
      const { CiphertextBlob, Plaintext } = yield* dataKey(aws, KeyId)
      assert.strictEqual(Plaintext?.length, 32)
      const decrypted = yield* sdk(() =>
        aws.kms.send(new DecryptCommand({ CiphertextBlob, KeyId, EncryptionContext })),
      )
      assert.deepStrictEqual(decrypted.Plaintext, Plaintext)
    }),
  ),
  conformance("DescribeKey says what a key is for, by its id", (aws) =>
    Effect.gen(function* () {
      const KeyId = yield* createKey(aws)
      const { KeyMetadata } = yield* sdk(() => aws.kms.send(new DescribeKeyCommand({ KeyId })))
      assert.deepInclude(KeyMetadata, {
        KeyId,
        KeyState: "Enabled",
        KeyUsage: "ENCRYPT_DECRYPT",
        KeySpec: "SYMMETRIC_DEFAULT",
      })
      assert.match(KeyMetadata?.Arn ?? "", new RegExp(`^arn:aws:kms:[^:]+:\\d{12}:key/${KeyId}$`))
    }),
  ),
  conformance("no two data keys are the same", (aws) =>
    Effect.gen(function* () {
      const KeyId = yield* createKey(aws)
      const [first, second] = [yield* dataKey(aws, KeyId), yield* dataKey(aws, KeyId)]
      assert.notDeepEqual(first.Plaintext, second.Plaintext)
    }),
  ),
  conformance("Decrypt refuses a data key under another encryption context", (aws) =>
    Effect.gen(function* () {
      const KeyId = yield* createKey(aws)
      const { CiphertextBlob } = yield* dataKey(aws, KeyId)
      const other = { "cache-extension:namespace": "other" }
      const refused = yield* refusalOf(() =>
        aws.kms.send(new DecryptCommand({ CiphertextBlob, KeyId, EncryptionContext: other })),
      )
      assert.strictEqual(refused.name, "InvalidCiphertextException")
    }),
  ),
  conformance("Decrypt refuses a data key of another KMS key than the one that is asked for", (aws) =>
    Effect.gen(function* () {
      const { CiphertextBlob } = yield* dataKey(aws, yield* createKey(aws))
      const KeyId = yield* createKey(aws)
      const refused = yield* refusalOf(() =>
        aws.kms.send(new DecryptCommand({ CiphertextBlob, KeyId, EncryptionContext })),
      )
      assert.strictEqual(refused.name, "IncorrectKeyException")
    }),
  ),
]
