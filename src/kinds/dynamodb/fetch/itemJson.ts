/**
 * Renders a DynamoDB item as JSON text, without loss:
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
import type { NumberForm } from "../address.ts"
import type { Attribute, Attributes } from "./attributes.ts"

/** RFC 8259, section 6. DynamoDB's numbers match it; anything else is quoted to keep the JSON valid. */
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

const string = (text: string): string => JSON.stringify(text)

const array = <A>(values: ReadonlyArray<A>, render: (value: A) => string): string =>
  `[${values.map((value) => render(value)).join(",")}]`

const renderer = (numbers: NumberForm) => {
  // Copied as text: DynamoDB keeps 38 digits, a JavaScript number only 17.
  const number = (digits: string): string =>
    numbers === "number" && JSON_NUMBER.test(digits) ? digits : string(digits)

  const object = (attributes: Attributes): string =>
    `{${Object.entries(attributes)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, attribute]) => `${string(name)}:${value(attribute)}`)
      .join(",")}}`

  const value = (attribute: Attribute): string => {
    if ("S" in attribute) return string(attribute.S)
    if ("N" in attribute) return number(attribute.N)
    if ("BOOL" in attribute) return String(attribute.BOOL)
    if ("NULL" in attribute) return "null"
    if ("M" in attribute) return object(attribute.M)
    if ("L" in attribute) return array(attribute.L, value)
    if ("SS" in attribute) return array(attribute.SS, string)
    if ("NS" in attribute) return array(attribute.NS, number)
    if ("BS" in attribute) return array(attribute.BS, string)
    return string(attribute.B)
  }

  return object
}

/** Renders an item. Equal items give equal texts. */
export const itemJson = (item: Attributes, numbers: NumberForm): string => renderer(numbers)(item)
