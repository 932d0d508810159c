/**
 * Converts the items of a seed file, which are plain JSON, to DynamoDB's attribute values.
 *
 * Used by `seed.ts`. A map with the one key `$S`, `$N`, `$B`, `$SS`, `$NS` or `$BS` chooses a type. Pure.
 */
import { type AttributeValue } from "@aws-sdk/client-dynamodb"
import * as Predicate from "effect/Predicate"

const bytes = (base64: string): Uint8Array => Buffer.from(base64, "base64")
const texts = (value: unknown): Array<string> => (Array.isArray(value) ? value.map(String) : [String(value)])

const TYPED: Readonly<Record<string, (value: unknown) => AttributeValue>> = {
  $S: (value) => ({ S: String(value) }),
  $N: (value) => ({ N: String(value) }),
  $B: (value) => ({ B: bytes(String(value)) }),
  $SS: (value) => ({ SS: texts(value) }),
  $NS: (value) => ({ NS: texts(value) }),
  $BS: (value) => ({ BS: texts(value).map(bytes) }),
}

/** One attribute; maps and lists recursively. */
export const toAttribute = (value: unknown): AttributeValue => {
  if (value === null || value === undefined) return { NULL: true }
  if (Predicate.isString(value)) return { S: value }
  if (Predicate.isBoolean(value)) return { BOOL: value }
  if (Predicate.isNumber(value) || Predicate.isBigInt(value)) return { N: String(value) }
  if (Array.isArray(value)) return { L: value.map(toAttribute) }
  const entries = Object.entries(value)
  const [first] = entries
  const typed = entries.length === 1 && first !== undefined ? TYPED[first[0]] : undefined
  return typed !== undefined && first !== undefined
    ? typed(first[1])
    : { M: toItem(Object.fromEntries(entries)) }
}

/** A whole item. */
export const toItem = (item: Readonly<Record<string, unknown>>): Record<string, AttributeValue> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toAttribute(value)]))
