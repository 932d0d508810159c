/**
 * The section `dynamodb`: items of DynamoDB, each by its whole primary key, and queries.
 *
 * As in the Go sample; `name`, `query`, `attributes`, `format`, `region`, `role_arn`, `consistent_read`, `numbers`, keys of
 * type B and the policy keys are new. Functions request the `name`, or `<table>-<hashkeyvalue>[-<sortkeyvalue>]`.
 */
import { accessFields, regionRule } from "../access.ts"
import type { Decoded } from "../../config/fields/Field.ts"
import * as fields from "../../config/fields/fields.ts"
import { policyFields, sharedField } from "../../config/fields/policies.ts"
import { defineSection } from "../Section.ts"
import type { ItemAddress, KeyAttribute, QueryAddress } from "./address.ts"
import {
  placeAndForm,
  readFields,
  readRules,
  tableFields,
  tableOf,
  togetherRule,
  valueRule,
} from "./itemFields.ts"
import { MAX_HASH_BYTES, MAX_SORT_BYTES } from "./keyValues.ts"
import { queryField, queryOf, queryRules } from "./queryFields.ts"
import { tables } from "./tables.ts"

const VALUE_ALLOWED = "the value of the key, not empty"

const { hashkey, hashkeytype, sortkey, sortkeytype, table } = tableFields
const { attributes, consistent_read, format, numbers } = readFields

const item = fields.mapping(
  {
    table,
    hashkey,
    hashkeytype,
    hashkeyvalue: fields.value("The value of the partition key, as written.", VALUE_ALLOWED),
    sortkey,
    sortkeytype,
    sortkeyvalue: fields.optional(fields.value("The value of the sort key, as written.", VALUE_ALLOWED)),
    ...accessFields,
    consistent_read,
    numbers,
    name: fields.optional(
      fields.ownName(
        "What functions ask for: GET /dynamodb?name=<name>. Required with query. Default: table, hash key and sort key with dashes between.",
      ),
    ),
    attributes,
    format,
    query: fields.optional(queryField),
    ...policyFields,
    ...sharedField,
  },
  "One item of a table, or a query.",
)

const keyOf = (parts: Decoded<typeof item>): KeyAttribute | undefined => {
  const { sortkey: name, sortkeytype: type, sortkeyvalue: value } = parts
  return name === undefined || type === undefined || value === undefined ? undefined : { name, type, value }
}

export const section = defineSection({
  kind: "dynamodb",
  description: "Items of DynamoDB, each by its whole primary key, and queries.",
  item,
  collections: tables,
  rules: (written, context) => {
    const { values } = written
    return [
      ...valueRule(values["hashkeytype"], values["hashkeyvalue"], ["hashkeyvalue"], MAX_HASH_BYTES),
      ...valueRule(values["sortkeytype"], values["sortkeyvalue"], ["sortkeyvalue"], MAX_SORT_BYTES),
      ...togetherRule(written, ["sortkey", "sortkeytype", "sortkeyvalue"]),
      ...queryRules(written),
      ...readRules(written),
      ...regionRule(written, tableOf(written), context.region),
    ]
  },
  drafts: (item, path, context) => {
    const parts = placeAndForm(item, context)
    if (parts === undefined) return [] // `regionRule` has reported it.
    const { form, place } = parts
    const hash = { name: item.hashkey, type: item.hashkeytype, value: item.hashkeyvalue }
    const sort = keyOf(item)
    const address: ItemAddress | QueryAddress =
      item.query === undefined
        ? { ...place, hash, ...(sort === undefined ? {} : { sort }), ...form }
        : { ...place, hash, ...form, query: queryOf(item.query, sort) }
    const fullKey = [item.table, item.hashkeyvalue, ...(sort === undefined ? [] : [sort.value])]
    return [{ name: item.name ?? fullKey.join("-"), address, policy: item, path }]
  },
})
