/**
 * Seeding of local AWS from a file, as in `npm start`, read back with SDK clients.
 *
 * The seed has the resources of the template of AWS's Go sample, and more.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { GetItemCommand } from "@aws-sdk/client-dynamodb"
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager"
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { AwsEmulator } from "../../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../../local/aws/seed.ts"
import { readSeed } from "../../../cli/seed/seedFile.ts"
import { awsClients, awsLayer, sdk } from "../../support/aws.ts"

/** The resources that the template of AWS's Go sample deploys. */
const ORIGINAL = `
region: us-west-2
parameters:
  - name: CacheExtensions_Parameter1
    value: Hello
    labels: [prod]
  - { name: /app/key, value: s3cr3t, type: SecureString, region: eu-central-1 }
secrets:
  - { name: secret_info, value: '{"user":"me"}' }
  - { name: blob, binary: AAEC }
tables:
  - name: DynamoDbTable
    hashKey: { name: pKey, type: S }
    sortKey: { name: sKey, type: S }
    items:
      - { pKey: pKey1, sKey: sKey1, Data: Sample Data }
      - pKey: types
        sKey: all
        count: 42
        exact: { $N: "12345678901234567890.5" }
        yes: true
        nothing: null
        list: [1, { deep: x }]
        names: { $SS: [a, b] }
        bytes: { $B: AAEC }
`

const withFile = (text: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(path.join(tmpdir(), "seed-"))
      const file = path.join(folder, "seed.yaml")
      writeFileSync(file, text)
      return { folder, file }
    }),
    ({ folder }) => Effect.sync(() => rmSync(folder, { recursive: true })),
  ).pipe(Effect.map(({ file }) => file))

const getItem = (pKey: string, sKey: string) =>
  new GetItemCommand({ TableName: "DynamoDbTable", Key: { pKey: { S: pKey }, sKey: { S: sKey } } })

describe("a seed", () => {
  it.effect("puts the parameters, secrets and items of a file into AWS", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* AwsEmulator
      yield* seedFrom(endpoint, yield* readSeed(yield* withFile(ORIGINAL)))
      const west = yield* awsClients({ region: "us-west-2" })
      const central = yield* awsClients({ region: "eu-central-1" })
      const parameter = (name: string) => new GetParameterCommand({ Name: name, WithDecryption: true })
      const labelled = yield* sdk(() => west.ssm.send(parameter("CacheExtensions_Parameter1:prod")))
      assert.strictEqual(labelled.Parameter?.Value, "Hello")
      const secure = yield* sdk(() => central.ssm.send(parameter("/app/key")))
      assert.deepStrictEqual([secure.Parameter?.Type, secure.Parameter?.Value], ["SecureString", "s3cr3t"])
      const secret = (id: string) => west.secrets.send(new GetSecretValueCommand({ SecretId: id }))
      assert.strictEqual((yield* sdk(() => secret("secret_info"))).SecretString, '{"user":"me"}')
      assert.deepStrictEqual([...((yield* sdk(() => secret("blob"))).SecretBinary ?? [])], [0, 1, 2])
      const { Item } = yield* sdk(() => west.dynamo.send(getItem("pKey1", "sKey1")))
      assert.deepStrictEqual(Item?.["Data"], { S: "Sample Data" })
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("writes attributes of every type", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* AwsEmulator
      yield* seedFrom(endpoint, yield* readSeed(yield* withFile(ORIGINAL)))
      const { dynamo } = yield* awsClients()
      const { Item } = yield* sdk(() => dynamo.send(getItem("types", "all")))
      assert.deepStrictEqual(Item, {
        pKey: { S: "types" },
        sKey: { S: "all" },
        count: { N: "42" },
        exact: { N: "12345678901234567890.5" },
        yes: { BOOL: true },
        nothing: { NULL: true },
        list: { L: [{ N: "1" }, { M: { deep: { S: "x" } } }] },
        names: { SS: ["a", "b"] },
        bytes: { B: new Uint8Array([0, 1, 2]) },
      })
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("comes with the example, and can be sown", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* AwsEmulator
      const example = path.join(import.meta.dirname, "../../../example/seed.yaml")
      yield* seedFrom(endpoint, yield* readSeed(example))
      const { dynamo } = yield* awsClients({ region: "us-west-2" })
      const { Item } = yield* sdk(() => dynamo.send(getItem("pKey1", "sKey1")))
      assert.deepStrictEqual(Item?.["Data"], { S: "Sample Data" })
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("can be sown twice", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* AwsEmulator
      const seed = yield* readSeed(yield* withFile(ORIGINAL))
      yield* seedFrom(endpoint, seed)
      yield* seedFrom(endpoint, seed)
      const { ssm } = yield* awsClients()
      const get = new GetParameterCommand({ Name: "CacheExtensions_Parameter1" })
      assert.strictEqual((yield* sdk(() => ssm.send(get))).Parameter?.Version, 2)
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("with JSON puts its text into AWS", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* AwsEmulator
      yield* seedFrom(endpoint, { secrets: [{ name: "db", json: { user: "app", port: 5432 } }] })
      const { secrets } = yield* awsClients({ region: "us-east-1" })
      const get = new GetSecretValueCommand({ SecretId: "db" })
      assert.strictEqual((yield* sdk(() => secrets.send(get))).SecretString, '{"user":"app","port":5432}')
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("names the entry that AWS refuses", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* AwsEmulator
      const seed = { parameters: [{ name: "empty", value: "" }] }
      const error = yield* Effect.flip(seedFrom(endpoint, seed))
      assert.include(error.message, "parameter empty")
    }).pipe(Effect.provide(awsLayer)),
  )
})
