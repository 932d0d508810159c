/**
 * The key `tables` of config.yaml: tables of which a function may ask for any item, by its key.
 *
 * A request names the table and the key values, or in one text what the item would be called if it were listed:
 * `GET /dynamodb?name=Orders&hashkeyvalue=7`, `GET /dynamodb?name=Orders-7`.
 */
import * as fields from "../../config/fields/fields.ts"
import { policyFields, sharedField } from "../../config/fields/policies.ts"
import { queryKey } from "../../domain/Entry.ts"
import { regionRule } from "../access.ts"
import { type Collections, defineList, type Member, type VersionSelector } from "../Section.ts"
import { isQuery, type ItemAddress, type KeyAttribute } from "./address.ts"
import { placeAndForm, readFields, readRules, tableFields, tableOf, togetherRule } from "./itemFields.ts"
import { keyValueFault, MAX_HASH_BYTES, MAX_SORT_BYTES } from "./keyValues.ts"

const item = fields.mapping(
  {
    ...tableFields,
    name: fields.optional(fields.ownName("What functions call the table. Default: table.")),
    ...readFields,
    ...policyFields,
    ...sharedField,
  },
  "A table of which functions may ask for any item.",
)

/** The values of a key. Undefined: the request does not have it. */
interface KeyValues {
  readonly hash: string | undefined
  readonly sort: string | undefined
}

/** The parts of `<hash key>-<sort key>`; undefined unless there is exactly one way to divide it. */
const bothParts = (text: string): KeyValues | undefined => {
  const [hash, sort, ...more] = text.split("-")
  return hash && sort && more.length === 0 ? { hash, sort } : undefined
}

const AMBIGUOUS =
  "it does not say which part is which key of the table; allowed is the table's name with hashkeyvalue and sortkeyvalue"

/** Why a key is none of this table: a part is missing, there is one too many, or a value is not of its type. */
const keyFault = ({ hash, sort }: ItemAddress, values: KeyValues): string | undefined => {
  if (values.hash === undefined || values.hash === "")
    return `it is a table; hashkeyvalue, the value of ${hash.name}, is missing`
  if (sort === undefined && values.sort !== undefined)
    return "the table has no sort key; allowed is hashkeyvalue"
  if (sort !== undefined && !values.sort) return `sortkeyvalue, the value of ${sort.name}, is missing`
  return (
    valueFault("hashkeyvalue", hash, values.hash, MAX_HASH_BYTES) ??
    (sort && values.sort && valueFault("sortkeyvalue", sort, values.sort, MAX_SORT_BYTES))
  )
}

const valueFault = (
  key: string,
  { type }: KeyAttribute,
  value: string,
  maxBytes: number,
): string | undefined => {
  const allowed = keyValueFault(type, value, maxBytes)
  return allowed && `the value of ${key} must be ${allowed}`
}

/** A declared table. */
interface Table {
  readonly name: string
  readonly address: ItemAddress
}

/** The item with a key. */
const memberWith = (
  { address, name }: Table,
  { hash = "", sort }: KeyValues,
  fault: string | undefined,
): Member<"dynamodb"> => ({
  key: queryKey("dynamodb", {
    name,
    hashkeyvalue: hash,
    ...(sort === undefined ? {} : { sortkeyvalue: sort }),
  }),
  name: [name, hash, ...(sort === undefined ? [] : [sort])].join("-"),
  address: {
    ...address,
    hash: { ...address.hash, value: hash },
    ...(address.sort === undefined ? {} : { sort: { ...address.sort, value: sort ?? "" } }),
  },
  ...(fault === undefined ? {} : { fault }),
})

const memberBySelector = (
  table: Table,
  { hashkeyvalue: hash, sortkeyvalue: sort }: VersionSelector,
): Member<"dynamodb"> => memberWith(table, { hash, sort }, keyFault(table.address, { hash, sort }))

/** `text` is what stands behind the table's name. */
const memberByName = (table: Table, text: string): Member<"dynamodb"> => {
  const { address } = table
  const values = address.sort === undefined ? { hash: text, sort: undefined } : bothParts(text)
  return values === undefined
    ? memberWith(table, { hash: text, sort: undefined }, AMBIGUOUS)
    : memberWith(table, values, keyFault(address, values))
}

export const tables: Collections<"dynamodb"> = {
  key: "tables",
  ...defineList("tables", {
    description:
      "Tables of DynamoDB of which functions may ask for any item: GET /dynamodb?name=<table>&hashkeyvalue=<value>.",
    item,
    rules: (written, context) => [
      ...togetherRule(written, ["sortkey", "sortkeytype"]),
      ...readRules(written),
      ...regionRule(written, tableOf(written), context.region),
    ],
    drafts: (item, path, context) => {
      const parts = placeAndForm(item, context)
      if (parts === undefined) return [] // `regionRule` has reported it.
      const { sortkey: name, sortkeytype: type } = item
      const address: ItemAddress = {
        ...parts.place,
        hash: { name: item.hashkey, type: item.hashkeytype, value: "" },
        ...(name === undefined || type === undefined ? {} : { sort: { name, type, value: "" } }),
        ...parts.form,
      }
      return [{ name: item.name ?? item.table, address, policy: item, path }]
    },
  }),
  memberOf: ({ address, name: tableName }, name, selector) => {
    if (isQuery(address)) return undefined
    const table = { name: tableName, address }
    if (name === tableName) return memberBySelector(table, selector)
    const hasSelector = Object.values(selector).some((value) => value !== undefined)
    return !hasSelector && name.startsWith(`${tableName}-`)
      ? memberByName(table, name.slice(tableName.length + 1))
      : undefined
  },
}
