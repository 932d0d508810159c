/**
 * The table of attacks in docs/security.md: each row says what stands in the way and names the tests that hold it, and they exist.
 */
import { assert, describe, it } from "@effect/vitest"
import { existsSync } from "node:fs"
import path from "node:path"
import { ROOT, tablesOf, textOf } from "./markdown.ts"

const ROWS = tablesOf(
  textOf("docs/security.md"),
  "who",
  "what",
  "what stands in the way",
  "what does not",
  "test",
)

/** A cell with one file comes without its backticks. */
const filesIn = (cell: string): ReadonlyArray<string> =>
  Array.from(cell.matchAll(/[\w./]+\.test\.ts/g), ([file]) => file)

const placeOf = (file: string): string => (file.includes("/") ? file : `test/integration/${file}`)

describe("docs/security.md", () => {
  it.each(ROWS)("names tests that exist for what %s does: %s", (who, what, defence, _, tests = "") => {
    for (const cell of [who, what, defence]) assert.isNotEmpty(cell)
    const files = filesIn(tests)
    assert.isNotEmpty(files)
    for (const file of files) assert.isTrue(existsSync(path.join(ROOT, placeOf(file))), file)
  })
})
