/**
 * What `doctor` finds right or wrong with the shared tier of a config.yaml, from what AWS says of its table and its key. Pure;
 * `sharedFacts.ts` asks AWS.
 */
import type { KeyMetadata } from "@aws-sdk/client-kms"
import type { TableDescription, TimeToLiveDescription } from "@aws-sdk/client-dynamodb"
import type { StorePlan } from "../../src/config/SharedPlan.ts"
import { ATTRIBUTES } from "../../src/shared/stores/dynamodb.ts"
import { type Check, fail, type FunctionFacts, ok, skipped, warn } from "./checks.ts"

export const STORE = "shared.store"
export const ENCRYPTION = "shared.encryption"

const HOW_TO_MAKE = `a table needs the partition key ${ATTRIBUTES.key} (a string) and time to live on ${ATTRIBUTES.expires}: docs/shared-engines.md`

/** There is no such table. */
export const noTable = ({ region, table }: Extract<StorePlan, { readonly _tag: "DynamoDb" }>): Check =>
  fail(STORE, `there is no table ${table} in ${region}; ${HOW_TO_MAKE}`)

const hasRightKey = ({ AttributeDefinitions = [], KeySchema = [] }: TableDescription): boolean =>
  KeySchema.length === 1 &&
  KeySchema[0]?.AttributeName === ATTRIBUTES.key &&
  AttributeDefinitions.some(
    ({ AttributeName, AttributeType }) => AttributeName === ATTRIBUTES.key && AttributeType === "S",
  )

/** The table itself. Undefined: its time to live could not be looked at. */
export const tableCheck = (table: TableDescription, timeToLive: TimeToLiveDescription | undefined): Check => {
  const name = table.TableName ?? "the table"
  if (table.TableStatus !== "ACTIVE")
    return fail(STORE, `the table ${name} is ${table.TableStatus ?? "in no known state"}; it must be ACTIVE`)
  if (!hasRightKey(table)) return fail(STORE, `the table ${name} has another key; ${HOW_TO_MAKE}`)
  if (timeToLive === undefined)
    return ok(
      STORE,
      `the table ${name}; its time to live could not be looked at (dynamodb:DescribeTimeToLive)`,
    )
  const { AttributeName, TimeToLiveStatus } = timeToLive
  const isOn = TimeToLiveStatus === "ENABLED" || TimeToLiveStatus === "ENABLING"
  return isOn && AttributeName === ATTRIBUTES.expires
    ? ok(STORE, `the table ${name}`)
    : warn(
        STORE,
        `the table ${name} has no time to live on ${ATTRIBUTES.expires}, so its records stay for ever, and AWS bills their storage; ${HOW_TO_MAKE}`,
      )
}

/** A server cannot be reached from the machine that `doctor` runs on. */
export const serverCheck = (
  { host, login, port }: Extract<StorePlan, { readonly _tag: "Redis" }>,
  { isInVpc }: Pick<FunctionFacts, "isInVpc">,
): Check => {
  const isOfAws = host.endsWith(".amazonaws.com") || host.endsWith(".amazonaws.com.cn")
  if (isOfAws && !isInVpc)
    return fail(
      STORE,
      `${host} can be reached only from its VPC, and the function is in no VPC; put it into that one`,
    )
  const by = login === undefined ? "" : ` and accepts its ${login._tag === "Iam" ? "IAM user" : "password"}`
  return skipped(
    STORE,
    `doctor cannot see from here whether the function reaches ${host} on port ${port}${by}; /ready of the function says so, under shared`,
  )
}

/** The key that wraps data keys. */
export const keyCheck = (keyId: string, key: KeyMetadata): Check => {
  if (key.KeyState !== "Enabled")
    return fail(
      ENCRYPTION,
      `the KMS key ${keyId} is ${key.KeyState ?? "in no known state"}; it must be Enabled`,
    )
  return key.KeyUsage === "ENCRYPT_DECRYPT" && key.KeySpec === "SYMMETRIC_DEFAULT"
    ? ok(ENCRYPTION, `the KMS key ${keyId}`)
    : fail(
        ENCRYPTION,
        `the KMS key ${keyId} is for ${key.KeyUsage ?? "something"} with ${key.KeySpec ?? "another spec"}; it must be symmetric, for ENCRYPT_DECRYPT`,
      )
}

/** There is no such key. */
export const noKey = (keyId: string, region: string): Check =>
  fail(ENCRYPTION, `there is no KMS key ${keyId} in ${region}`)
