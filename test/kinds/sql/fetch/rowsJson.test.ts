/**
 * The rows of a result as JSON: every type of the Data API, without loss.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { rowsJson } from "../../../../src/kinds/sql/fetch/rowsJson.ts"
import type { Column, Field } from "../../../../src/kinds/sql/fetch/replies.ts"

/** One row with one column. */
const valueOf = (field: Field, column: Column = {}): string => {
  const json = rowsJson([{ label: "a", ...column }], [[field]])
  return json.slice('[{"a":'.length, -"}]".length)
}

const VALUES: ReadonlyArray<readonly [Field, Column, string]> = [
  [{ isNull: true }, {}, "null"],
  [{ booleanValue: false }, {}, "false"],
  [{ longValue: 42 }, {}, "42"],
  [{ longValue: 9_223_372_036_854_775_807n }, {}, "9223372036854775807"],
  [{ doubleValue: 0.1 }, {}, "0.1"],
  [{ doubleValue: 1e21 }, {}, "1e+21"],
  [{ doubleValue: "NaN" }, {}, '"NaN"'],
  [{ doubleValue: "-Infinity" }, {}, '"-Infinity"'],
  [{ stringValue: "19.90" }, { typeName: "numeric" }, "19.90"],
  [{ stringValue: "12345678901234567890.123" }, { typeName: "DECIMAL UNSIGNED" }, "12345678901234567890.123"],
  [{ stringValue: "9223372036854775807" }, { typeName: "int8" }, "9223372036854775807"],
  [{ stringValue: "NaN" }, { typeName: "numeric" }, '"NaN"'],
  [{ stringValue: "5" }, { type: 2 }, "5"],
  [{ stringValue: "5" }, { typeName: "text", type: 12 }, '"5"'],
  [{ stringValue: "$5.00" }, { typeName: "money", type: 8 }, '"$5.00"'],
  [{ stringValue: "01:00:00" }, { typeName: "interval" }, '"01:00:00"'],
  [{ stringValue: "2026-11-30 12:00:00.5" }, { typeName: "timestamp" }, '"2026-11-30 12:00:00.5"'],
  [{ stringValue: '{"a":1}' }, { typeName: "jsonb" }, '"{\\"a\\":1}"'],
  [{ stringValue: "" }, {}, '""'],
  [{ blobValue: "AP8=" }, {}, '"AP8="'],
  [{ arrayValue: { longValues: [1, 9_007_199_254_740_993n, null] } }, {}, "[1,9007199254740993,null]"],
  [{ arrayValue: { booleanValues: [true] } }, {}, "[true]"],
  [{ arrayValue: { doubleValues: [0.5, "NaN"] } }, {}, '[0.5,"NaN"]'],
  [{ arrayValue: { stringValues: ["1.50", null] } }, { typeName: "_numeric" }, "[1.50,null]"],
  [{ arrayValue: { stringValues: ["1.50", null] } }, { typeName: "_text" }, '["1.50",null]'],
  [{ arrayValue: { arrayValues: [{ longValues: [1] }, null] } }, {}, "[[1],null]"],
]

describe("rows as JSON", () => {
  it.each(VALUES.map(([field, column, json]) => [json, field, column] as const))(
    "have %s as the Data API has it",
    (json, field, column) => {
      assert.strictEqual(valueOf(field, column), json)
    },
  )

  it("has columns in the order of the statement, by their aliases", () => {
    const columns = [{ name: "id", label: "z" }, { name: "10" }, { name: "__proto__", label: "" }]
    const rows = [1, 2].map((one) => [{ longValue: one }, { isNull: true } as const, { stringValue: "x" }])
    assert.strictEqual(
      rowsJson(columns, rows),
      '[{"z":1,"10":null,"__proto__":"x"},{"z":2,"10":null,"__proto__":"x"}]',
    )
  })

  it("has no rows as an empty list", () => {
    assert.strictEqual(rowsJson([{ name: "a" }], []), "[]")
  })

  it.prop("keeps every text, and every name of a column", [Schema.String, Schema.String], ([name, text]) => {
    const column = { label: name, typeName: "text" }
    const json = rowsJson([column], [[{ stringValue: text }]])
    assert.strictEqual(json, `[{${JSON.stringify(name)}:${JSON.stringify(text)}}]`)
  })
})
