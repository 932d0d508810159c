/**
 * Asks AWS about the shared tier of a function: its table and its KMS key, with the credentials of whoever runs `doctor`.
 */
import { DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DescribeKeyCommand, type KeyMetadata, KMSClient } from "@aws-sdk/client-kms"
import * as Effect from "effect/Effect"
import type { EncryptionPlan, SharedPlan, StorePlan } from "../../src/config/SharedPlan.ts"
import { call, orIfMissing } from "../aws/failures.ts"
import { clientOf } from "../aws/session.ts"
import { type Check, type FunctionFacts, ok, skipped } from "./checks.ts"
import type { Caller } from "./functionFacts.ts"
import { ENCRYPTION, keyCheck, noKey, noTable, serverCheck, STORE, tableCheck } from "./sharedChecks.ts"

const examineTable = Effect.fnUntraced(function* (
  { profile }: Caller,
  store: Extract<StorePlan, { readonly _tag: "DynamoDb" }>,
) {
  const dynamo = yield* clientOf(profile, store.region, (options) => new DynamoDBClient(options))
  const TableName = store.table
  const described = yield* call((options) =>
    dynamo.send(new DescribeTableCommand({ TableName }), options),
  ).pipe(orIfMissing(undefined, "ResourceNotFoundException"))
  if (described?.Table === undefined) return noTable(store)
  const timeToLive = yield* call((options) =>
    dynamo.send(new DescribeTimeToLiveCommand({ TableName }), options),
  ).pipe(
    Effect.map(({ TimeToLiveDescription = {} }) => TimeToLiveDescription),
    Effect.catch(() => Effect.succeed(undefined)),
  )
  return tableCheck(described.Table, timeToLive)
}, Effect.scoped)

/** What KMS says of a key; undefined if there is none. */
const describeKey = Effect.fnUntraced(function* (
  { profile }: Caller,
  { keyId, region }: Extract<EncryptionPlan, { readonly _tag: "Kms" }>,
) {
  const kms = yield* clientOf(profile, region, (options) => new KMSClient(options))
  const described = yield* call((options) =>
    kms.send(new DescribeKeyCommand({ KeyId: keyId.replace(/^key\//, "") }), options),
  ).pipe(orIfMissing(undefined, "NotFoundException"))
  return described?.KeyMetadata
}, Effect.scoped)

interface KeyExamined {
  readonly check: Check
  readonly key: KeyMetadata | undefined
}

const examineKey = (
  caller: Caller,
  encryption: Extract<EncryptionPlan, { readonly _tag: "Kms" }>,
): Effect.Effect<KeyExamined> => {
  const { keyId, region } = encryption
  return describeKey(caller, encryption).pipe(
    Effect.map((key) => ({ key, check: key === undefined ? noKey(keyId, region) : keyCheck(keyId, key) })),
    Effect.catch(({ message }) =>
      Effect.succeed({
        key: undefined,
        check: skipped(ENCRYPTION, `the KMS key ${keyId} cannot be looked at (kms:DescribeKey): ${message}`),
      }),
    ),
  )
}

const examineStore = (caller: Caller, store: StorePlan, facts: FunctionFacts): Effect.Effect<Check> =>
  store._tag === "Redis"
    ? Effect.succeed(serverCheck(store, facts))
    : examineTable(caller, store).pipe(
        Effect.catch(({ message }) =>
          Effect.succeed(
            skipped(
              STORE,
              `the table ${store.table} cannot be looked at (dynamodb:DescribeTable): ${message}`,
            ),
          ),
        ),
      )

/** The checks of the tier, and the ARN of its key: IAM knows a key by no alias. */
export const examineShared = Effect.fn("doctor.examineShared")(function* (
  caller: Caller,
  { encryption, store }: SharedPlan,
  facts: FunctionFacts,
) {
  const storeCheck = yield* examineStore(caller, store, facts)
  if (encryption?._tag === "Kms") {
    const { check, key } = yield* examineKey(caller, encryption)
    return { checks: [storeCheck, check], keyArn: key?.Arn }
  }
  const encryptionCheck =
    encryption === undefined
      ? ok(ENCRYPTION, "none: secrets are not shared, other values are plain text in the store")
      : ok(ENCRYPTION, `a key in ${encryption.address.kind}; permissions says whether the role may read it`)
  return { checks: [storeCheck, encryptionCheck], keyArn: undefined }
})
