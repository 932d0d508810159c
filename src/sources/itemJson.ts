/**
 * A DynamoDB item as JSON text, with nothing lost:
 *
 * | attribute | JSON                                  |
 * |-----------|---------------------------------------|
 * | S         | string                                |
 * | N         | number with all its digits, or a string where `numbers: string` asks for the original's form |
 * | B         | string, base64                        |
 * | BOOL, NULL| true, false, null                     |
 * | L, SS, NS, BS | array                             |
 * | M         | object, keys in the order of their UTF-16 code units |
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb"
import type { NumberForm } from "../domain/Address.ts"

/** RFC 8259, section 6. What DynamoDB writes fits it; anything else is quoted rather than making invalid JSON. */
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

const base64 = (bytes: Uint8Array): string => JSON.stringify(Buffer.from(bytes).toString("base64"))

const array = <A>(values: Iterable<A>, render: (value: A) => string): string =>
  `[${Array.from(values, render).join(",")}]`

const renderer = (numbers: NumberForm) => {
  // Written as text: a JavaScript number would keep 17 digits of the 38 that DynamoDB keeps.
  const number = (digits: string): string =>
    numbers === "number" && JSON_NUMBER.test(digits) ? digits : JSON.stringify(digits)

  const object = (attributes: Readonly<Record<string, AttributeValue>>): string =>
    `{${Object.keys(attributes)
      .sort()
      .flatMap((name) => {
        const attribute = attributes[name]
        return attribute === undefined ? [] : [`${JSON.stringify(name)}:${value(attribute)}`]
      })
      .join(",")}}`

  const value = (attribute: AttributeValue): string => {
    if (attribute.S !== undefined) return JSON.stringify(attribute.S)
    if (attribute.N !== undefined) return number(attribute.N)
    if (attribute.BOOL !== undefined) return String(attribute.BOOL)
    if (attribute.NULL !== undefined) return "null"
    if (attribute.M !== undefined) return object(attribute.M)
    if (attribute.L !== undefined) return array(attribute.L, value)
    if (attribute.SS !== undefined) return array(attribute.SS, (text) => JSON.stringify(text))
    if (attribute.NS !== undefined) return array(attribute.NS, number)
    if (attribute.B !== undefined) return base64(attribute.B)
    if (attribute.BS !== undefined) return array(attribute.BS, base64)
    return "null"
  }

  return object
}

/** Renders an item. Never fails; the same item gives the same text. */
export const itemJson = (item: Readonly<Record<string, AttributeValue>>, numbers: NumberForm): string =>
  renderer(numbers)(item)
