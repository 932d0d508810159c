/**
 * DynamoDB's attribute values as JSON carries them, and their shape. `replies.ts` checks them, `itemJson.ts` renders them.
 * Pure.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
import { base64, boolean, isObject, listOf, type Shape, text } from "../../../aws/shapes.ts"

/** An attribute value. Binary values are in base64. */
export type Attribute =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: boolean }
  | { readonly M: Attributes }
  | { readonly L: ReadonlyArray<Attribute> }
  | { readonly SS: ReadonlyArray<string> }
  | { readonly NS: ReadonlyArray<string> }
  | { readonly BS: ReadonlyArray<string> }

/** An item, a key, or a map in an item. Any text may be a name, even `__proto__`. */
export type Attributes = Readonly<Record<string, Attribute>>

/** DynamoDB allows 32 levels. Without a limit, deep nesting in a reply could overflow the stack. */
const MAX_DEPTH = 64

const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/

const digits: Shape<string> = (input): input is string => typeof input === "string" && NUMBER.test(input)

const SCALARS: Readonly<Record<string, Shape<unknown>>> = {
  S: text,
  N: digits,
  B: base64,
  BOOL: boolean,
  NULL: boolean,
  SS: listOf(text),
  NS: listOf(digits),
  BS: listOf(base64),
}

const isAttribute = (input: unknown, depth: number): boolean => {
  if (!isObject(input)) return false
  const [[type, value] = ["", undefined], ...others] = Object.entries(input)
  // An attribute with two types is ambiguous.
  if (others.length > 0 || depth > MAX_DEPTH) return false
  if (type === "M") return isObject(value) && areAttributes(value, depth + 1)
  if (type === "L") return Array.isArray(value) && value.every((member) => isAttribute(member, depth + 1))
  return Object.hasOwn(SCALARS, type) && SCALARS[type]?.(value) === true
}

const areAttributes = (input: object, depth: number): boolean =>
  Object.values(input).every((value) => isAttribute(value, depth))

/** The shape of an item or a key. */
export const attributes: Shape<Attributes> = (input): input is Attributes =>
  isObject(input) && areAttributes(input, 1)
