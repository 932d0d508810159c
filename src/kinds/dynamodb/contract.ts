/**
 * Items in the documents.
 */
import * as Schema from "effect/Schema"
import { isArn } from "../arn.ts"
import type { Contract, GrantContext } from "../Contract.ts"
import { isQuery, type ItemAddress, type QueryAddress } from "./address.ts"
import type { query } from "./query.ts"

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
const tableArn = (table: string, { account, partition, region }: GrantContext): string =>
  isArn(table) ? table : `arn:${partition}:dynamodb:${region}:${account}:table/${table}`

const Item = Schema.Record(Schema.String, Schema.Json).annotate({
  identifier: "Item",
  description: "An item by its attributes: numbers with all their digits, bytes in base64, sets as arrays.",
  examples: [{ id: "42", total: 19.9 }],
})

const TypedItem = Schema.Record(Schema.String, Schema.Json).annotate({
  identifier: "TypedItem",
  description: "The same under format: dynamodb, with the type of each value.",
  examples: [{ id: { S: "42" }, total: { N: "19.9" } }],
})

const ItemsOfQuery = Schema.Array(Schema.Union([Item, TypedItem])).annotate({
  identifier: "ItemsOfQuery",
  description: "The items that a query finds, in the order of the sort key.",
  examples: [[{ id: "42", total: 19.9 }]],
})

export const contract: Contract<typeof query, ItemAddress | QueryAddress> = {
  id: "Items",
  plural: "items",
  title: "Items of DynamoDB",
  name: {
    description:
      "An item or a query of config.yaml: its name there, else table, hash key and, if it has one, sort key, with dashes between",
    example: "Orders-42",
  },
  selectors: {
    hashkeyvalue: {
      description: "The value of the partition key, if the name is that of a table under `tables`.",
      example: "42",
    },
    sortkeyvalue: {
      description: "The value of the sort key, if that table has one.",
      example: "2026-11-24",
    },
  },
  answer:
    "As JSON: the item, the items of a query, a field, or several names. As text: a field that is a string.",
  value: Schema.Union([Item, TypedItem, ItemsOfQuery]),
  permissions: [
    {
      listed: "`dynamodb`, `tables`",
      actions: "`dynamodb:GetItem`, and `dynamodb:BatchGetItem` for several",
      on: "the table",
    },
    {
      listed: "`dynamodb` with `query`",
      actions: "`dynamodb:Query`",
      on: "the table, or `<table>/index/<index>`",
    },
  ],
  grants: (address, context) => {
    const arn = tableArn(address.table, context)
    if (isQuery(address)) {
      const { index } = address.query
      return [
        { actions: ["dynamodb:Query"], resources: [index === undefined ? arn : `${arn}/index/${index}`] },
      ]
    }
    // Batches are formed as in the source. Functions can ask for several items of a declared table.
    const batch = JSON.stringify([address.consistentRead, address.attributes])
    const hasVersions = address.hash.value === ""
    return [
      { actions: ["dynamodb:GetItem"], resources: [arn] },
      { actions: ["dynamodb:BatchGetItem"], resources: [arn], batch, hasVersions },
    ]
  },
}
