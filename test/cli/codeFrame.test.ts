/**
 * Code frames: the lines around a fault, with a mark below its column.
 */
import { assert, describe, it } from "@effect/vitest"
import { faultsWithFrames, frameOf } from "../../cli/codeFrame.ts"
import { ConfigInvalid } from "../../src/config/yaml/ConfigInvalid.ts"

const TEXT = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`).join("\n")

describe("a code frame", () => {
  it("shows two lines before, and a caret below the column", () => {
    assert.strictEqual(
      frameOf(TEXT, { line: 10, column: 6 }),
      "   8 | line 8\n   9 | line 9\n> 10 | line 10\n     |      ^",
    )
  })

  it("of the first line has nothing before it, and a line that is not there has none", () => {
    assert.strictEqual(frameOf(TEXT, { line: 1, column: 1 }), "> 1 | line 1\n    | ^")
    assert.strictEqual(frameOf(TEXT, { line: 13, column: 1 }), "")
  })

  it("leaves out what may be a secret in a URL", () => {
    const text = "tracing:\n  endpoint: http://user:hunter2@collector/v1?key=s3cr3t\n"
    const fault = { key: "tracing.endpoint", found: "a URL", allowed: "another", line: 2, column: 13 }
    const shown = faultsWithFrames(new ConfigInvalid({ file: "config.yaml", faults: [fault] }), text)
    assert.include(shown, "> 2 |   endpoint: http://…@collector/v1?…")
    assert.notMatch(shown, /hunter2|s3cr3t/)
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
