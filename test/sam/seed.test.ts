/**
 * The function behind the custom resource, under AWS's own runtime client beside local DynamoDB: the item comes and
 * goes, and CloudFormation gets an answer in every case, since without one a stack hangs.
 */
import path from "node:path"
import { CreateTableCommand, DeleteTableCommand, GetItemCommand } from "@aws-sdk/client-dynamodb"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { LambdaEmulator } from "../../local/lambda/LambdaEmulator.ts"
import { awsClients, awsLayer, sdk } from "../support/aws.ts"
import { type Answer, makeBucket, REQUEST } from "./cloudFormation.ts"
import { allowedBy, functionOf, propertiesOf, readTemplate, REGION, SAM } from "./template.ts"

const template = readTemplate()
const SEED_FUNCTION = functionOf(template, "SeedFunction")

/** As in the template, but for the name of the table. */
const PROPERTIES = { ...propertiesOf(template, "SampleItem"), TableName: "Items" }
const ITEM = { pKey: { S: "pKey1" }, sKey: { S: "sKey1" } }

const lambdaLayer = Layer.effect(
  LambdaEmulator,
  Effect.flatMap(AwsEmulator, ({ endpoint }) =>
    LambdaEmulator.make({
      function: {
        kind: "node",
        taskRoot: path.join(SAM, String(SEED_FUNCTION["CodeUri"])),
        handler: String(SEED_FUNCTION["Handler"]),
      },
      region: REGION,
      environment: { AWS_ENDPOINT_URL: endpoint },
      // The template's is longer; the function keeps 5 of them for its answer.
      timeout: "6 seconds",
    }),
  ),
)

/** Sends a request as CloudFormation does; what the custom resource answered. */
const request = Effect.fnUntraced(function* (
  RequestType: string,
  ResourceProperties: unknown = PROPERTIES,
  rest: Readonly<Record<string, unknown>> = {},
) {
  const lambda = yield* LambdaEmulator
  const bucket = yield* makeBucket()
  const event = { ...REQUEST, RequestType, ResponseURL: bucket.url, ResourceProperties, ...rest }
  const { functionError } = yield* lambda.invoke(event)
  assert.isUndefined(functionError)
  return yield* bucket.answer
}, Effect.scoped)

const itemAt = (key: typeof ITEM) =>
  Effect.gen(function* () {
    const { dynamo } = yield* awsClients({ region: REGION })
    const get = new GetItemCommand({ TableName: "Items", Key: key, ConsistentRead: true })
    return (yield* sdk(() => dynamo.send(get))).Item
  }).pipe(Effect.scoped)

const createTable = Effect.gen(function* () {
  const { dynamo } = yield* awsClients({ region: REGION })
  const { AttributeDefinitions, BillingMode, KeySchema } = propertiesOf(template, "Table") as {
    readonly AttributeDefinitions: Array<{ AttributeName: string; AttributeType: "S" }>
    readonly BillingMode: "PAY_PER_REQUEST"
    readonly KeySchema: Array<{ AttributeName: string; KeyType: "HASH" | "RANGE" }>
  }
  const table = { AttributeDefinitions, BillingMode, KeySchema }
  yield* sdk(() => dynamo.send(new CreateTableCommand({ TableName: "Items", ...table })))
}).pipe(Effect.scoped)

class Table extends Context.Service<Table, { readonly name: string }>()("test/sam/Table") {}

/** A table as the template's, in a fresh AWS. */
const tableLayer = Layer.effect(Table, Effect.as(createTable, { name: "Items" }))

const assertSuccess = (answer: Answer, id: string): void => {
  assert.deepStrictEqual(answer, {
    Status: "SUCCESS",
    PhysicalResourceId: id,
    StackId: REQUEST.StackId,
    RequestId: REQUEST.RequestId,
    LogicalResourceId: REQUEST.LogicalResourceId,
  })
}

const ID = "Items/pKey1/sKey1"
const stack = Layer.mergeAll(lambdaLayer, tableLayer).pipe(Layer.provideMerge(awsLayer))

layer(stack, { excludeTestServices: true, timeout: "20 seconds" })("the sample item", (it) => {
  it.effect("is put into the table when the stack is created", () =>
    Effect.gen(function* () {
      assertSuccess(yield* request("Create"), ID)
      assert.deepStrictEqual(yield* itemAt(ITEM), { ...ITEM, Data: { S: "Sample Data" } })
    }),
  )

  it.effect("is replaced when its attributes change, and stays the same resource", () =>
    Effect.gen(function* () {
      yield* request("Create")
      const properties = { ...PROPERTIES, Attributes: { Data: "Other", More: "1" } }
      assertSuccess(yield* request("Update", properties, { PhysicalResourceId: ID }), ID)
      assert.deepStrictEqual(yield* itemAt(ITEM), { ...ITEM, Data: { S: "Other" }, More: { S: "1" } })
    }),
  )

  it.effect("is another resource when its key changes, so that the one before is deleted", () =>
    Effect.gen(function* () {
      yield* request("Create")
      const properties = { ...PROPERTIES, Key: { pKey: "pKey2", sKey: "sKey1" } }
      const updated = yield* request("Update", properties, { PhysicalResourceId: ID })
      assertSuccess(updated, "Items/pKey2/sKey1")
      // The clean-up that CloudFormation does then.
      assertSuccess(yield* request("Delete", PROPERTIES, { PhysicalResourceId: ID }), ID)
      assert.isUndefined(yield* itemAt(ITEM))
      assert.isDefined(yield* itemAt({ ...ITEM, pKey: { S: "pKey2" } }))
    }),
  )

  it.effect("is taken out with the stack, and may be gone already", () =>
    Effect.gen(function* () {
      yield* request("Create")
      for (const _ of ["there", "gone"]) {
        assertSuccess(yield* request("Delete", PROPERTIES, { PhysicalResourceId: ID }), ID)
        assert.isUndefined(yield* itemAt(ITEM))
      }
    }),
  )

  it.effect("needs no more than its role allows", () =>
    Effect.gen(function* () {
      const { calls } = yield* AwsEmulator
      yield* calls.clear
      yield* request("Create")
      yield* request("Update")
      yield* request("Delete")
      const seen = new Set((yield* calls.all).map(({ operation }) => `dynamodb:${operation}`))
      const allowed = allowedBy(template, "SeedRole").filter((permission) => !permission.startsWith("logs:"))
      const table = `arn:aws:dynamodb:${REGION}:123456789012:table/DynamoDbTable`
      assert.deepStrictEqual([...seen].map((action) => `${action} ${table}`).toSorted(), allowed.toSorted())
    }),
  )
})

layer(stack, { excludeTestServices: true, timeout: "30 seconds" })("CloudFormation gets its answer", (it) => {
  it.effect("when there is no such table, with the reason, and the roll-back passes", () =>
    Effect.gen(function* () {
      const properties = { ...PROPERTIES, TableName: "Missing" }
      const failed = yield* request("Create", properties)
      assert.strictEqual(failed.Status, "FAILED")
      assert.match(failed.Reason ?? "", /^ResourceNotFoundException: /)
      assert.strictEqual(failed.PhysicalResourceId, "Missing/pKey1/sKey1")
      const { PhysicalResourceId } = failed
      assertSuccess(yield* request("Delete", properties, { PhysicalResourceId }), PhysicalResourceId)
    }),
  )

  it.effect("when the request is of a type that does not exist, not even to JavaScript", () =>
    Effect.gen(function* () {
      for (const type of ["Import", "constructor", ""]) {
        const answer = yield* request(type, PROPERTIES, { PhysicalResourceId: ID })
        assert.strictEqual(answer.Status, "FAILED")
        assert.include(answer.Reason, "allowed: Create, Update, Delete")
      }
    }),
  )

  it.effect("when the properties say no item, and the roll-back passes", () =>
    Effect.gen(function* () {
      for (const properties of [null, {}, { TableName: "Items" }, { TableName: "Items", Key: "pKey1" }]) {
        const failed = yield* request("Create", properties)
        assert.strictEqual(failed.Status, "FAILED")
        assert.include(failed.Reason, "needs the properties TableName and Key")
        assert.strictEqual(failed.PhysicalResourceId, "SampleItem")
        const { PhysicalResourceId } = failed
        assertSuccess(yield* request("Delete", properties, { PhysicalResourceId }), "SampleItem")
      }
    }),
  )

  it.effect("when DynamoDB denies, short enough to be taken", () =>
    Effect.gen(function* () {
      const { faults } = yield* AwsEmulator
      const effect = {
        kind: "error",
        status: 400,
        type: "AccessDeniedException",
        message: "x".repeat(9_000),
      } as const
      yield* faults.inject({ service: "dynamodb", operation: "PutItem", times: 1, effect })
      const answer = yield* request("Create")
      assert.strictEqual(answer.Status, "FAILED")
      assert.match(answer.Reason ?? "", /^AccessDeniedException: x+$/)
      assert.isBelow(JSON.stringify(answer).length, 4_096)
    }),
  )

  it.effect("when DynamoDB does not, before the function's own time is over", () =>
    Effect.gen(function* () {
      const { faults } = yield* AwsEmulator
      const handle = yield* faults.inject({ service: "dynamodb", effect: { kind: "hang" } })
      const answer = yield* request("Create")
      assert.strictEqual(answer.Status, "FAILED")
      assert.match(answer.Reason ?? "", /Abort|Timeout/i)
      yield* faults.remove(handle.id)
    }),
  )

  it.effect("at the third attempt when its bucket refuses two, without a content type", () =>
    Effect.gen(function* () {
      const lambda = yield* LambdaEmulator
      const bucket = yield* makeBucket(2)
      const event = {
        ...REQUEST,
        RequestType: "Create",
        ResponseURL: bucket.url,
        ResourceProperties: PROPERTIES,
      }
      yield* lambda.invoke(event)
      assertSuccess(yield* bucket.answer, ID)
      assert.strictEqual(bucket.attempts(), 3)
      // The address is signed for none.
      assert.strictEqual(bucket.contentType() ?? "", "")
    }).pipe(Effect.scoped),
  )
})

layer(stack, { excludeTestServices: true, timeout: "20 seconds" })("the seeding function", (it) => {
  it.effect("says so when it is invoked by somebody else", () =>
    Effect.gen(function* () {
      const lambda = yield* LambdaEmulator
      const { functionError } = yield* lambda.invoke({ hello: "there" })
      assert.include(functionError?.message, "answers CloudFormation's custom resource requests")
    }),
  )

  it.effect("logs no address that could be used to answer in its place", () =>
    Effect.gen(function* () {
      const lambda = yield* LambdaEmulator
      yield* request("Import")
      const lines = lambda.logs.all().map(({ line }) => line)
      assert.isTrue(lines.some((line) => line.includes("The request type is Import")))
      assert.isFalse(lines.some((line) => line.includes("X-Amz-Signature")))
    }),
  )
})

layer(stack, { excludeTestServices: true, timeout: "20 seconds" })("a table that is deleted first", (it) => {
  it.effect("does not keep the stack from being deleted", () =>
    Effect.gen(function* () {
      yield* request("Create")
      const { dynamo } = yield* awsClients({ region: REGION })
      yield* sdk(() => dynamo.send(new DeleteTableCommand({ TableName: "Items" })))
      assertSuccess(yield* request("Delete", PROPERTIES, { PhysicalResourceId: ID }), ID)
    }),
  )
})
