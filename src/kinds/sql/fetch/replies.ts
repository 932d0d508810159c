/**
 * The shapes of the RDS Data API's replies, as in the API reference.
 */
import { checkedBy } from "../../../aws/replies.ts"
import {
  base64,
  boolean,
  isObject,
  listOf,
  number,
  object,
  type Shape,
  type Shaped,
  text,
  token,
} from "../../../aws/shapes.ts"

/** A value of a row. Binary values are in base64; a whole number that a JavaScript number cannot hold is a bigint. */
export type Field =
  | { readonly isNull: true }
  | { readonly booleanValue: boolean }
  | { readonly longValue: number | bigint }
  | { readonly doubleValue: number | bigint | string }
  | { readonly stringValue: string }
  | { readonly blobValue: string }
  | { readonly arrayValue: ArrayValue }

export type ArrayValue =
  | { readonly booleanValues: ReadonlyArray<boolean | null> }
  | { readonly longValues: ReadonlyArray<number | bigint | null> }
  | { readonly doubleValues: ReadonlyArray<number | bigint | string | null> }
  | { readonly stringValues: ReadonlyArray<string | null> }
  | { readonly arrayValues: ReadonlyArray<ArrayValue | null> }

const long: Shape<number | bigint> = (input): input is number | bigint =>
  typeof input === "bigint" || Number.isInteger(input)

/** JSON has no numbers for these. */
const NO_NUMBERS: ReadonlySet<unknown> = new Set(["NaN", "Infinity", "-Infinity"])

const double: Shape<number | bigint | string> = (input): input is number | bigint | string =>
  number(input) || typeof input === "bigint" || NO_NUMBERS.has(input)

const isTrue: Shape<true> = (input): input is true => input === true

const orNull =
  <A>(shape: Shape<A>): Shape<A | null> =>
  (input): input is A | null =>
    input === null || shape(input)

/** Without a limit, deep nesting in a reply could overflow the stack. PostgreSQL allows 6 dimensions. */
const MAX_DEPTH = 16

/** The shape of a union: an object with exactly one member, apart from those that are null. */
const isOneOf = (input: unknown, shapes: Readonly<Record<string, Shape<unknown>>>): boolean => {
  if (!isObject(input)) return false
  const [[type, value] = ["", undefined], ...others] = Object.entries(input).filter(
    ([name, member]) => member !== null && !(name === "isNull" && member === false),
  )
  return others.length === 0 && Object.hasOwn(shapes, type) && shapes[type]?.(value) === true
}

const arrayAt =
  (depth: number): Shape<ArrayValue> =>
  (input): input is ArrayValue =>
    depth <= MAX_DEPTH &&
    isOneOf(input, {
      booleanValues: listOf(orNull(boolean)),
      longValues: listOf(orNull(long)),
      doubleValues: listOf(orNull(double)),
      stringValues: listOf(orNull(text)),
      arrayValues: listOf(orNull(arrayAt(depth + 1))),
    })

const FIELDS: Readonly<Record<string, Shape<unknown>>> = {
  isNull: isTrue,
  booleanValue: boolean,
  longValue: long,
  doubleValue: double,
  stringValue: text,
  blobValue: base64,
  arrayValue: arrayAt(1),
}

const field: Shape<Field> = (input): input is Field => isOneOf(input, FIELDS)

const column = object({}, { name: text, label: text, typeName: text, type: number })

/** A column of a result. `type` is its number in JDBC. */
export type Column = Shaped<typeof column>

export const SHAPES = {
  BeginTransaction: object({ transactionId: token }, {}),
  ExecuteStatement: object(
    {},
    { columnMetadata: listOf(column), records: listOf(listOf(field)), numberOfRecordsUpdated: long },
  ),
  RollbackTransaction: object({}, {}),
} as const

export type ReplyOf<O extends keyof typeof SHAPES> = Shaped<(typeof SHAPES)[O]>

export const checked = checkedBy(SHAPES)
