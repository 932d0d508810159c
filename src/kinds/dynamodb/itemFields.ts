/**
 * The keys of config.yaml that listed items, queries and declared tables have in common, with the rules that no single key
 * can state. Pure.
 */
import { quoteText } from "../../config/yaml/ConfigInvalid.ts"
import * as fields from "../../config/fields/fields.ts"
import { accessFields, resolveAccess } from "../access.ts"
import type { ItemFault, ListedText, SectionContext, WrittenItem } from "../Section.ts"
import { listed } from "../Section.ts"
import { type Format, FORMATS, KEY_TYPES, type KeyType, NUMBER_FORMS, type NumberForm } from "./address.ts"
import {
  areOverlapping,
  attributePathFault,
  makePlaceholders,
  MAX_EXPRESSION,
  parseAttributePath,
  projectionExpression,
} from "./attributePath.ts"
import { keyValueFault } from "./keyValues.ts"
import { attributeFault, tableFault } from "./table.ts"

const TABLE_ALLOWED = "a table's name (3 to 255 of a-z, A-Z, 0-9, _, - and .) or ARN"
const ATTRIBUTE_ALLOWED = "the name of the table's key attribute"
const LIST_ALLOWED = "a list of attributes"

const keyType = (description: string) => fields.word(description, KEY_TYPES)

/** The table and the attributes of its key. */
export const tableFields = {
  table: fields.named("The table's name or ARN.", TABLE_ALLOWED, tableFault),
  hashkey: fields.named("The name of the partition key.", ATTRIBUTE_ALLOWED, attributeFault),
  hashkeytype: keyType("The type of the partition key: string, number or binary (base64)."),
  sortkey: fields.optional(
    fields.named("The name of the sort key, if the table has one.", ATTRIBUTE_ALLOWED, attributeFault),
  ),
  sortkeytype: fields.optional(keyType("The type of the sort key: string, number or binary (base64).")),
}

/** How items are read and written. */
export const readFields = {
  ...accessFields,
  consistent_read: fields.optional(
    fields.flag("Whether reads are strongly consistent, at twice the price. Default false."),
  ),
  attributes: fields.optional(
    fields.list(
      fields.named(
        "A name, or a path such as address.lines[0].",
        "an attribute such as total or address.lines[0]",
        attributePathFault,
      ),
      "The attributes to read. Default: all.",
      LIST_ALLOWED,
    ),
  ),
  numbers: fields.optional(
    fields.word(
      "How an item's numbers are written: as JSON numbers with all their digits, or as strings as the original did. Default number.",
      NUMBER_FORMS,
    ),
  ),
  format: fields.optional(
    fields.word(
      'How an item is written: as plain JSON, or with types as DynamoDB\'s API has it, {"id":{"S":"42"}}. Default plain.',
      FORMATS,
    ),
  ),
}

/** The decoded keys. */
interface ReadKeys {
  readonly table: string
  readonly region?: string
  readonly role_arn?: string
  readonly consistent_read?: boolean
  readonly attributes?: ReadonlyArray<string>
  readonly numbers?: NumberForm
  readonly format?: Format
}

/** A table may be an ARN, which names its region. */
export const tableOf = ({ values: { table } }: WrittenItem): ReadonlyArray<ListedText> =>
  typeof table === "string" ? [{ text: table, path: ["table"] }] : []

const isKeyType = (value: unknown): value is KeyType => KEY_TYPES.some((type) => type === value)

/** The fault of a value that does not match its type. */
export const valueRule = (
  type: unknown,
  value: unknown,
  path: ReadonlyArray<string>,
  maxBytes: number,
): ReadonlyArray<ItemFault> => {
  if (!isKeyType(type) || typeof value !== "string" || value === "") return []
  const allowed = keyValueFault(type, value, maxBytes)
  return allowed === undefined ? [] : [{ path, found: quoteText(value), allowed }]
}

/** The faults of a group of keys of which only some are there. */
export const togetherRule = (
  { values }: WrittenItem,
  keys: ReadonlyArray<string>,
): ReadonlyArray<ItemFault> => {
  const missing = keys.filter((key) => !Object.hasOwn(values, key))
  if (missing.length === keys.length) return []
  const allowed = `${keys.join(", ")} ${keys.length === 2 ? "both" : `all ${COUNTS[keys.length]}`}, or none`
  return missing.map((key) => ({ path: [key], found: "nothing", allowed }))
}

const COUNTS: Readonly<Record<number, string>> = { 3: "three" }

/** The names of the key attributes as written. */
const keysIn = ({ values: { hashkey, sortkey } }: WrittenItem): ReadonlyArray<string> =>
  [hashkey, sortkey].filter((key) => typeof key === "string")

/** The faults of `attributes`: DynamoDB refuses paths that overlap and expressions that are too long. */
const attributesRule = (item: WrittenItem): ReadonlyArray<ItemFault> => {
  const { attributes } = item.values
  if (!Array.isArray(attributes)) return []
  const keys = keysIn(item)
  if (attributes.length === 0)
    return [{ path: ["attributes"], found: "an empty list", allowed: `${LIST_ALLOWED}, at least one` }]
  const paths = listed(item, "attributes").flatMap(({ path, text }) => {
    const steps = parseAttributePath(text)
    return steps === undefined ? [] : [{ path, text, steps }]
  })
  const overlapping = paths.flatMap(({ path, steps, text }, index): ReadonlyArray<ItemFault> => {
    const other = paths.slice(0, index).find((one) => areOverlapping(one.steps, steps))?.text
    const key = keys.find((name) => steps.length > 1 && steps[0] === name)
    if (other !== undefined)
      return [
        { path, found: quoteText(text), allowed: `attributes that do not overlap with ${quoteText(other)}` },
      ]
    return key === undefined
      ? []
      : [{ path, found: quoteText(text), allowed: `${quoteText(key)}, as a key has no parts` }]
  })
  if (overlapping.length > 0) return overlapping
  const texts = paths.map(({ text }) => text)
  const { length } = projectionExpression(texts, keys, makePlaceholders())
  return length <= MAX_EXPRESSION
    ? []
    : [
        {
          path: ["attributes"],
          found: `a projection of ${length} bytes`,
          allowed: `fewer attributes: DynamoDB allows ${MAX_EXPRESSION} bytes`,
        },
      ]
}

/** DynamoDB writes every number as a string, so there is nothing to choose. */
const formatRule = ({ values }: WrittenItem): ReadonlyArray<ItemFault> =>
  values["format"] === "dynamodb" && Object.hasOwn(values, "numbers")
    ? [
        {
          path: ["numbers"],
          found: "it beside format: dynamodb, which writes every number as a string",
          allowed: "one of both",
        },
      ]
    : []

export const readRules = (item: WrittenItem): ReadonlyArray<ItemFault> => [
  ...attributesRule(item),
  ...formatRule(item),
]

/** The parts of an address that these keys determine, before and after its key. Undefined if `regionRule` reports a fault. */
export const placeAndForm = (keys: ReadKeys, context: SectionContext) => {
  const access = resolveAccess(keys, keys.table, context.region)
  if (access === undefined) return undefined
  return {
    place: { kind: "dynamodb" as const, ...access, table: keys.table },
    form: {
      consistentRead: keys.consistent_read ?? false,
      numbers: keys.numbers ?? context.numbers,
      ...(keys.format === "dynamodb" ? { format: keys.format } : {}),
      ...(keys.attributes === undefined ? {} : { attributes: keys.attributes.toSorted() }),
    },
  }
}
