/**
 * docs/adding-a-source.md shows the files of the fixture that test/integration/newKind.test.ts adds to the project, all of
 * them, word by word. What it says of requests, that test asks.
 */
import { existsSync, readdirSync } from "node:fs"
import path from "node:path"
import { assert, it } from "@effect/vitest"
import { ROOT, textOf } from "./markdown.ts"

const FIXTURE = "test/kinds/fixtures/toys"

/** All files of the example with their texts. */
const FILES = readdirSync(path.join(ROOT, FIXTURE), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => [file, textOf(`${FIXTURE}/${file}`)] as const)

it("docs/adding-a-source.md shows every file of the example as it is", () => {
  const shown = Array.from(
    textOf("docs/adding-a-source.md").matchAll(/`toys\/(\S+)`:\n\n^```ts\n(.*?)^```$/gms),
    ([, file = "", code = ""]) => [file, code] as const,
  )
  assert.deepStrictEqual(Object.fromEntries(shown), Object.fromEntries(FILES))
})

it("the example imports what there is, although it is compiled in a copy of the project alone", () => {
  const targets = FILES.flatMap(([file, text]) =>
    Array.from(text.matchAll(/ from "(\.[^"]+)"/g), ([, target = ""]) =>
      path.join("src/kinds/toys", path.dirname(file), target),
    ),
  )
  const outside = targets.filter((target) => !target.startsWith("src/kinds/toys/"))
  assert.isAbove(outside.length, 5)
  assert.deepStrictEqual(
    outside.filter((target) => !existsSync(path.join(ROOT, target))),
    [],
  )
})

it("the page names files of the project that exist, and the row of a kind that is not in AWS as it must be", () => {
  const page = textOf("docs/adding-a-source.md")
  const named = Array.from(
    page.matchAll(/`((?:src|test|client|schema|local)\/[\w./-]+)`/g),
    ([, file = ""]) => file,
  )
  assert.isAbove(named.length, 5)
  assert.deepStrictEqual(
    named.filter((file) => file !== "src/kinds/toys" && !existsSync(path.join(ROOT, file))),
    [],
  )
  const [, row = ""] = /`toys: (".+"),`/.exec(page) ?? []
  assert.include(textOf("test/local/aws/kinds.test.ts"), `Sample | ${row}`)
})
