/**
 * The fields of the section `shared` of config.yaml: the shared tier, which a fleet keeps between memory and AWS.
 *
 * Loaded only if the file has the section (`ConfigFile.ts`), and for the JSON Schema. `plan.ts` has the rules that no single
 * field can express.
 */
import * as Result from "effect/Result"
import { regionField } from "../../kinds/access.ts"
import { KINDS } from "../../kinds/kinds.ts"
import { parameterFault } from "../../kinds/parameters/name.ts"
import { secretFault } from "../../kinds/secrets/secretId.ts"
import { firstFault, type Grammar, lengthFault, textFault, variableFault } from "../fields/grammar.ts"
import type { Decoded, Scalar } from "../fields/Field.ts"
import * as fields from "../fields/fields.ts"
import { parseStoreUrl, STORE_ALLOWED, type StoreUrl } from "./storeUrl.ts"

/** The longest namespace: a function's name has at most 64 characters. */
const MAX_NAMESPACE = 128

export const NAMESPACE_ALLOWED = `at most ${MAX_NAMESPACE} of a-z, A-Z, 0-9, ., _ and -, such as shop-prod`

/** Neither `/`, which ends the namespace in a key, nor `{` and `*`, which Redis and IAM read as more than characters. */
const NAMESPACE = /^[\w.-]+$/

const namespaceFault: Grammar = (text) =>
  firstFault(text, [
    textFault,
    variableFault,
    (name) => lengthFault(name, MAX_NAMESPACE),
    (name) => (NAMESPACE.test(name) ? undefined : "there is another character in it"),
  ])

const store: Scalar<StoreUrl> = {
  type: "scalar",
  description: `The engine that keeps the values: ${STORE_ALLOWED}.`,
  allowed: STORE_ALLOWED,
  isAllowed: (text) =>
    Result.match(parseStoreUrl(text), { onFailure: (fault) => fault, onSuccess: () => true }),
  parse: (text) => Result.getOrThrow(parseStoreUrl(text)),
  editorTypes: ["string"],
  jsonSchema: { pattern: "^(dynamodb|valkeys?|rediss?)://[^@/?#]+$" },
}

/** Key ids, ARNs and aliases. https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id */
const KMS_KEY = /^(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:)?(?:key\/|alias\/)?[\w/-]+$/
const KMS_ALLOWED = "a KMS key: alias/<name>, a key's id, or the ARN of either"

const kmsKeyFault: Grammar = (text) =>
  firstFault(text, [
    textFault,
    variableFault,
    (key) => lengthFault(key, 2_048),
    (key) => (KMS_KEY.test(key) ? undefined : "it is none of these"),
  ])

const secretName = (description: string) => fields.named(description, "a secret's name or ARN", secretFault)

const text = (description: string, allowed: string) => fields.name(description, allowed)

export const sharedField = fields.mapping(
  {
    store: fields.optional(store),
    region: fields.optional(
      regionField(
        "The region of the table, the KMS key, and the secrets named here. Default: the function's own.",
      ),
    ),
    namespace: fields.optional(
      fields.named(
        "Who shares with whom: all functions with the same namespace in the same store. Default: the function's name.",
        NAMESPACE_ALLOWED,
        namespaceFault,
      ),
    ),
    timeout: fields.optional(
      fields.span(
        "How long a read waits for the store before it asks AWS, with an open connection. Default 50ms.",
      ),
    ),
    kinds: fields.optional(
      fields.list(
        fields.word("A section of this file.", KINDS),
        "Which sections are shared. Default: all.",
        "a list of sections",
      ),
    ),
    encryption: fields.optional(
      fields.whereabouts(
        {
          kms_key: fields.optional(
            fields.named("The KMS key that protects the data keys.", KMS_ALLOWED, kmsKeyFault),
          ),
          secret: fields.optional(
            secretName("A secret with the key: 32 bytes, binary, or as text in base64 or hexadecimal."),
          ),
          parameter: fields.optional(
            fields.named(
              "A SecureString with the key: 32 bytes in base64 or hexadecimal.",
              "a parameter's name or ARN",
              parameterFault,
            ),
          ),
        },
        "The key by which values are encrypted before they leave the function: one of these.",
      ),
    ),
    username: fields.optional(
      text("The ACL user of Valkey or Redis. Default: the default user.", "a user's name"),
    ),
    password: fields.optional(
      fields.whereabouts(
        {
          secret: secretName("The secret with the password of Valkey or Redis."),
          json: fields.optional(
            fields.jsonPointer("A JSON pointer to the password in the secret. Default: the whole secret."),
          ),
        },
        "Where the password of Valkey or Redis is.",
      ),
    ),
    iam: fields.optional(
      fields.mapping(
        {
          user: text("The user of ElastiCache or MemoryDB that authenticates by IAM.", "a user's name"),
          cache: text("The name of the cache or cluster, as in its ARN.", "the name of a cache or cluster"),
        },
        "Authentication by the function's role, for ElastiCache and MemoryDB.",
      ),
    ),
  },
  "The shared tier: what the fleet knows is kept in a store that all of its functions read before they ask AWS.",
)
export type SharedKeys = Decoded<typeof sharedField>
