/**
 * The section `dynamodb`: items of DynamoDB, each by its whole primary key.
 *
 * As in the Go sample; `region`, `role_arn`, `consistent_read`, `numbers`, keys of type B and the policy keys are new.
 * Functions request `<table>-<hashkeyvalue>` or `<table>-<hashkeyvalue>-<sortkeyvalue>`.
 */
import { KEY_TYPES, type KeyAttribute, type KeyType, NUMBER_FORMS } from "./address.ts"
import { quoteText } from "../../config/yaml/ConfigInvalid.ts"
import { accessFields, regionRule, resolveAccess } from "../access.ts"
import * as fields from "../../config/fields/fields.ts"
import { attributeFault, tableFault } from "./table.ts"
import { keyValueFault, MAX_HASH_BYTES, MAX_SORT_BYTES } from "./keyValues.ts"
import { policyFields, sharedField } from "../../config/fields/policies.ts"
import { defineSection, type ItemFault, type WrittenItem } from "../Section.ts"

const TABLE_ALLOWED = "a table's name (3 to 255 of a-z, A-Z, 0-9, _, - and .) or ARN"
const ATTRIBUTE_ALLOWED = "the name of the table's key attribute"
const VALUE_ALLOWED = "the value of the key, not empty"
const SORT_KEYS = ["sortkey", "sortkeytype", "sortkeyvalue"] as const

const keyType = (description: string) => fields.word(description, KEY_TYPES)

const item = fields.mapping(
  {
    table: fields.named("The table's name or ARN.", TABLE_ALLOWED, tableFault),
    hashkey: fields.named("The name of the partition key.", ATTRIBUTE_ALLOWED, attributeFault),
    hashkeytype: keyType("The type of the partition key: string, number or binary (base64)."),
    hashkeyvalue: fields.value("The value of the partition key, as written.", VALUE_ALLOWED),
    sortkey: fields.optional(
      fields.named("The name of the sort key, if the table has one.", ATTRIBUTE_ALLOWED, attributeFault),
    ),
    sortkeytype: fields.optional(keyType("The type of the sort key: string, number or binary (base64).")),
    sortkeyvalue: fields.optional(fields.value("The value of the sort key, as written.", VALUE_ALLOWED)),
    ...accessFields,
    consistent_read: fields.optional(
      fields.flag("Whether reads are strongly consistent, at twice the price. Default false."),
    ),
    numbers: fields.optional(
      fields.word(
        "How an item's numbers are written: as JSON numbers with all their digits, or as strings as the original did. Default number.",
        NUMBER_FORMS,
      ),
    ),
    ...policyFields,
    ...sharedField,
  },
  "One item of a table.",
)

const isKeyType = (value: unknown): value is KeyType => KEY_TYPES.some((type) => type === value)

/** The fault of a value that does not match its type. */
const valueRule = (
  { values }: WrittenItem,
  typeKey: string,
  valueKey: string,
  maxBytes: number,
): ReadonlyArray<ItemFault> => {
  const { [typeKey]: type, [valueKey]: value } = values
  if (!isKeyType(type) || typeof value !== "string" || value === "") return []
  const allowed = keyValueFault(type, value, maxBytes)
  return allowed === undefined ? [] : [{ path: [valueKey], found: quoteText(value), allowed }]
}

/** The faults of a sort key with only some of its three parts. */
const sortKeyRule = ({ values }: WrittenItem): ReadonlyArray<ItemFault> => {
  const missing = SORT_KEYS.filter((key) => !Object.hasOwn(values, key))
  if (missing.length === SORT_KEYS.length) return []
  const allowed = `${SORT_KEYS.join(", ")} all three, or none`
  return missing.map((key) => ({ path: [key], found: "nothing", allowed }))
}

/** A table may be an ARN, which names its region. */
const tableOf = ({ values: { table } }: WrittenItem) =>
  typeof table === "string" ? [{ text: table, path: ["table"] }] : []

const sortKeyOf = (parts: fields.Decoded<typeof item>): KeyAttribute | undefined => {
  const { sortkey: name, sortkeytype: type, sortkeyvalue: value } = parts
  return name === undefined || type === undefined || value === undefined ? undefined : { name, type, value }
}

export const section = defineSection({
  kind: "dynamodb",
  description: "Items of DynamoDB, each by its whole primary key.",
  item,
  rules: (written, context) => [
    ...valueRule(written, "hashkeytype", "hashkeyvalue", MAX_HASH_BYTES),
    ...valueRule(written, "sortkeytype", "sortkeyvalue", MAX_SORT_BYTES),
    ...sortKeyRule(written),
    ...regionRule(written, tableOf(written), context.region),
  ],
  drafts: (item, path, context) => {
    const access = resolveAccess(item, item.table, context.region)
    if (access === undefined) return [] // `regionRule` has reported it.
    const sort = sortKeyOf(item)
    return [
      {
        name: [item.table, item.hashkeyvalue, ...(sort === undefined ? [] : [sort.value])].join("-"),
        address: {
          kind: "dynamodb",
          ...access,
          table: item.table,
          hash: { name: item.hashkey, type: item.hashkeytype, value: item.hashkeyvalue },
          ...(sort === undefined ? {} : { sort }),
          consistentRead: item.consistent_read ?? false,
          numbers: item.numbers ?? context.numbers,
        },
        policy: item,
        path,
      },
    ]
  },
})
