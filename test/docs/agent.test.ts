/**
 * docs/agent.md against the code: its variables with their examples and faults, its arguments, and the lines of its log.
 */
import { assert, describe, it } from "@effect/vitest"
import { parse } from "../../src/agent/command.ts"
import { linesOf } from "../../src/agent/prepare.ts"
import { readOutside } from "../../src/config/outside.ts"
import { readSettings } from "../../src/config/Settings.ts"
import { AGENT_GRACE } from "../../src/domain/defaults.ts"
import { blocksOf, codesIn, tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/agent.md")
const NOTHING = { region: undefined, memory: undefined }
const readingOf = (environment: Readonly<Record<string, string>>) =>
  readSettings(environment, readOutside(environment, NOTHING))

const VARIABLES = tablesOf(PAGE, "variable", "value", "default", "example", "wrong", "message")

describe("docs/agent.md", () => {
  it.each(VARIABLES)(
    "is right about the variable %s",
    (name, _value, _default, example = "", wrong = "", message = "") => {
      assert.isUndefined(readingOf({ [name]: example }).invalid)
      if (wrong !== "")
        assert.strictEqual(readingOf({ [name]: wrong }).invalid?.message, `environment: ${name}: ${message}`)
    },
  )

  it("has every argument, and what none means", () => {
    const rows = tablesOf(PAGE, "argument", "what it does", "exit code")
    const words = rows.flatMap(([cell = ""]) => (cell.includes("`") ? codesIn(cell) : [cell]))
    assert.sameMembers(words, ["serve", "health", "ready", "help"])
    for (const word of words) assert.notStrictEqual(parse([word])._tag, "Wrong")
    assert.deepStrictEqual(parse([]), parse(["serve"]))
  })

  it("shows the first lines of the log as they are", () => {
    const environment = { CACHE_EXTENSION_CONFIG: "/home/me/shop/config.yaml", AWS_REGION: "eu-west-1" }
    const lines = linesOf(readingOf(environment).settings, { tokens: { fixed: [], file: "token" } }, true)
    assert.deepStrictEqual(
      blocksOf(PAGE, "text").join("").trimEnd().split("\n").slice(0, -1),
      lines.map((line) => `[cache-extension] ${line}`),
    )
  })

  it("says how long reads in flight may take at the end", () => {
    assert.include(PAGE, `reads in flight get up to ${AGENT_GRACE / 1_000} s`)
  })
})
