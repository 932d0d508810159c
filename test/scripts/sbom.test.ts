/**
 * What comes with a release: the bill of materials and the NOTICES of each layer, made of what the bundler really put into it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { bundle, type HostName } from "../../scripts/bundle.ts"
import { type BundledPackage, licenceFaults, noticesOf, packagesIn } from "../../scripts/contents.ts"
import { packageAt } from "../../scripts/lock.ts"
import { runtimeNotice, runtimeOf, sbomOf } from "../../scripts/sbom.ts"
import { tablesOf, textOf } from "../docs/markdown.ts"

interface Component {
  readonly type: string
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly "bom-ref": string
  readonly hashes: ReadonlyArray<{ readonly alg: string; readonly content: string }>
  readonly licenses: ReadonlyArray<{ readonly license: { readonly id: string } }>
}

interface Bill {
  readonly bomFormat: string
  readonly specVersion: string
  readonly serialNumber: string
  readonly version: number
  readonly components: ReadonlyArray<Component>
  readonly dependencies: ReadonlyArray<{ readonly ref: string; readonly dependsOn: ReadonlyArray<string> }>
}

const chunksOf = (host: HostName) => Effect.promise(() => bundle(host))

const CONTENT = Buffer.from("the archive")

const billOf = (packages: ReadonlyArray<BundledPackage>, content = CONTENT): Bill =>
  JSON.parse(sbomOf({ archive: "layer.zip", content, packages }))

/** A package of ours for tests of the rules. */
const pinned = (parts: Partial<BundledPackage>): BundledPackage => ({
  ...packageAt("node_modules/effect"),
  texts: ["MIT License"],
  ...parts,
})

describe.each(["node", "bun"] as const)("the bill of materials of the program for %s", (host) => {
  const bundled = Effect.runSync(Effect.cached(chunksOf(host)))

  it.effect("lists every package of which code is inside, and no other", () =>
    Effect.gen(function* () {
      const chunks = yield* bundled
      const bill = billOf(packagesIn(chunks))
      const inside = chunks
        .flatMap(({ modules }) => Object.entries(modules))
        .filter(([, { renderedLength }]) => renderedLength > 0)
        .flatMap(([id]) => id.split("/node_modules/").slice(1).slice(-1))
        .map((rest) =>
          rest
            .split("/")
            .slice(0, rest.startsWith("@") ? 2 : 1)
            .join("/"),
        )
      assert.sameMembers(
        bill.components.map(({ name }) => name),
        [...new Set(inside)],
      )
      assert.include(inside, "effect")
    }),
  )

  it.effect("has licences that ask for no more than a notice, each with its text", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(licenceFaults(packagesIn(yield* bundled)), [])
    }),
  )

  it.effect("has no licence that docs/licences.md does not name", () =>
    Effect.gen(function* () {
      const header = ["what you deploy", "its own code", "bundled packages", "runtime", "copyleft"]
      const named = tablesOf(textOf("docs/licences.md"), ...header).map(([, , packages = ""]) =>
        packages.split(", "),
      )
      const licences = new Set(
        packagesIn(yield* bundled).map(({ licence }) => licence.replace(/^BSD-.*/, "BSD")),
      )
      assert.lengthOf(named, 3)
      for (const row of named) assert.includeMembers(row, [...licences])
    }),
  )
})

describe("a bill of materials", () => {
  const packages = [pinned({}), pinned({ name: "@scope/other", version: "1.0.0" })]

  it("has what CycloneDX 1.6 requires", () => {
    const bill = billOf(packages)
    assert.deepInclude(bill, { bomFormat: "CycloneDX", specVersion: "1.6", version: 1 })
    assert.match(
      bill.serialNumber,
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    for (const { hashes, licenses, purl, type } of bill.components) {
      assert.strictEqual(type, "library")
      assert.match(purl, /^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+/)
      assert.match(hashes[0]?.content ?? "", /^[0-9a-f]{128}$/)
      assert.isString(licenses[0]?.license.id)
    }
    const refs = bill.components.map((component) => component["bom-ref"])
    assert.strictEqual(new Set(refs).size, refs.length)
    assert.deepStrictEqual(bill.dependencies, [{ ref: "layer.zip", dependsOn: refs }])
  })

  it("is the same for the same archive, and another for another", () => {
    assert.deepStrictEqual(billOf(packages), billOf(packages))
    assert.notStrictEqual(
      billOf(packages).serialNumber,
      billOf(packages, Buffer.from("another")).serialNumber,
    )
  })

  it("names the runtime inside the executable", () => {
    const runtime = runtimeOf("x86_64")
    const bill: Bill = JSON.parse(sbomOf({ archive: "layer.zip", content: CONTENT, packages, runtime }))
    assert.deepInclude(bill.components.at(-1), { type: "platform", name: "@oven/bun-linux-x64" })
  })
})

describe("what may be shipped", () => {
  it("is refused with a licence that asks for more, or without its text", () => {
    const faults = licenceFaults([pinned({ name: "viral", licence: "GPL-3.0-only" }), pinned({ texts: [] })])
    assert.match(faults[0] ?? "", /^viral has the licence GPL-3\.0-only; allowed: .*MIT/)
    assert.strictEqual(faults[1], "effect has no text of its licence")
  })

  it("is named in NOTICES with the text of its licence, equal texts once", () => {
    const notices = noticesOf(
      [pinned({ name: "one" }), pinned({ name: "two" }), pinned({ name: "three", texts: ["ISC"] })],
      runtimeNotice(runtimeOf("x86_64")),
    )
    assert.strictEqual(notices.split("MIT License").length - 1, 1)
    for (const name of ["one", "two", "three", "Bun "]) assert.include(notices, name)
  })
})
