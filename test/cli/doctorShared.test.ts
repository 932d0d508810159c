/**
 * `doctor` about the shared tier: the table, its time to live, the KMS key, the server that cannot be seen from here, and the
 * permissions with their conditions. Table and key are those of local AWS.
 */
import type { TableDescription, TimeToLiveDescription } from "@aws-sdk/client-dynamodb"
import type { KeyMetadata } from "@aws-sdk/client-kms"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { keyCheck, serverCheck, tableCheck } from "../../cli/doctor/sharedChecks.ts"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../local/aws/seed.ts"
import { cli } from "../support/cli.ts"
import { cliProcess, credentialsFor } from "../support/cliProcess.ts"
import { folderOf } from "../support/lambda.ts"
import { localLayers, zipWith } from "../support/localLayers.ts"

const REGION = "us-east-1"
const TABLE = { name: "shared-tier", hashKey: { name: "key", type: "S" as const } }
const CONFIG = `
shared: { store: dynamodb://shared-tier, namespace: shop, encryption: { kms_key: alias/shop } }
parameters: [{ names: [A] }]
`

const ACTIVE: TableDescription = {
  TableName: "t",
  TableStatus: "ACTIVE",
  KeySchema: [{ AttributeName: "key", KeyType: "HASH" }],
  AttributeDefinitions: [{ AttributeName: "key", AttributeType: "S" }],
}
const ON: TimeToLiveDescription = { AttributeName: "expires", TimeToLiveStatus: "ENABLED" }
const OFF: TimeToLiveDescription = { TimeToLiveStatus: "DISABLED" }
const KEY: KeyMetadata = {
  KeyId: "k",
  KeyState: "Enabled",
  KeyUsage: "ENCRYPT_DECRYPT",
  KeySpec: "SYMMETRIC_DEFAULT",
}
const OF_NUMBERS: TableDescription = {
  ...ACTIVE,
  AttributeDefinitions: [{ AttributeName: "key", AttributeType: "N" }],
}
const WITH_SORT_KEY: TableDescription = {
  ...ACTIVE,
  KeySchema: [...(ACTIVE.KeySchema ?? []), { AttributeName: "s", KeyType: "RANGE" }],
}

describe("doctor, about the shared tier,", () => {
  it.each([
    ["a table as it should be", tableCheck(ACTIVE, ON), "ok", "the table t"],
    [
      "a table whose ttl is new",
      tableCheck(ACTIVE, { ...ON, TimeToLiveStatus: "ENABLING" }),
      "ok",
      "the table t",
    ],
    ["a table without a ttl", tableCheck(ACTIVE, OFF), "warn", "no time to live on expires"],
    [
      "another ttl",
      tableCheck(ACTIVE, { ...ON, AttributeName: "ttl" }),
      "warn",
      "no time to live on expires",
    ],
    ["a ttl that may not be seen", tableCheck(ACTIVE, undefined), "ok", "dynamodb:DescribeTimeToLive"],
    ["a table that goes", tableCheck({ ...ACTIVE, TableStatus: "DELETING" }, ON), "fail", "is DELETING"],
    ["a key that is a number", tableCheck(OF_NUMBERS, ON), "fail", "has another key"],
    ["a sort key", tableCheck(WITH_SORT_KEY, ON), "fail", "has another key"],
    ["a key as it should be", keyCheck("k", KEY), "ok", "the KMS key k"],
    ["a key that goes", keyCheck("k", { ...KEY, KeyState: "PendingDeletion" }), "fail", "is PendingDeletion"],
    ["a key that signs", keyCheck("k", { ...KEY, KeyUsage: "SIGN_VERIFY" }), "fail", "must be symmetric"],
  ] as const)("says of %s what it is", (_, check, result, words) => {
    assert.strictEqual(check.result, result)
    assert.include(check.message, words)
  })

  it.each([
    ["cache.example.com", true, "skipped", "doctor cannot see from here"],
    ["cache.example.com", false, "skipped", "doctor cannot see from here"],
    ["x.serverless.euw1.cache.amazonaws.com", true, "skipped", "/ready of the function"],
    ["x.serverless.euw1.cache.amazonaws.com", false, "fail", "the function is in no VPC"],
  ] as const)(
    "says of a server at %s, with the function in a VPC: %s, %s",
    (host, isInVpc, result, words) => {
      const check = serverCheck({ _tag: "Redis", host, port: 6379, isTls: true }, { isInVpc })
      assert.strictEqual(check.result, result)
      assert.include(check.message, words)
    },
  )

  it.live("does not look at it from a folder, and says so", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* cli(["doctor", yield* folderOf({ "config.yaml": CONFIG })])
      assert.match(stdout, /^skipped +shared\.store: only doctor --function/m)
      assert.strictEqual(code, 0)
    }).pipe(Effect.scoped),
  )
})

/** What `doctor` says of a function that shares values, with a local AWS. */
const examined = Effect.fnUntraced(function* (
  prepare: (aws: AwsEmulator["Service"]) => Effect.Effect<unknown>,
  config = CONFIG,
) {
  const emulator = Context.get(yield* Layer.build(Layer.fresh(AwsEmulator.layer())), AwsEmulator)
  const layers = yield* localLayers
  layers.functions.set("shop", zipWith({ "config.yaml": config }))
  yield* prepare(emulator)
  const outcome = yield* cliProcess(["doctor", "--function", "shop", "--region", REGION, "--json"], {
    ...credentialsFor(layers.endpoint),
    AWS_ENDPOINT_URL_DYNAMODB: emulator.endpoint,
    AWS_ENDPOINT_URL_KMS: emulator.endpoint,
  })
  const checks: ReadonlyArray<Readonly<Record<"name" | "result" | "message", string>>> = JSON.parse(
    outcome.stdout || "[]",
  )
  const of = (name: string) => checks.find((check) => check.name === name)
  return {
    code: outcome.code,
    said: outcome.stdout + outcome.stderr,
    store: of("shared.store"),
    encryption: of("shared.encryption"),
    permissions: of("permissions"),
    layers,
  }
})

const seeded = (aws: AwsEmulator["Service"]) =>
  Effect.orDie(seedFrom(aws.endpoint, { region: REGION, tables: [TABLE] }))

const timeToLive = (aws: AwsEmulator["Service"]) =>
  aws.faults.inject({
    operation: "DescribeTimeToLive",
    effect: {
      kind: "body",
      body: JSON.stringify({
        TimeToLiveDescription: { AttributeName: "expires", TimeToLiveStatus: "ENABLED" },
      }),
    },
  })

describe("doctor --function, with a shared tier", () => {
  it.live("finds table and key right, and asks IAM about the calls as they are made", () =>
    Effect.gen(function* () {
      const { code, encryption, layers, permissions, said, store } = yield* examined((aws) =>
        Effect.andThen(seeded(aws), timeToLive(aws)),
      )
      const results = [store?.result, encryption?.result, permissions?.result]
      assert.deepStrictEqual([...results, code], ["ok", "ok", "ok", 0], said)
      const asked = layers.simulations.map((query) => Array.from(query.values()).join(" "))
      const table = asked.find((values) => values.includes("dynamodb:BatchGetItem")) ?? ""
      assert.include(table, "dynamodb:LeadingKeys")
      assert.include(table, "shop/*")
      const key = asked.find((values) => values.includes("kms:GenerateDataKey")) ?? ""
      assert.match(key, /arn:aws:kms:us-east-1:\d+:key\/[0-9a-f-]{36}/)
      assert.include(key, "kms:EncryptionContext:cache-extension:namespace")
    }).pipe(Effect.scoped),
  )

  it.live("says what is missing: the table, the key, the permission", () =>
    Effect.gen(function* () {
      const { code, encryption, permissions, store } = yield* examined((aws) =>
        aws.faults.inject({
          operation: "DescribeKey",
          effect: { kind: "error", status: 400, type: "NotFoundException" },
        }),
      )
      assert.deepInclude(store, { result: "fail" })
      assert.include(store?.message, "there is no table shared-tier in us-east-1")
      assert.strictEqual(encryption?.message, "there is no KMS key alias/shop in us-east-1")
      assert.strictEqual(permissions?.result, "ok")
      assert.strictEqual(code, 1)
    }).pipe(Effect.scoped),
  )

  it.live("skips what whoever runs it may not see", () =>
    Effect.gen(function* () {
      const { code, encryption, store } = yield* examined((aws) =>
        Effect.forEach(["DescribeKey", "DescribeTable"], (operation) =>
          aws.faults.inject({
            operation,
            effect: { kind: "error", status: 400, type: "AccessDeniedException" },
          }),
        ),
      )
      assert.deepStrictEqual([store?.result, encryption?.result, code], ["skipped", "skipped", 0])
      assert.include(store?.message, "(dynamodb:DescribeTable)")
      assert.include(encryption?.message, "(kms:DescribeKey)")
    }).pipe(Effect.scoped),
  )
})
