/**
 * Which values of DynamoDB are taken for such: one type each, down to the leaves.
 */
import { assert, describe, it } from "@effect/vitest"
import { attributes } from "../../../../src/kinds/dynamodb/fetch/attributes.ts"

const DEPTH = 64

/** A value that is so many levels deep, the item's own included. */
const nested = (levels: number, kind: "L" | "M"): unknown =>
  levels <= 1
    ? { S: "leaf" }
    : kind === "L"
      ? { L: [nested(levels - 1, kind)] }
      : { M: { a: nested(levels - 1, kind) } }

describe("an attribute", () => {
  it.each<readonly [type: string, yes: ReadonlyArray<unknown>, no: ReadonlyArray<unknown>]>([
    ["S", ["", "a"], [1, null, undefined, ["a"]]],
    [
      "N",
      ["0", "-1", "+1", "1.5", "1.", ".5", "1e3", "1E-3", "1.5e+30", "12345678901234567890"],
      ["", "a", "1a", "a1", ".", "1e", "e1", "--1", "1 ", " 1", "0x1", "Infinity", "1.5.2", 1, null],
    ],
    ["B", ["", "AP8="], ["AP8", "*", 1, null]],
    ["BOOL", [true, false], ["true", 1, null]],
    ["NULL", [true, false], ["true", 1, null]],
    ["SS", [[], ["a", "b"]], ["a", [1], ["a", 1], null]],
    ["NS", [[], ["1", "2.5"]], ["1", ["a"], [1], ["1", ""], null]],
    ["BS", [[], ["AP8="]], ["AP8=", ["AP8"], [1], null]],
    ["L", [[], [{ S: "a" }, { N: "1" }]], [{}, "a", [{ S: 1 }], [{ S: "a" }, { N: "a" }], ["a"], null]],
    [
      "M",
      [{}, { a: { S: "a" }, b: { L: [] } }],
      [[], "a", { a: "b" }, { a: { S: "a" }, b: { N: "a" } }, null],
    ],
    ["X", [], ["a", 1, null, {}]],
    ["toString", [], ["a", {}]],
    ["hasOwnProperty", [], ["S"]],
    ["", [], ["a", undefined]],
  ])("of type %s has a value of that type", (type, yes, no) => {
    const holds = (value: unknown) => attributes({ name: { [type]: value } })
    assert.deepStrictEqual(
      yes.filter((value) => !holds(value)),
      [],
    )
    assert.deepStrictEqual(
      no.filter((value) => holds(value)),
      [],
    )
  })

  it("has one type", () => {
    assert.isFalse(attributes({ name: {} }))
    assert.isFalse(attributes({ name: { S: "a", N: "1" } }))
    assert.isFalse(attributes({ name: [{ S: "a" }] }))
    assert.isFalse(attributes({ good: { S: "a" }, bad: { N: "a" } }))
  })

  it.each(["L", "M"] as const)("of type %s nests as deep as 64 levels", (kind) => {
    assert.isTrue(attributes({ name: nested(DEPTH, kind) }))
    assert.isFalse(attributes({ name: nested(DEPTH + 1, kind) }))
  })

  it("is in an item, which is an object; any text is a name", () => {
    assert.isTrue(attributes({}))
    assert.isTrue(attributes(JSON.parse('{"__proto__":{"S":"a"}}')))
    for (const input of [[], null, "a", undefined]) assert.isFalse(attributes(input))
  })
})
