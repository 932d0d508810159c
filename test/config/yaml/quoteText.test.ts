/**
 * How a message quotes what was found: without what may be a secret in a URL, and in a time that grows with the text alone.
 */
import { assert, describe, it } from "@effect/vitest"
import { quoteText } from "../../../src/config/yaml/ConfigInvalid.ts"

/** The same by expressions that look back: right for short texts, endless for long ones. */
const byExpressions = (text: string): string =>
  JSON.stringify(text.replaceAll(/\/\/\S*@/g, "//…@").replaceAll(/(:\/\/[^\s?]*\?)\S+/g, "$1…"))

const PIECES = ["://", "/", ":", "@", "?", " ", "a"]

/** Every text of so many pieces. */
const textsOf = (count: number): ReadonlyArray<string> =>
  count === 0 ? [""] : textsOf(count - 1).flatMap((text) => PIECES.map((piece) => text + piece))

describe("what a message quotes", () => {
  it.each([
    ["https://user:pass@host/path", '"https://…@host/path"'],
    ["https://user:pa/ss@host", '"https://…@host"'],
    ["see https://host/x?token=secret now", '"see https://host/x?… now"'],
    ["a//b", '"a//b"'],
    ["who?", '"who?"'],
  ])("shows %j without its secrets", (text, shown) => {
    assert.strictEqual(quoteText(text), shown)
  })

  it("is what the expressions would leave, for every text of five pieces", () => {
    const wrong = textsOf(5).filter((text) => quoteText(text) !== byExpressions(text))
    assert.deepStrictEqual(wrong, [])
  })

  it.each(["/", "://", "//@", "?", "://?"])("is cut soon, however long a text of %j is", (piece) => {
    assert.isAtMost(quoteText(piece.repeat(1_000_000)).length, 81)
  })
})
