/**
 * The permissions of the shared tier: for the table or the cache, the KMS key, and the secrets that it reads itself, each held
 * to the namespace where IAM can.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makePolicies } from "../../../cli/policy/policy.ts"
import { planOf } from "../../support/configs.ts"

const CONTEXT = {
  partition: "aws",
  region: "eu-west-1",
  account: "123456789012",
  ids: new Map<string, string>(),
  kmsKeys: [],
}

const own = (shared: string, functionName?: string) =>
  Effect.map(
    makePolicies(planOf(`shared: { ${shared} }`, { functionName }), CONTEXT),
    (policies) => policies.own,
  )

const bySid = (shared: string, sid: string, functionName?: string) =>
  Effect.map(own(shared, functionName), (statements) => statements.find(({ Sid }) => Sid === sid))

describe("the permissions of the shared tier", () => {
  it.effect("are none without it", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* makePolicies(planOf(""), CONTEXT)).own, [])
    }),
  )

  it.effect("are for the namespace's items of the table", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual<unknown>(yield* own("store: dynamodb://shared, namespace: shop"), [
        {
          Sid: "SharedTierTable",
          Effect: "Allow",
          Action: ["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem"],
          Resource: ["arn:aws:dynamodb:eu-west-1:123456789012:table/shared"],
          Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["shop/*"] } },
        },
      ])
    }),
  )

  it.effect("leave the namespace out if it is the name of a function that is not known", () =>
    Effect.gen(function* () {
      const table = yield* bySid("store: dynamodb://shared", "SharedTierTable")
      assert.isDefined(table)
      assert.isUndefined(table?.Condition)
      const named = yield* bySid("store: dynamodb://shared", "SharedTierTable", "my-function")
      assert.include(JSON.stringify(named?.Condition), "my-function/*")
    }),
  )

  it.effect("are for the KMS key with the namespace as encryption context; an alias is a condition", () =>
    Effect.gen(function* () {
      const store = "store: dynamodb://shared, namespace: shop"
      const byAlias = yield* bySid(`${store}, encryption: { kms_key: alias/shop }`, "SharedTierKey")
      assert.deepStrictEqual<unknown>(byAlias, {
        Sid: "SharedTierKey",
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: ["arn:aws:kms:eu-west-1:123456789012:key/*"],
        Condition: {
          StringEquals: { "kms:EncryptionContext:cache-extension:namespace": ["shop"] },
          "ForAnyValue:StringEquals": { "kms:ResourceAliases": ["alias/shop"] },
        },
      })
      const id = "1234abcd-12ab-34cd-56ef-1234567890ab"
      const byId = yield* bySid(`${store}, encryption: { kms_key: ${id} }`, "SharedTierKey")
      assert.deepStrictEqual(byId?.Resource, [`arn:aws:kms:eu-west-1:123456789012:key/${id}`])
    }),
  )

  it.effect("are for the secret with the key, and for that with the password", () =>
    Effect.gen(function* () {
      const statements = yield* own(
        "store: 'rediss://cache', password: { secret: db/redis }, encryption: { secret: cache-key }",
      )
      const resources = statements.flatMap(({ Resource }) => Resource).join(" ")
      assert.include(resources, "secret:db/redis-??????")
      assert.include(resources, "secret:cache-key-??????")
    }),
  )

  it.effect("are for the cache and the user that log in by IAM", () =>
    Effect.gen(function* () {
      const iam = "iam: { user: shop, cache: main }"
      const connect = (host: string) =>
        Effect.map(bySid(`store: 'rediss://${host}', ${iam}`, "SharedTierConnect"), (one) => one?.Resource)
      const prefix = "arn:aws:elasticache:eu-west-1:123456789012"
      assert.deepStrictEqual(yield* connect("main-x.serverless.euw1.cache.amazonaws.com"), [
        `${prefix}:serverlesscache:main`,
        `${prefix}:user:shop`,
      ])
      assert.deepStrictEqual(yield* connect("master.main.x.euw1.cache.amazonaws.com"), [
        `${prefix}:replicationgroup:main`,
        `${prefix}:user:shop`,
      ])
      assert.deepStrictEqual(yield* connect("clustercfg.main.x.memorydb.eu-west-1.amazonaws.com"), [
        "arn:aws:memorydb:eu-west-1:123456789012:cluster/main",
        "arn:aws:memorydb:eu-west-1:123456789012:user/shop",
      ])
    }),
  )
})
