/**
 * Amazon Ion as text, as far as AppConfig writes it: what is read, and what is refused with its place.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { type Ion, readIon } from "../../../../src/kinds/appconfig/variants/ion.ts"

/** A value in short, without its annotations. */
const bareOf = (node: Ion): unknown => {
  switch (node.type) {
    case "list":
    case "sexp":
      return { [node.type]: node.items.map(shortOf) }
    case "boolean":
      return node.value
    case "null":
      return null
    default:
      return `${node.type} ${node.text}`
  }
}

/** The same after its annotations, if it has any. */
const shortOf = (node: Ion): unknown =>
  node.annotations.length === 0 ? bareOf(node) : [...node.annotations, bareOf(node)]

const read = (text: string): unknown =>
  Result.match(readIon(text), { onSuccess: (nodes) => nodes.map(shortOf), onFailure: (fault) => fault })

describe("readIon", () => {
  it.each([
    ["", []],
    ["$ion_1_0 a 'b c' $d", ["symbol $ion_1_0", "symbol a", "symbol b c", "symbol $d"]],
    [
      "-7 42 3.14 1.234e-5 1_000 0",
      ["number -7", "number 42", "number 3.14", "number 1.234e-5", "number 1000", "number 0"],
    ],
    ["true false null 'true'", [true, false, null, "symbol true"]],
    [
      "2012-03-04T05:06:07-08:00 2024-01T 2024T",
      ["timestamp 2012-03-04T05:06:07-08:00", "timestamp 2024-01T", "timestamp 2024T"],
    ],
    [
      '"a" "" "é\\u00e9\\x41\\U0001F600\\n\\"\\\\" "/\\/"',
      ["string a", "string ", 'string éé\u0041😀\n"\\', "string //"],
    ],
    ["'''a'b''c''' /* and */ '''d'''", ["string a'b''cd"]],
    ["'''line\r\nline\\\nend'''", ["string line\nlineend"]],
    ["[1, [2], 3,] []", [{ list: ["number 1", { list: ["number 2"] }, "number 3"] }, { list: [] }]],
    [
      '(eq $a "b") (+ 1)',
      [{ sexp: ["symbol eq", "symbol $a", "string b"] }, { sexp: ["symbol +", "number 1"] }],
    ],
    [
      "a::b::1 by::$c 'x y' :: \"z\"",
      [
        ["a", "b", "number 1"],
        ["by", "symbol $c"],
        ["x y", "string z"],
      ],
    ],
    ["// comment\n1 // more", ["number 1"]],
  ])("reads %s", (text, expected) => {
    assert.deepStrictEqual(read(text), expected)
  })

  it.each([
    ["[1 2]", "a comma or ] is missing at character 3"],
    ["(a", "no value begins at character 2"],
    ["{a: 1}", "no value begins at character 0"],
    ['"a', "no value begins at character 0"],
    ["'''a", "no value begins at character 0"],
    ["01", "no value begins at character 0"],
    ['"\\UFFFFFFFF"', "there is no such character"],
    ["+", "no value begins at character 0"],
    ["(".repeat(200), "it is more than 100 levels deep at character 101"],
  ])("refuses %s", (text, fault) => {
    assert.strictEqual(read(text), fault)
  })

  it.prop("reads back every text in a string, short or long", [Schema.String], ([written]) => {
    const text = written.toWellFormed()
    const long = text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\r", "\\r")
    assert.deepStrictEqual(read(`'''${long}'''`), [`string ${text}`])
    assert.deepStrictEqual(read(JSON.stringify(text)), [`string ${text}`])
  })

  it.prop("answers every text, and in linear time", [Schema.String], ([text]) => {
    assert.isDefined(read(text))
  })

  it("reads a string of a megabyte", () => {
    const text = "x'".repeat(500_000)
    assert.deepStrictEqual(read(`'''${text}y'''`), [`string ${text}y`])
  })
})
