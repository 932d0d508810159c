/**
 * Code frames: the lines around a fault, with a mark below its column.
 */
import { assert, describe, it } from "@effect/vitest"
import { codeFrame, faultsWithFrames } from "../../cli/codeFrame.ts"
import { ConfigInvalid } from "../../src/config/yaml/ConfigInvalid.ts"

const TEXT = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`).join("\n")

describe("a code frame", () => {
  it("shows two lines before, and a caret below the column", () => {
    assert.strictEqual(
      codeFrame(TEXT, { line: 10, column: 6 }),
      "   8 | line 8\n   9 | line 9\n> 10 | line 10\n     |      ^",
    )
  })

  it("of the first line has nothing before it, and a line that is not there has none", () => {
    assert.strictEqual(codeFrame(TEXT, { line: 1, column: 1 }), "> 1 | line 1\n    | ^")
    assert.strictEqual(codeFrame(TEXT, { line: 13, column: 1 }), "")
    assert.strictEqual(codeFrame(TEXT, {}), "")
  })

  it("follows the message of each fault of the file, and of no other file", () => {
    const fault = { key: "a", found: "b", allowed: "c" }
    const faults = [
      { ...fault, line: 1, column: 1 },
      { ...fault, file: "environment" },
    ]
    const invalid = new ConfigInvalid({ file: "config.yaml", faults })
    assert.strictEqual(
      faultsWithFrames(invalid, TEXT),
      "config.yaml:1:1: a: found b; allowed: c\n> 1 | line 1\n    | ^\n\nenvironment: a: found b; allowed: c",
    )
  })
})
