/**
 * docs/adding-a-source.md shows the files of the fixture that test/integration/newKind.test.ts adds to the project, all of
 * them, word by word. What it says of requests, that test asks.
 */
import { readdirSync } from "node:fs"
import path from "node:path"
import { assert, it } from "@effect/vitest"
import { ROOT, textOf } from "./markdown.ts"

const FIXTURE = "test/kinds/fixtures/toys"

it("docs/adding-a-source.md shows every file of the example as it is", () => {
  const shown = Array.from(
    textOf("docs/adding-a-source.md").matchAll(/`toys\/(\S+)`:\n\n^```ts\n(.*?)^```$/gms),
    ([, file = "", code = ""]) => [file, code] as const,
  )
  const files = readdirSync(path.join(ROOT, FIXTURE), { recursive: true, encoding: "utf8" })
  const expected = files
    .filter((file) => file.endsWith(".ts"))
    .map((file) => [file, textOf(`${FIXTURE}/${file}`)] as const)
  assert.deepStrictEqual(Object.fromEntries(shown), Object.fromEntries(expected))
})
