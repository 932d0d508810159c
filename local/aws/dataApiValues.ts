/**
 * Converts between the values of the Data API and those of PostgreSQL's protocol, which are text. `DataApi.ts` uses it for
 * parameters and results. Pure.
 *
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.data-types.html
 */
import * as Schema from "effect/Schema"
import type { Statement } from "./Postgres.ts"

const Value = Schema.Struct({
  isNull: Schema.optionalKey(Schema.Boolean),
  booleanValue: Schema.optionalKey(Schema.Boolean),
  longValue: Schema.optionalKey(Schema.Number),
  doubleValue: Schema.optionalKey(Schema.Number),
  stringValue: Schema.optionalKey(Schema.String),
  blobValue: Schema.optionalKey(Schema.String),
})

/** A parameter of a statement. */
export const SqlParameter = Schema.Struct({
  name: Schema.String,
  value: Schema.optionalKey(Value),
  typeHint: Schema.optionalKey(Schema.Literals(["JSON", "UUID", "TIMESTAMP", "DATE", "TIME", "DECIMAL"])),
})
export type SqlParameter = typeof SqlParameter.Type

/** What is no code of a statement, a cast, or a parameter. */
const PARTS =
  /\b[eE]'(?:[^'\\]|\\.|'')*'|'[^']*'|"[^"]*"|\$([A-Za-z_]\w*)?\$.*?\$\1\$|--[^\n]*|\/\*.*?\*\/|::|:([A-Za-z_]\w*)/gsu

/** The types of PostgreSQL for the hints. */
const HINTED: Readonly<Record<string, string>> = {
  JSON: "json",
  UUID: "uuid",
  TIMESTAMP: "timestamp",
  DATE: "date",
  TIME: "time",
  DECIMAL: "numeric",
}

/** A parameter as PostgreSQL takes it: its text and its type. */
const encoded = ({ typeHint, value = {} }: SqlParameter): readonly [text: string | null, type: string] => {
  const { blobValue, booleanValue, doubleValue, longValue, stringValue } = value
  if (booleanValue !== undefined) return [String(booleanValue), "boolean"]
  if (longValue !== undefined) return [String(longValue), "bigint"]
  if (doubleValue !== undefined) return [String(doubleValue), "double precision"]
  if (blobValue !== undefined) return [`\\x${Buffer.from(blobValue, "base64").toString("hex")}`, "bytea"]
  const type = typeHint === undefined ? "text" : (HINTED[typeHint] ?? "text")
  return [stringValue ?? null, type]
}

/** A statement with its named parameters replaced by `$1`, `$2`...; the name of the first one without a value, if there is one. */
export const positional = (
  sql: string,
  parameters: ReadonlyArray<SqlParameter>,
): Statement & { readonly missing?: string } => {
  const byName = new Map(parameters.map((parameter) => [parameter.name, encoded(parameter)]))
  const places = new Map<string, number>()
  const values: Array<string | null> = []
  let missing: string | undefined
  const text = sql.replaceAll(PARTS, (part: string, _tag: string | undefined, name: string | undefined) => {
    if (name === undefined) return part
    const value = byName.get(name)
    if (value === undefined) {
      missing ??= name
      return part
    }
    const place = places.get(name) ?? values.push(value[0])
    places.set(name, place)
    // JDBC gives NULL no type, so PostgreSQL infers it.
    return value[0] === null && value[1] === "text" ? `$${place}` : `$${place}::${value[1]}`
  })
  return { sql: text, parameters: values, ...(missing === undefined ? {} : { missing }) }
}

/** JSON, in which a bigint is a number with all its digits. */
export const exactJson = (value: unknown): string => {
  if (typeof value === "bigint") return String(value)
  if (Array.isArray(value)) return `[${value.map(exactJson).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${exactJson(member)}`)
    .join(",")}}`
}

/** A column's type: its name in PostgreSQL, and its number in JDBC. */
export interface ColumnType {
  readonly typeName: string
  readonly type: number
}

/** java.sql.Types. */
const JDBC: Readonly<Record<string, number>> = {
  bool: -7,
  int2: 5,
  int4: 4,
  int8: -5,
  float4: 7,
  float8: 8,
  numeric: 2,
  text: 12,
  varchar: 12,
  bpchar: 1,
  bytea: -2,
  date: 91,
  time: 92,
  timestamp: 93,
  timestamptz: 93,
}
const JDBC_ARRAY = 2_003
const JDBC_OTHER = 1_111

export const columnType = (typeName: string): ColumnType => ({
  typeName,
  type: typeName.startsWith("_") ? JDBC_ARRAY : (JDBC[typeName] ?? JDBC_OTHER),
})

const double = (text: string): number | string => (Number.isFinite(Number(text)) ? Number(text) : text)

const ELEMENT = /"((?:[^"\\]|\\.)*)"|([^,]+)/gsu

/** The elements of an array as PostgreSQL writes it; undefined for one of several dimensions. */
const elementsIn = (text: string): ReadonlyArray<string | null> | undefined => {
  const inner = text.slice(text.indexOf("{") + 1, -1)
  if (inner.startsWith("{")) return undefined
  return Array.from(inner.matchAll(ELEMENT), ([, quoted, plain = ""]) =>
    quoted === undefined ? (plain === "NULL" ? null : plain) : quoted.replaceAll(/\\(.)/gsu, "$1"),
  )
}

const arrayValue = (elements: ReadonlyArray<string | null>, base: string): object => {
  const each = (convert: (text: string) => unknown) =>
    elements.map((element) => (element === null ? null : convert(element)))
  switch (base) {
    case "bool":
      return { booleanValues: each((text) => text === "t") }
    case "int2":
    case "int4":
    case "int8":
      return { longValues: each(BigInt) }
    case "float4":
    case "float8":
      return { doubleValues: each(double) }
    default:
      return { stringValues: elements }
  }
}

/** A value of a row, as the Data API has it; undefined if it has none for it. */
export const fieldOf = (text: string | null, typeName: string): object | undefined => {
  if (text === null) return { isNull: true }
  if (typeName.startsWith("_")) {
    const elements = elementsIn(text)
    return elements && { arrayValue: arrayValue(elements, typeName.slice(1)) }
  }
  switch (typeName) {
    case "bool":
      return { booleanValue: text === "t" }
    case "int2":
    case "int4":
    case "int8":
      return { longValue: BigInt(text) }
    case "float4":
    case "float8":
      return { doubleValue: double(text) }
    case "bytea":
      return { blobValue: Buffer.from(text.slice(2), "hex").toString("base64") }
    case "timestamptz":
      // In UTC, without the offset.
      return { stringValue: text.replace(/\+00$/, "") }
    default:
      return { stringValue: text }
  }
}
