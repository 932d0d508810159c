/**
 * The published package beside other versions of TypeScript, under every resolution of modules, in a bundler, and by the rules
 * of "Are the Types Wrong". Everything comes from the npm registry (`npm run test:packages`).
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { pathToFileURL } from "node:url"
import { NPM_NODE, pack, type Packed, projectWith, runIn, TYPED_PROGRAM } from "../support/packages.ts"

interface Resolution {
  readonly options: string
  readonly files: string
  /** The oldest TypeScript that knows it. */
  readonly since: number
  /** The oldest that knows it no longer. */
  readonly until?: number
}

const RESOLUTIONS: ReadonlyArray<Resolution> = [
  { options: "--module node16 --moduleResolution node16", files: "index.mts index.cts", since: 5.4 },
  { options: "--module node18", files: "index.mts index.cts", since: 5.8 },
  { options: "--module nodenext --moduleResolution nodenext", files: "index.mts index.cts", since: 5.4 },
  { options: "--module esnext --moduleResolution bundler", files: "index.ts", since: 5.4 },
  { options: "--module commonjs --moduleResolution node10", files: "index.ts", since: 5.4, until: 6 },
]

const VERSIONS = ["5.4.5", "5.5.4", "5.6.3", "5.7.3", "5.8.3", "5.9.3", "6.0.3", "7.0.2"]

const BARE = "--noEmit --strict --exactOptionalPropertyTypes --target es2022 --lib es2022".split(" ")

const PROGRAM = `
import { createClient } from "lambda-cache-extension/client"
import { fetchOf } from "lambda-cache-extension/client/fixtures"
createClient({ fetch: fetchOf({ parameters: { A: "a" } }) }).get("parameters", "A").then((a) => console.log(a))
`

let packed: Packed
beforeAll(async () => {
  packed = await pack()
})

describe.each(VERSIONS)("with TypeScript %s", (version) => {
  it("the client's types hold under every resolution of modules, without DOM and Node's types", async () => {
    const files = { "index.mts": TYPED_PROGRAM, "index.cts": TYPED_PROGRAM, "index.ts": TYPED_PROGRAM }
    const project = await projectWith(files, packed.archive, `typescript@${version}`)
    const known = RESOLUTIONS.filter(
      ({ since, until = Infinity }) =>
        Number.parseFloat(version) >= since && Number.parseFloat(version) < until,
    )
    assert.isAtLeast(known.length, 3)
    for (const { files: names, options } of known) {
      const tsc = path.join(project, "node_modules/typescript/bin/tsc")
      const said = await runIn(
        project,
        process.execPath,
        tsc,
        ...BARE,
        ...options.split(" "),
        ...names.split(" "),
      )
      assert.strictEqual(said, "", options)
    }
  })
})

describe("the published package", () => {
  it("has no wrong types, as Are the Types Wrong sees it", async () => {
    const project = await projectWith({}, "@arethetypeswrong/core@0.18.5")
    const core = path.join(project, "node_modules/@arethetypeswrong/core/dist/index.js")
    const { checkPackage, createPackageFromTarballData } = await import(pathToFileURL(core).href)
    const archive = createPackageFromTarballData(new Uint8Array(readFileSync(packed.archive)))
    const { problems } = await checkPackage(archive)
    const found = (
      problems as ReadonlyArray<{ kind: string; entrypoint?: string; resolutionKind?: string }>
    ).map(({ entrypoint = "", kind, resolutionKind = "" }) => `${kind} ${entrypoint} ${resolutionKind}`)
    // Effect has ES modules alone, and so has the service. A CommonJS program gets it by `import()`, or by `require` on Node 22.
    assert.deepStrictEqual(found, ["CJSResolvesToESM ./client/effect node16-cjs"])
  })

  it.each(["esm", "cjs"])("is bundled by esbuild as %s, and the bundle runs", async (format) => {
    const project = await projectWith({ "index.ts": PROGRAM }, packed.archive, "esbuild@0.25.12")
    const out = format === "esm" ? "out.mjs" : "out.cjs"
    await runIn(
      project,
      process.execPath,
      path.join(project, "node_modules/esbuild/bin/esbuild"),
      "index.ts",
      "--bundle",
      "--platform=node",
      `--format=${format}`,
      `--outfile=${out}`,
      "--log-level=warning",
    )
    assert.strictEqual(await runIn(project, NPM_NODE, out), "a\n")
  })
})
