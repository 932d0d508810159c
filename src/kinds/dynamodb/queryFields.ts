/**
 * The key `query` of an item in the section `dynamodb`: an index, the condition on the sort key, the order, and bounds. Pure.
 *
 * The partition key and the sort key stand in the item itself, as for a single item.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
 */
import type { Decoded } from "../../config/fields/Field.ts"
import * as fields from "../../config/fields/fields.ts"
import { quoteText } from "../../config/yaml/ConfigInvalid.ts"
import { isMapping } from "../../config/yaml/YamlDocument.ts"
import { DEFAULT_QUERY_MAX_BYTES, DEFAULT_QUERY_MAX_ITEMS } from "../../domain/defaults.ts"
import type { ItemFault, WrittenItem } from "../Section.ts"
import { type KeyAttribute, OPERATORS, ORDERS, type QueryAddress } from "./address.ts"
import { valueRule } from "./itemFields.ts"
import { MAX_SORT_BYTES } from "./keyValues.ts"
import { tableNameFault } from "./table.ts"

export const queryField = fields.mapping(
  {
    index: fields.optional(
      fields.named(
        "The index to query. hashkey and sortkey are then those of the index. Default: the table.",
        "an index's name (3 to 255 of a-z, A-Z, 0-9, _, - and .)",
        tableNameFault,
      ),
    ),
    condition: fields.optional({
      ...fields.word("What the sort key must be, compared with sortkeyvalue. Default =.", OPERATORS),
      // Without quotes, YAML takes > for the start of a folded text.
      allowed: OPERATORS.map((operator) => (operator.startsWith(">") ? `"${operator}"` : operator)).join(
        ", ",
      ),
    }),
    to: fields.optional(
      fields.value("The upper end of between, included.", "the highest value of the sort key, not empty"),
    ),
    order: fields.optional(fields.word("The order of the sort key. Default ascending.", ORDERS)),
    limit: fields.optional(
      fields.count("How many items are wanted: the first ones in this order. Default: all."),
    ),
    max_items: fields.optional(
      fields.count("A result of more items is refused. Default 10000, or the limit if that is higher."),
    ),
    max_bytes: fields.optional(fields.bytes("A result of more bytes of JSON is refused. Default 4MiB.")),
  },
  "Makes the item a query: all items with the partition key, and with a sort key that meets the condition.",
)

type QueryKeys = Decoded<typeof queryField>

/** The faults of a query, and of a query's keys. */
export const queryRules = ({ values }: WrittenItem): ReadonlyArray<ItemFault> => {
  const { query } = values
  if (query === undefined) return []
  const unnamed: ReadonlyArray<ItemFault> = Object.hasOwn(values, "name")
    ? []
    : [
        {
          path: ["name"],
          found: "nothing",
          allowed: "a name for functions to ask for, as a query has no other",
        },
      ]
  if (!isMapping(query)) return unnamed
  const broken = (key: string, found: string, allowed: string): ItemFault => ({
    path: ["query", key],
    found,
    allowed,
  })
  const { condition, limit, max_items: maxItems, to } = query
  const isBetween = condition === "between"
  return [
    ...unnamed,
    ...(typeof condition === "string" && !Object.hasOwn(values, "sortkey")
      ? [broken("condition", quoteText(condition), "it with sortkey, sortkeytype and sortkeyvalue")]
      : []),
    ...(isBetween && to === undefined ? [broken("to", "nothing", "the upper end of between")] : []),
    ...(!isBetween && typeof to === "string"
      ? [broken("to", quoteText(to), "it with condition: between")]
      : []),
    ...(condition === "begins_with" && values["sortkeytype"] === "N"
      ? [broken("condition", quoteText(condition), "it with a sort key of type S or B")]
      : []),
    ...valueRule(values["sortkeytype"], to, ["query", "to"], MAX_SORT_BYTES),
    ...(Number(limit) > Number(maxItems)
      ? [broken("limit", quoteText(String(limit)), `at most max_items, which is ${String(maxItems)}`)]
      : []),
  ]
}

/** The query of an address, without members that have default values. */
export const queryOf = (
  { condition = "=", index, limit, max_bytes: maxBytes, max_items: maxItems, order, to }: QueryKeys,
  sort: KeyAttribute | undefined,
): QueryAddress["query"] => ({
  ...(index === undefined ? {} : { index }),
  ...(sort === undefined
    ? {}
    : { sort: { ...sort, operator: condition, ...(to === undefined ? {} : { to }) } }),
  ...(order === "descending" ? { isDescending: true } : {}),
  ...(limit === undefined ? {} : { limit }),
  maxItems: maxItems ?? Math.max(DEFAULT_QUERY_MAX_ITEMS, limit ?? 0),
  maxBytes: maxBytes ?? DEFAULT_QUERY_MAX_BYTES,
})
