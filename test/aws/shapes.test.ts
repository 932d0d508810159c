/**
 * The guards that replies are checked with: what each of them lets through, at its edges.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  absentOr,
  base64,
  boolean,
  isObject,
  listOf,
  mapOf,
  number,
  object,
  type Shape,
  text,
} from "../../src/aws/shapes.ts"

const holds = (shape: Shape<unknown>, input: unknown) => shape(input)

describe("a shape", () => {
  it.each<readonly [string, Shape<unknown>, ReadonlyArray<unknown>, ReadonlyArray<unknown>]>([
    ["text", text, ["", "a"], [1, null, undefined, {}, ["a"]]],
    ["number", number, [0, -1.5, 1e300], ["1", Infinity, -Infinity, NaN, null, undefined]],
    ["boolean", boolean, [true, false], ["true", 0, 1, null, undefined]],
    ["object", isObject, [{}, { a: 1 }], [null, [], [{}], "a", 1, undefined]],
    [
      "base64",
      base64,
      ["", "AP8=", "AA==", "AQID", "+/+/"],
      [
        "A",
        "AP8",
        "AP8==",
        "A===",
        "=AP8",
        "AP 8",
        "AP8=AP8=",
        "AP-_",
        "AQID\n",
        1,
        ["AQID"],
        null,
        undefined,
      ],
    ],
    ["list", listOf(text), [[], ["a"], ["a", "b"]], [[1], ["a", 1], [undefined], "a", {}, null, undefined]],
    ["map", mapOf(number), [{}, { a: 1, b: 2 }], [{ a: "1" }, { a: 1, b: "2" }, [], [1], null, undefined, 1]],
    ["what may be absent", absentOr(text), [undefined, "a"], [null, 1, {}]],
    [
      "an object with members",
      object({ a: text }, { b: number }),
      [{ a: "" }, { a: "", b: 1 }, { a: "", b: null }, { a: "", b: undefined }, { a: "", other: 1 }],
      [{}, { a: 1 }, { a: null }, { b: 1 }, { a: "", b: "1" }, { a: 1, b: 1 }, [], null, undefined, "a"],
    ],
    ["an object that needs nothing", object({}, {}), [{}, { a: 1 }], [[], null, "a"]],
    [
      "an object of two members",
      object({ a: text, b: text }, {}),
      [{ a: "", b: "" }],
      [{ a: "" }, { b: "" }],
    ],
    [
      "an object of two members that may be left out",
      object({}, { a: text, b: text }),
      [{}, { a: "" }, { b: "" }],
      [{ a: 1 }, { b: 1 }, { a: "", b: 1 }, { a: 1, b: "" }],
    ],
  ])("of %s lets through what is one, and nothing else", (_, shape, yes, no) => {
    assert.deepStrictEqual(
      yes.filter((input) => !holds(shape, input)),
      [],
    )
    assert.deepStrictEqual(
      no.filter((input) => holds(shape, input)),
      [],
    )
  })

  it("takes no member for its own that every object inherits", () => {
    const inherited: unknown = Object.create({ a: "inherited" })
    assert.isFalse(holds(object({ a: text }, {}), inherited))
    assert.isTrue(holds(object({}, { constructor: text }), {}))
  })
})
