/**
 * docs/licences.md against the bill of materials and NOTICES of the layers: the runtime, its parts under the LGPL, the version whose
 * sources it links to. `test/scripts/sbom.test.ts` compares the licences of the bundled packages.
 */
import { assert, describe, it } from "@effect/vitest"
import { ARCHITECTURES, lockedVersion } from "../../scripts/bun.ts"
import { runtimeNotice, runtimeOf, sbomOf } from "../../scripts/sbom.ts"
import { tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/licences.md")

interface Part {
  readonly name: string
  readonly licenses: ReadonlyArray<{ readonly license: { readonly name: string } }>
}

describe.each(ARCHITECTURES)("docs/licences.md on the runtime for %s", (architecture) => {
  const runtime = runtimeOf(architecture)
  const archive = `cache-extension-${architecture}.zip`
  const bill = JSON.parse(sbomOf({ archive, content: Buffer.from(""), packages: [], runtime })) as {
    readonly components: ReadonlyArray<{ readonly name: string; readonly components?: ReadonlyArray<Part> }>
  }

  it("has each of its parts under the LGPL as the bill of materials has it, with its sources", () => {
    const parts = bill.components.flatMap(({ components = [] }) => components)
    const documented = tablesOf(PAGE, "part", "licence", "what it is", "its sources")
    assert.isNotEmpty(parts)
    assert.deepStrictEqual(
      documented.map(([part = "", licence]) => [part.split(",")[0], licence]),
      parts.map(({ licenses, name }) => [name, licenses[0]?.license.name]),
    )
    for (const [, , , sources = ""] of documented) assert.match(sources, /\]\(https:\/\/github\.com\//)
  })

  it("names the package and the version that is inside, and links to that version's licences", () => {
    assert.include(PAGE, `\`${runtime.name}\``)
    const version = lockedVersion(architecture)
    assert.include(PAGE, `The version is ${version} for both architectures`)
    const versions = Array.from(PAGE.matchAll(/bun-v(\d+\.\d+\.\d+)/g), ([, found]) => found)
    assert.deepStrictEqual([...new Set(versions)], [version])
    const link = /https:\S+LICENSE\.md/.exec(runtimeNotice(runtime))?.[0] ?? "no link"
    assert.include(PAGE, link)
  })

  it("says of NOTICES what is in it", () => {
    for (const [part = ""] of tablesOf(PAGE, "part", "licence", "what it is", "its sources"))
      assert.include(runtimeNotice(runtime), part.replace(/,.*/, ""))
  })
})
