/**
 * What the function's role needs for the shared tier: the table or the cache, and the KMS key. Pure; `policy.ts` adds it.
 *
 * The conditions hold the function to its namespace: every key in the table begins with it, and KMS gets it as encryption
 * context. If the namespace is the function's name and that is not known here, they are left out.
 */
import type { Address } from "../../src/domain/Address.ts"
import { UNKNOWN_FUNCTION } from "../../src/config/ConfigFile.ts"
import type { EncryptionPlan, SharedPlan } from "../../src/config/SharedPlan.ts"
import { UNKNOWN_REGION } from "../config/ConfigSource.ts"
import type { PolicyContext, Statement } from "./policy.ts"

/** The statement about the key that wraps data keys. */
export const TIER_KEY_SID = "SharedTierKey"

type Conditions = NonNullable<Statement["Condition"]>

const statement = (
  Sid: string,
  Action: ReadonlyArray<string>,
  Resource: ReadonlyArray<string>,
  conditions: Conditions,
): Statement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
  ...(Object.keys(conditions).length === 0 ? {} : { Condition: conditions }),
})

const arnIn = (
  { account, partition, region: own }: PolicyContext,
  service: string,
  region: string,
  rest: string,
) => `arn:${partition}:${service}:${region === UNKNOWN_REGION ? own : region}:${account}:${rest}`

const isKnown = (namespace: string): boolean => namespace !== UNKNOWN_FUNCTION

const storeStatements = (
  { namespace, store }: SharedPlan,
  context: PolicyContext,
): ReadonlyArray<Statement> => {
  if (store._tag === "DynamoDb")
    return [
      statement(
        "SharedTierTable",
        ["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem"],
        [arnIn(context, "dynamodb", store.region, `table/${store.table}`)],
        isKnown(namespace)
          ? { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${namespace}/*`] } }
          : {},
      ),
    ]
  const { host, login } = store
  if (login?._tag !== "Iam") return []
  const arn = (service: string, rest: string) => arnIn(context, service, login.region, rest)
  if (host.includes(".memorydb."))
    return [
      statement(
        "SharedTierConnect",
        ["memorydb:Connect"],
        [arn("memorydb", `cluster/${login.cache}`), arn("memorydb", `user/${login.user}`)],
        {},
      ),
    ]
  const kind = host.includes(".serverless.") ? "serverlesscache" : "replicationgroup"
  return [
    statement(
      "SharedTierConnect",
      ["elasticache:Connect"],
      [arn("elasticache", `${kind}:${login.cache}`), arn("elasticache", `user:${login.user}`)],
      {},
    ),
  ]
}

/** A statement about a key that is known by an alias names the alias in a condition, because IAM takes no alias as a resource. */
const kmsStatement = (
  { keyId, region }: Extract<EncryptionPlan, { readonly _tag: "Kms" }>,
  namespace: string,
  context: PolicyContext,
): Statement => {
  const [, alias] = /(?:^|:)(alias\/.+)$/.exec(keyId) ?? []
  const id = keyId.replace(/^key\//, "")
  const arn = keyId.startsWith("arn:") ? keyId : arnIn(context, "kms", region, `key/${id}`)
  return statement(
    TIER_KEY_SID,
    ["kms:Decrypt", "kms:GenerateDataKey"],
    [alias === undefined ? arn : arnIn(context, "kms", region, "key/*")],
    {
      ...(isKnown(namespace)
        ? { StringEquals: { "kms:EncryptionContext:cache-extension:namespace": [namespace] } }
        : {}),
      ...(alias === undefined ? {} : { "ForAnyValue:StringEquals": { "kms:ResourceAliases": [alias] } }),
    },
  )
}

/** What the shared tier reads from AWS like any other value: the key of its encryption, the password of its store. */
export const sharedAddresses = (shared: SharedPlan | undefined): ReadonlyArray<Address> => {
  const login = shared?.store._tag === "Redis" ? shared.store.login : undefined
  return [
    ...(shared?.encryption?._tag === "Key" ? [shared.encryption.address] : []),
    ...(login?._tag === "Password" ? [login.secret] : []),
  ]
}

/** What the shared tier needs besides. */
export const sharedStatements = (
  shared: SharedPlan | undefined,
  context: PolicyContext,
): ReadonlyArray<Statement> => {
  if (shared === undefined) return []
  const { encryption, namespace } = shared
  return [
    ...storeStatements(shared, context),
    ...(encryption?._tag === "Kms" ? [kmsStatement(encryption, namespace, context)] : []),
  ]
}
