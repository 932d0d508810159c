/**
 * KMS: GenerateDataKey, Decrypt and DescribeKey, as far as envelope encryption needs them. `answer.ts` looks up an operation by its name.
 *
 * Every key exists: the one that an id, an ARN or an alias names is derived from that text and the region. A wrapped data key
 * is really encrypted and bound to its encryption context, so nothing but Decrypt gives it back.
 * https://docs.aws.amazon.com/kms/latest/APIReference
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ACCOUNT_ID, type AwsError, awsError, type Operation, operation } from "./protocol.ts"

const Context = Schema.optionalKey(Schema.Record(Schema.String, Schema.String))
const GenerateDataKey = Schema.Struct({
  KeyId: Schema.String,
  KeySpec: Schema.optionalKey(Schema.Literals(["AES_256", "AES_128"])),
  NumberOfBytes: Schema.optionalKey(Schema.Number),
  EncryptionContext: Context,
})
const Decrypt = Schema.Struct({
  CiphertextBlob: Schema.String,
  KeyId: Schema.optionalKey(Schema.String),
  EncryptionContext: Context,
})

const BYTES = { AES_256: 32, AES_128: 16 } as const
const ALGORITHM = "aes-256-gcm"
const NONCE = 12
const TAG = 16
const ID = 36

type EncryptionContext = Readonly<Record<string, string>>

/** The same for each order of the pairs. */
const contextBytes = (context: EncryptionContext = {}): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(context).toSorted(([left], [right]) => (left < right ? -1 : 1))))

/** The id of the key that a text names: its last part, or one that is derived from an alias. */
const idOf = (region: string, keyId: string): string => {
  const name = keyId.replace(/^arn:aws:kms:[^:]*:\d*:/, "").replace(/^key\//, "")
  if (name.length === ID && !name.startsWith("alias/")) return name
  const digest = createHash("sha256").update(`${region} ${name}`).digest("hex")
  return [8, 12, 16, 20, 32].map((end, index, ends) => digest.slice(ends[index - 1] ?? 0, end)).join("-")
}

const secretOf = (id: string): Buffer => createHash("sha256").update(`the key ${id}`).digest()

const arnOf = (region: string, id: string): string => `arn:aws:kms:${region}:${ACCOUNT_ID}:key/${id}`

const wrap = (id: string, plaintext: Buffer, context: EncryptionContext | undefined): Buffer => {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv(ALGORITHM, secretOf(id), nonce).setAAD(contextBytes(context))
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([Buffer.from(id), nonce, cipher.getAuthTag(), ciphertext])
}

const invalidCiphertext = awsError("InvalidCiphertextException")

const unwrap = (
  blob: Buffer,
  context: EncryptionContext | undefined,
): Effect.Effect<{ readonly id: string; readonly plaintext: Buffer }, AwsError> =>
  Effect.try({
    try: () => {
      const id = blob.subarray(0, ID).toString()
      const nonce = blob.subarray(ID, ID + NONCE)
      const decipher = createDecipheriv(ALGORITHM, secretOf(id), nonce)
        .setAAD(contextBytes(context))
        .setAuthTag(blob.subarray(ID + NONCE, ID + NONCE + TAG))
      const plaintext = Buffer.concat([decipher.update(blob.subarray(ID + NONCE + TAG)), decipher.final()])
      return { id, plaintext }
    },
    catch: () => invalidCiphertext,
  })

const generateDataKey = operation(GenerateDataKey, (input, { region }) =>
  Effect.sync(() => {
    const id = idOf(region, input.KeyId)
    const plaintext = randomBytes(input.NumberOfBytes ?? BYTES[input.KeySpec ?? "AES_256"])
    return {
      CiphertextBlob: wrap(id, plaintext, input.EncryptionContext).toString("base64"),
      Plaintext: plaintext.toString("base64"),
      KeyId: arnOf(region, id),
    }
  }),
)

const decrypt = operation(Decrypt, (input, { region }) =>
  Effect.gen(function* () {
    const blob = Buffer.from(input.CiphertextBlob, "base64")
    const { id, plaintext } = yield* unwrap(blob, input.EncryptionContext)
    if (input.KeyId !== undefined && idOf(region, input.KeyId) !== id)
      return yield* awsError(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
      )
    return {
      Plaintext: plaintext.toString("base64"),
      KeyId: arnOf(region, id),
      EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    }
  }),
)

/** A new key, with an id of its own. */
const createKey = operation(Schema.Struct({}), (_input, { region }) =>
  Effect.sync(() => {
    const id = randomUUID()
    return { KeyMetadata: { KeyId: id, Arn: arnOf(region, id), Enabled: true, KeyState: "Enabled" } }
  }),
)

/** Every key is symmetric and enabled. */
const describeKey = operation(Schema.Struct({ KeyId: Schema.String }), (input, { region }) =>
  Effect.sync(() => {
    const id = idOf(region, input.KeyId)
    return {
      KeyMetadata: {
        KeyId: id,
        Arn: arnOf(region, id),
        Enabled: true,
        KeyState: "Enabled",
        KeyUsage: "ENCRYPT_DECRYPT",
        KeySpec: "SYMMETRIC_DEFAULT",
      },
    }
  }),
)

/** The operations by name. */
export const kmsOperations: ReadonlyMap<string, Operation> = new Map([
  ["GenerateDataKey", generateDataKey],
  ["Decrypt", decrypt],
  ["CreateKey", createKey],
  ["DescribeKey", describeKey],
])
