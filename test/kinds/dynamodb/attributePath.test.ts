/**
 * Document paths of `attributes`: what is one, what overlaps, and the expression that reads them.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  areOverlapping,
  makePlaceholders,
  parseAttributePath,
  projectionExpression,
  type Step,
} from "../../../src/kinds/dynamodb/attributePath.ts"

describe("an attribute of config.yaml", () => {
  it.each<readonly [string, ReadonlyArray<Step>]>([
    ["total", ["total"]],
    ["a.b.c", ["a", "b", "c"]],
    ["a[0]", ["a", 0]],
    ["a[1][20].b", ["a", 1, 20, "b"]],
    ["grösse", ["grösse"]],
    ["with blank", ["with blank"]],
    ["a-b#c", ["a-b#c"]],
    ["price\\.eur", ["price.eur"]],
    ["a\\[0\\].b", ["a[0]", "b"]],
    ["back\\\\slash", ["back\\slash"]],
    ["__proto__", ["__proto__"]],
  ])("%s is a path", (text, steps) => {
    assert.deepStrictEqual(parseAttributePath(text), steps)
  })

  it.each([
    "",
    ".",
    "a.",
    ".a",
    "a..b",
    "[0]",
    "a[",
    "a]",
    "a[]",
    "a[x]",
    "a[-1]",
    "a[01]",
    "a[0]b",
    "a\\",
    "a\\b",
  ])("%j is none", (text) => {
    assert.isUndefined(parseAttributePath(text))
  })

  it("is no path if it leads deeper than any document", () => {
    const deep = (steps: number) => Array.from({ length: steps }, () => "a").join(".")
    assert.lengthOf(parseAttributePath(deep(32)) ?? [], 32)
    assert.isUndefined(parseAttributePath(deep(33)))
  })

  it.each<readonly [string, string, boolean]>([
    ["a", "a", true],
    ["a", "a.b", true],
    ["a[0]", "a", true],
    ["a.b", "a.c", false],
    ["a[0]", "a[1]", false],
    ["a", "ab", false],
    ["a\\.b", "a", false],
  ])("overlaps: %s and %s: %s", (left, right, isOverlapping) => {
    const [one = [], other = []] = [left, right].map(parseAttributePath)
    assert.deepStrictEqual(
      [areOverlapping(one, other), areOverlapping(other, one)],
      [isOverlapping, isOverlapping],
    )
  })
})

describe("a projection", () => {
  it("has a placeholder for every name, once, and the keys that are not listed", () => {
    const placeholders = makePlaceholders()
    const expression = projectionExpression(
      ["size", "a.size[2].id", "id"],
      ["id", "day", "day"],
      placeholders,
    )
    assert.strictEqual(expression, "#0,#1.#0[2].#2,#2,#3")
    assert.deepStrictEqual(placeholders.names(), { "#0": "size", "#1": "a", "#2": "id", "#3": "day" })
  })
})
