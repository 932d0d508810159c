/**
 * Renders a DynamoDB item as JSON text, without loss. `format: dynamodb` gives what DynamoDB's API does, the default:
 *
 * | attribute | JSON                                  |
 * |-----------|---------------------------------------|
 * | S         | string                                |
 * | N         | number with all its digits, or a string where `numbers: string` asks for one, as in the Go sample |
 * | B         | string, base64                        |
 * | BOOL, NULL| true, false, null                     |
 * | L, SS, NS, BS | array                             |
 * | M         | object, keys in the order of their UTF-16 code units |
 */
import { jsonArray, jsonNumber, jsonObject, sortedByName } from "../../jsonText.ts"
import { parseAttributePath } from "../attributePath.ts"
import type { ItemAddress, NumberForm, QueryAddress } from "../address.ts"
import type { Attribute, Attributes } from "./attributes.ts"

const string = (text: string): string => JSON.stringify(text)

/** The members of an object in the order of their names, each as text. */
const sorted = (attributes: Attributes, render: (attribute: Attribute) => string): string =>
  jsonObject(sortedByName(Object.entries(attributes)), render)

/** Renders an item as plain JSON. */
const plain = (numbers: NumberForm) => {
  // Copied as text: DynamoDB keeps 38 digits, a JavaScript number only 17.
  const number = numbers === "number" ? jsonNumber : string

  const object = (attributes: Attributes): string => sorted(attributes, value)

  const value = (attribute: Attribute): string => {
    if ("S" in attribute) return string(attribute.S)
    if ("N" in attribute) return number(attribute.N)
    if ("BOOL" in attribute) return String(attribute.BOOL)
    if ("NULL" in attribute) return "null"
    if ("M" in attribute) return object(attribute.M)
    if ("L" in attribute) return jsonArray(attribute.L, value)
    if ("SS" in attribute) return jsonArray(attribute.SS, string)
    if ("NS" in attribute) return jsonArray(attribute.NS, number)
    if ("BS" in attribute) return jsonArray(attribute.BS, string)
    return string(attribute.B)
  }

  return object
}

/** Renders an item with its types. */
const typed = (attributes: Attributes): string => sorted(attributes, typedValue)

const typedValue = (attribute: Attribute): string => {
  if ("M" in attribute) return `{"M":${typed(attribute.M)}}`
  return "L" in attribute ? `{"L":${jsonArray(attribute.L, typedValue)}}` : JSON.stringify(attribute)
}

/** The wanted attributes of an item. Those of its key may have been read only to match the reply. */
const wantedOf = (item: Attributes, wanted: ReadonlySet<unknown> | undefined): Attributes =>
  wanted === undefined ? item : Object.fromEntries(Object.entries(item).filter(([name]) => wanted.has(name)))

/** What renders the items of an address. Equal items give equal texts. */
export const itemRenderer = ({
  attributes,
  format,
  numbers,
}: Pick<ItemAddress | QueryAddress, "attributes" | "format" | "numbers">) => {
  const wanted = attributes && new Set(attributes.map((path) => parseAttributePath(path)?.[0]))
  const render = format === "dynamodb" ? typed : plain(numbers)
  return (item: Attributes): string => render(wantedOf(item, wanted))
}
