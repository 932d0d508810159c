/**
 * Renders the rows of a result as JSON text, without loss: an array of objects, with the columns in the order of the statement.
 *
 * | value of the Data API | JSON                                                            |
 * |-----------------------|-----------------------------------------------------------------|
 * | long, double          | number with all its digits; NaN and infinity as strings         |
 * | string of a numeric column | number with all its digits                                 |
 * | any other string      | string: text, dates, times, UUIDs, JSON                         |
 * | blob                  | string, base64                                                  |
 * | boolean, null, array  | true and false, null, array                                     |
 */
import { jsonArray, jsonNumber } from "../../jsonText.ts"
import type { ArrayValue, Column, Field } from "./replies.ts"

const string = (text: string): string => JSON.stringify(text)

/** The Data API gives some numbers as strings, so that no digit is lost, and `NaN`. */
const number = (value: number | bigint | string): string => jsonNumber(String(value))

/** The names of types whose strings are numbers, in PostgreSQL and MySQL. */
const NUMERIC =
  /^_?(?:numeric|decimal|int[248]?|integer|bigint|smallint|tinyint|mediumint|serial|bigserial|float[48]?|double|real)\b/iu

/** The numbers of such types in JDBC: BIGINT, TINYINT, NUMERIC, DECIMAL, INTEGER, SMALLINT, FLOAT, REAL, DOUBLE. */
const JDBC_NUMERIC: ReadonlySet<number> = new Set([-5, -6, 2, 3, 4, 5, 6, 7, 8])

const isNumeric = ({ type, typeName }: Column): boolean =>
  typeof typeName === "string" ? NUMERIC.test(typeName) : JDBC_NUMERIC.has(type ?? NaN)

const list = <A>(values: ReadonlyArray<A | null>, render: (value: A) => string): string =>
  jsonArray(values, (value) => (value === null ? "null" : render(value)))

const array = (value: ArrayValue, text: (value: string) => string): string => {
  if ("booleanValues" in value) return list(value.booleanValues, String)
  if ("longValues" in value) return list(value.longValues, number)
  if ("doubleValues" in value) return list(value.doubleValues, number)
  if ("stringValues" in value) return list(value.stringValues, text)
  return list(value.arrayValues, (inner) => array(inner, text))
}

const renderer = (column: Column) => {
  const text = isNumeric(column) ? number : string
  return (field: Field): string => {
    if ("booleanValue" in field) return String(field.booleanValue)
    if ("longValue" in field) return number(field.longValue)
    if ("doubleValue" in field) return number(field.doubleValue)
    if ("stringValue" in field) return text(field.stringValue)
    if ("blobValue" in field) return string(field.blobValue)
    if ("arrayValue" in field) return array(field.arrayValue, text)
    return "null"
  }
}

/** The name of a column in the result: its alias, if it has one. */
export const columnName = ({ label, name }: Column): string => label || name || ""

/** Renders rows, each with a value for every column. */
export const rowsJson = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<Field>>,
): string => {
  const members = columns.map((column) => [string(columnName(column)), renderer(column)] as const)
  const object = (row: ReadonlyArray<Field>): string =>
    `{${members.map(([name, render], index) => `${name}:${render(row[index] ?? { isNull: true })}`).join(",")}}`
  return jsonArray(rows, object)
}
