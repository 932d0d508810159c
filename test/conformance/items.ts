/**
 * What DynamoDB does as far as the extension depends on it, told in SDK calls: items, keys, batches.
 *
 * Source: docs.aws.amazon.com/amazondynamodb/latest/APIReference. Run by conformance.test.ts.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { refusalOf, sdk } from "../support/aws.ts"
import { type Aws, conformance } from "./Target.ts"

type Item = Record<string, AttributeValue>

/** A table of its own, with a hash key `pKey` and, if asked for, a range key `sKey`. */
const createTable = Effect.fnUntraced(function* (
  aws: Aws,
  keys: { readonly hash: "S" | "N" | "B"; readonly range?: "S" | "N" | "B" } = { hash: "S" },
) {
  const table = aws.unique("table")
  const columns = [
    { name: "pKey", type: keys.hash, role: "HASH" as const },
    ...(keys.range === undefined ? [] : [{ name: "sKey", type: keys.range, role: "RANGE" as const }]),
  ]
  const command = new CreateTableCommand({
    TableName: table,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: columns.map(({ name, role }) => ({ AttributeName: name, KeyType: role })),
    AttributeDefinitions: columns.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
  })
  yield* sdk(() => aws.dynamo.send(command))
  yield* sdk((abortSignal) =>
    waitUntilTableExists(
      { client: aws.dynamo, abortSignal, maxWaitTime: 10, minDelay: 1, maxDelay: 1 },
      { TableName: table },
    ),
  )
  return table
})

const put = (aws: Aws, table: string, item: Item) =>
  sdk(() => aws.dynamo.send(new PutItemCommand({ TableName: table, Item: item })))
const get = (aws: Aws, table: string, key: Item) =>
  sdk(() => aws.dynamo.send(new GetItemCommand({ TableName: table, Key: key }))).pipe(
    Effect.map(({ Item }) => Item),
  )
const getRefused = (aws: Aws, table: string, key: Item) =>
  refusalOf(() => aws.dynamo.send(new GetItemCommand({ TableName: table, Key: key })))
const batchCommand = (table: string, keys: Array<Item>) =>
  new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys } } })

export const itemCases = [
  conformance(
    "an item of a table with a range key is read by both keys",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createTable(aws, { hash: "S", range: "S" })
      const item = { pKey: { S: "pKey1" }, sKey: { S: "sKey1" }, Data: { S: "Sample Data" } }
      yield* put(aws, table, item)
      assert.deepStrictEqual(yield* get(aws, table, { pKey: item.pKey, sKey: item.sKey }), item)
    }),
  ),
  conformance(
    "attributes of every type come back as they were written",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createTable(aws)
      const item: Item = {
        pKey: { S: "all" },
        text: { S: "" },
        yes: { BOOL: true },
        nothing: { NULL: true },
        bytes: { B: new Uint8Array([0, 255]) },
        list: { L: [{ N: "1" }, { M: { deep: { S: "x" } } }] },
        map: { M: { empty: { L: [] } } },
        names: { SS: ["a", "b"] },
        blobs: { BS: [new Uint8Array([1])] },
      }
      yield* put(aws, table, item)
      assert.deepStrictEqual(yield* get(aws, table, { pKey: { S: "all" } }), item)
    }),
  ),
  conformance(
    "numbers keep 38 digits",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createTable(aws)
      const digits = "12345678901234567890123456789012345678"
      yield* put(aws, table, { pKey: { S: "big" }, n: { N: digits } })
      assert.deepStrictEqual((yield* get(aws, table, { pKey: { S: "big" } }))?.["n"], { N: digits })
    }),
  ),
  conformance(
    "numbers come back without needless zeros",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createTable(aws)
      yield* put(aws, table, { pKey: { S: "zeros" }, n: { N: "007.500" } })
      assert.deepStrictEqual((yield* get(aws, table, { pKey: { S: "zeros" } }))?.["n"], { N: "7.5" })
    }),
  ),
  conformance(
    "keys may be numbers, and 7.0 finds 7",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createTable(aws, { hash: "N" })
      yield* put(aws, table, { pKey: { N: "7" }, Data: { S: "seven" } })
      assert.deepStrictEqual((yield* get(aws, table, { pKey: { N: "7.0" } }))?.["Data"], { S: "seven" })
    }),
  ),
  conformance(
    "keys may be bytes",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createTable(aws, { hash: "B" })
      const pKey = { B: new Uint8Array([0, 1, 254]) }
      yield* put(aws, table, { pKey, Data: { S: "bytes" } })
      assert.deepStrictEqual((yield* get(aws, table, { pKey }))?.["Data"], { S: "bytes" })
    }),
  ),
  conformance(
    "what does not exist is an answer without an item, not an error",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createTable(aws)
      assert.isUndefined(yield* get(aws, table, { pKey: { S: "absent" } }))
    }),
  ),
  conformance(
    "a deleted item is gone",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createTable(aws)
      const Key = { pKey: { S: "deleted" } }
      yield* put(aws, table, Key)
      yield* sdk(() => aws.dynamo.send(new DeleteItemCommand({ TableName: table, Key })))
      assert.isUndefined(yield* get(aws, table, Key))
    }),
  ),
  conformance(
    "a table that does not exist is ResourceNotFoundException",
    Effect.fnUntraced(function* (aws) {
      const refusal = yield* getRefused(aws, aws.unique("absent"), { pKey: { S: "x" } })
      assert.deepStrictEqual([refusal.name, refusal.status], ["ResourceNotFoundException", 400])
    }),
  ),
  conformance(
    "a key of the wrong type is refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createTable(aws)
      assert.strictEqual((yield* getRefused(aws, table, { pKey: { N: "1" } })).name, "ValidationException")
    }),
  ),
  conformance(
    "a key without its range part is refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createTable(aws, { hash: "S", range: "S" })
      assert.strictEqual((yield* getRefused(aws, table, { pKey: { S: "x" } })).name, "ValidationException")
    }),
  ),
  conformance(
    "a batch answers the items that exist, in any order, and leaves out the others",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createTable(aws)
      yield* put(aws, table, { pKey: { S: "a" } })
      yield* put(aws, table, { pKey: { S: "b" } })
      const keys = ["b", "absent", "a"].map((id) => ({ pKey: { S: id } }))
      const { Responses = {}, UnprocessedKeys } = yield* sdk(() => aws.dynamo.send(batchCommand(table, keys)))
      const ids = Responses[table]?.map(({ pKey }) => pKey?.S).toSorted()
      assert.deepStrictEqual([ids, UnprocessedKeys], [["a", "b"], {}])
    }),
  ),
  conformance(
    "a batch reads from several tables",
    Effect.fnUntraced(function* (aws) {
      const one = yield* createTable(aws)
      const two = yield* createTable(aws, { hash: "N" })
      yield* put(aws, one, { pKey: { S: "a" } })
      yield* put(aws, two, { pKey: { N: "1" } })
      const command = new BatchGetItemCommand({
        RequestItems: { [one]: { Keys: [{ pKey: { S: "a" } }] }, [two]: { Keys: [{ pKey: { N: "1" } }] } },
      })
      const { Responses } = yield* sdk(() => aws.dynamo.send(command))
      assert.deepStrictEqual(Responses, { [one]: [{ pKey: { S: "a" } }], [two]: [{ pKey: { N: "1" } }] })
    }),
  ),
  conformance(
    "a hundred keys are one batch, a hundred and one are refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createTable(aws)
      const keys = Array.from({ length: 101 }, (_, index) => ({ pKey: { S: `key-${index}` } }))
      const { Responses } = yield* sdk(() => aws.dynamo.send(batchCommand(table, keys.slice(0, 100))))
      assert.deepStrictEqual(Responses, { [table]: [] })
      const refusal = yield* refusalOf(() => aws.dynamo.send(batchCommand(table, keys)))
      assert.strictEqual(refusal.name, "ValidationException")
    }),
  ),
  conformance(
    "a key given twice in a batch is refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createTable(aws)
      const key = { pKey: { S: "twice" } }
      const refusal = yield* refusalOf(() => aws.dynamo.send(batchCommand(table, [key, key])))
      assert.strictEqual(refusal.name, "ValidationException")
    }),
  ),
]
