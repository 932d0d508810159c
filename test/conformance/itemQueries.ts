/**
 * What DynamoDB does with queries and projections, as far as the extension depends on it, told in SDK calls.
 *
 * Source: docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html. Run by conformance.test.ts.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { refusalOf, sdk } from "../support/aws.ts"
import { type Aws, conformance } from "./Target.ts"

type Item = Record<string, AttributeValue>

const keys = (hash: string, range?: string): CreateTableCommandInput["KeySchema"] => [
  { AttributeName: hash, KeyType: "HASH" },
  ...(range === undefined ? [] : [{ AttributeName: range, KeyType: "RANGE" as const }]),
]
const ALL = { ProjectionType: "ALL" } as const

/** Orders by customer and number, with a global index by state and day and a local one by day. */
const createOrders = Effect.fnUntraced(function* (aws: Aws, items: ReadonlyArray<Item>) {
  const table = aws.unique("orders")
  const command = new CreateTableCommand({
    TableName: table,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: keys("customer", "number"),
    AttributeDefinitions: [
      { AttributeName: "customer", AttributeType: "S" },
      { AttributeName: "number", AttributeType: "N" },
      { AttributeName: "state", AttributeType: "S" },
      { AttributeName: "day", AttributeType: "S" },
    ],
    GlobalSecondaryIndexes: [{ IndexName: "byState", KeySchema: keys("state", "day"), Projection: ALL }],
    LocalSecondaryIndexes: [{ IndexName: "byDay", KeySchema: keys("customer", "day"), Projection: ALL }],
  })
  yield* sdk(() => aws.dynamo.send(command))
  yield* sdk((abortSignal) =>
    waitUntilTableExists(
      { client: aws.dynamo, abortSignal, maxWaitTime: 10, minDelay: 1, maxDelay: 1 },
      { TableName: table },
    ),
  )
  yield* Effect.forEach(
    items,
    (Item) => sdk(() => aws.dynamo.send(new PutItemCommand({ TableName: table, Item }))),
    { concurrency: 8, discard: true },
  )
  return table
})

const order = (customer: string, number: number, more: Item = {}): Item => ({
  customer: { S: customer },
  number: { N: String(number) },
  state: { S: number % 2 === 0 ? "open" : "paid" },
  day: { S: `2026-11-${String(number + 10)}` },
  ...more,
})

/** Of two customers; the numbers do not sort as texts. */
const ORDERS = [2, 10, 1, 9].map((number) => order("a", number)).concat([order("b", 1), order("b", 2)])

const send = (aws: Aws, input: QueryCommandInput) => sdk(() => aws.dynamo.send(new QueryCommand(input)))
const refused = (aws: Aws, input: QueryCommandInput) =>
  Effect.map(
    refusalOf(() => aws.dynamo.send(new QueryCommand(input))),
    ({ name }) => name,
  )

/** A query of one customer's orders. */
const of = (TableName: string, customer = "a"): QueryCommandInput => ({
  TableName,
  KeyConditionExpression: "#0 = :hash",
  ExpressionAttributeNames: { "#0": "customer" },
  ExpressionAttributeValues: { ":hash": { S: customer } },
})

/** The same with a condition on the sort key. */
const where = (
  TableName: string,
  condition: string,
  sort: string,
  values: Record<string, AttributeValue>,
): QueryCommandInput => ({
  TableName,
  KeyConditionExpression: `#0 = :hash AND ${condition}`,
  ExpressionAttributeNames: { "#0": "customer", "#1": sort },
  ExpressionAttributeValues: { ":hash": { S: "a" }, ...values },
})

const numbers = (items: ReadonlyArray<Item> = []) => items.map(({ number }) => number?.N)

export const itemQueryCases = [
  conformance(
    "a query gives the items of a partition in the order of the sort key, numbers by their value",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createOrders(aws, ORDERS)
      const { Items, LastEvaluatedKey } = yield* send(aws, of(table))
      assert.deepStrictEqual([numbers(Items), LastEvaluatedKey], [["1", "2", "9", "10"], undefined])
    }),
  ),
  conformance(
    "ScanIndexForward: false turns the order round",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createOrders(aws, ORDERS)
      const { Items } = yield* send(aws, { ...of(table), ScanIndexForward: false })
      assert.deepStrictEqual(numbers(Items), ["10", "9", "2", "1"])
    }),
  ),
  conformance(
    "a query that finds nothing has no items, and is no error",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createOrders(aws, ORDERS)
      const { Items, LastEvaluatedKey } = yield* send(aws, of(table, "nobody"))
      assert.deepStrictEqual([Items, LastEvaluatedKey], [[], undefined])
    }),
  ),
  conformance(
    "a sort key is compared by =, <, <=, > and >=, and by between with both ends",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createOrders(aws, ORDERS)
      const found = yield* Effect.forEach(["=", "<", "<=", ">", ">="], (operator) =>
        Effect.map(
          send(aws, where(table, `#1 ${operator} :sort`, "number", { ":sort": { N: "9" } })),
          ({ Items }) => numbers(Items),
        ),
      )
      assert.deepStrictEqual(found, [["9"], ["1", "2"], ["1", "2", "9"], ["10"], ["9", "10"]])
      const ends = { ":sort": { N: "2" }, ":to": { N: "9" } }
      const { Items } = yield* send(aws, where(table, "#1 BETWEEN :sort AND :to", "number", ends))
      assert.deepStrictEqual(numbers(Items), ["2", "9"])
    }),
  ),
  conformance(
    "begins_with compares a sort key of text",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createOrders(aws, ORDERS)
      const input = where(table, "begins_with(#1, :sort)", "day", { ":sort": { S: "2026-11-1" } })
      const { Items } = yield* send(aws, { ...input, IndexName: "byDay" })
      assert.deepStrictEqual(numbers(Items), ["1", "2", "9"])
    }),
  ),
  conformance(
    "begins_with of a number is refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createOrders(aws, [])
      const input = where(table, "begins_with(#1, :sort)", "number", { ":sort": { N: "1" } })
      assert.strictEqual(yield* refused(aws, input), "ValidationException")
    }),
  ),
  conformance(
    "a global index is queried by its own key",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createOrders(aws, ORDERS)
      const { Items } = yield* send(aws, {
        TableName: table,
        IndexName: "byState",
        KeyConditionExpression: "#0 = :hash AND #1 >= :sort",
        ExpressionAttributeNames: { "#0": "state", "#1": "day" },
        ExpressionAttributeValues: { ":hash": { S: "open" }, ":sort": { S: "2026-11-12" } },
      })
      assert.sameMembers(
        (Items ?? []).map(({ customer, number }) => `${customer?.S}${number?.N}`),
        ["a2", "b2", "a10"],
      )
      assert.strictEqual(Items?.at(-1)?.["number"]?.N, "10")
    }),
  ),
  conformance(
    "a table and a local index are read consistently",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createOrders(aws, ORDERS)
      const plain = yield* send(aws, { ...of(table), ConsistentRead: true })
      const byDay = yield* send(aws, { ...of(table), IndexName: "byDay", ConsistentRead: true })
      assert.deepStrictEqual([plain.Items?.length, byDay.Items?.length], [4, 4])
    }),
  ),
  conformance(
    "a global index is not: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createOrders(aws, [])
      const input = {
        TableName: table,
        IndexName: "byState",
        ConsistentRead: true,
        KeyConditionExpression: "#0 = :hash",
        ExpressionAttributeNames: { "#0": "state" },
        ExpressionAttributeValues: { ":hash": { S: "open" } },
      }
      assert.strictEqual(yield* refused(aws, input), "ValidationException")
    }),
  ),
  conformance(
    "Limit ends a page, whose key starts the next one",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createOrders(aws, ORDERS)
      const first = yield* send(aws, { ...of(table), Limit: 3 })
      assert.deepStrictEqual(numbers(first.Items), ["1", "2", "9"])
      assert.deepStrictEqual(first.LastEvaluatedKey, { customer: { S: "a" }, number: { N: "9" } })
      const second = yield* send(aws, { ...of(table), ExclusiveStartKey: first.LastEvaluatedKey })
      assert.deepStrictEqual([numbers(second.Items), second.LastEvaluatedKey], [["10"], undefined])
    }),
  ),
  conformance(
    "a page ends at 1 MB, and the next one begins behind it",
    Effect.fnUntraced(function* (aws) {
      const body = { S: "x".repeat(390_000) }
      const table = yield* createOrders(
        aws,
        [1, 2, 3, 4].map((number) => order("a", number, { body })),
      )
      const first = yield* send(aws, of(table))
      assert.isDefined(first.LastEvaluatedKey)
      assert.isBelow(first.Items?.length ?? 4, 4)
      const second = yield* send(aws, { ...of(table), ExclusiveStartKey: first.LastEvaluatedKey })
      assert.deepStrictEqual(numbers([...(first.Items ?? []), ...(second.Items ?? [])]), ["1", "2", "3", "4"])
    }),
  ),
  conformance(
    "a projection has parts of items, by placeholders also those with reserved names",
    Effect.fnUntraced(function* (aws) {
      const more: Item = {
        size: { M: { width: { N: "3" }, height: { N: "4" } } },
        "a.b": { S: "dotted" },
      }
      const table = yield* createOrders(aws, [order("a", 1, more), order("a", 2)])
      const projection = {
        ProjectionExpression: "#1.#2,#4,#5,#6",
        ExpressionAttributeNames: {
          "#1": "size",
          "#2": "width",
          "#4": "a.b",
          "#5": "customer",
          "#6": "number",
        },
      }
      const key = { customer: { S: "a" }, number: { N: "1" } }
      const parts: Item = {
        ...key,
        size: { M: { width: { N: "3" } } },
        "a.b": { S: "dotted" },
      }
      const other = { customer: { S: "a" }, number: { N: "2" } }
      const one = yield* sdk(() =>
        aws.dynamo.send(new GetItemCommand({ TableName: table, Key: key, ...projection })),
      )
      assert.deepStrictEqual(one.Item, parts)
      const batch = new BatchGetItemCommand({
        RequestItems: { [table]: { Keys: [key, other], ...projection } },
      })
      const { Responses = {} } = yield* sdk(() => aws.dynamo.send(batch))
      assert.sameDeepMembers([...(Responses[table] ?? [])], [parts, other])
      const { Items } = yield* send(aws, {
        ...of(table),
        ...projection,
        KeyConditionExpression: "#5 = :hash",
      })
      assert.deepStrictEqual(Items, [parts, other])
    }),
  ),
  conformance(
    "a projection has single elements of lists, without the others",
    Effect.fnUntraced(function* (aws) {
      const lines = { L: [{ S: "first" }, { S: "second" }, { S: "third" }] }
      const table = yield* createOrders(aws, [order("a", 1, { lines })])
      const { Items } = yield* send(aws, {
        ...of(table),
        ProjectionExpression: "#1[2],#1[0]",
        ExpressionAttributeNames: { "#0": "customer", "#1": "lines" },
      })
      assert.deepStrictEqual(Items, [{ lines: { L: [{ S: "first" }, { S: "third" }] } }])
    }),
  ),
  conformance(
    "paths of a projection that overlap are refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createOrders(aws, [])
      const input = {
        ...of(table),
        ProjectionExpression: "#1,#1.#2",
        ExpressionAttributeNames: { "#0": "customer", "#1": "size", "#2": "width" },
      }
      assert.strictEqual(yield* refused(aws, input), "ValidationException")
    }),
  ),
  conformance(
    "a query of a table that does not exist is ResourceNotFoundException",
    Effect.fnUntraced(function* (aws) {
      assert.strictEqual(yield* refused(aws, of(aws.unique("absent"))), "ResourceNotFoundException")
    }),
  ),
  conformance(
    "a query of an index that does not exist is refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createOrders(aws, [])
      assert.strictEqual(yield* refused(aws, { ...of(table), IndexName: "byNothing" }), "ValidationException")
    }),
  ),
  conformance(
    "a query by a value of another type is refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const table = yield* createOrders(aws, [])
      const input = { ...of(table), ExpressionAttributeValues: { ":hash": { N: "1" } } }
      assert.strictEqual(yield* refused(aws, input), "ValidationException")
    }),
  ),
]
