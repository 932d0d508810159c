/**
 * Items in the documents.
 */
import * as Schema from "effect/Schema"
import { isArn } from "../arn.ts"
import type { Contract, GrantContext } from "../Contract.ts"
import type { ItemAddress } from "./address.ts"
import type { query } from "./query.ts"

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
const tableArn = (table: string, { account, partition, region }: GrantContext): string =>
  isArn(table) ? table : `arn:${partition}:dynamodb:${region}:${account}:table/${table}`

const Item = Schema.Record(Schema.String, Schema.Json).annotate({
  identifier: "Item",
  description: "An item by its attributes: numbers with all their digits, bytes in base64, sets as arrays.",
  examples: [{ id: "42", total: 19.9 }],
})

export const contract: Contract<typeof query, ItemAddress> = {
  id: "Items",
  plural: "items",
  title: "Items of DynamoDB",
  name: {
    description: "An item of config.yaml: table, hash key and, if it has one, sort key, with dashes between",
    example: "Orders-42",
  },
  selectors: {},
  answer: "As JSON: the item, a field of it, or several names. As text: a field of it that is a string.",
  value: Item,
  permissions: [
    {
      listed: "`dynamodb`",
      actions: "`dynamodb:GetItem`, and `dynamodb:BatchGetItem` for several",
      on: "the table",
    },
  ],
  grants: ({ consistentRead, table }, context) => {
    const resources = [tableArn(table, context)]
    return [
      { actions: ["dynamodb:GetItem"], resources },
      { actions: ["dynamodb:BatchGetItem"], resources, batch: String(consistentRead) },
    ]
  },
}
