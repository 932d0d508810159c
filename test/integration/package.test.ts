/**
 * The package that is published to npm, as its users get it: small, whole, without dependencies, for ES modules, CommonJS and
 * TypeScript.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { formatMessage } from "publint/utils"
import { publint } from "publint"
import { minifySync } from "rolldown/utils"
import { BUNS } from "../../scripts/bun.ts"
import { ROOT } from "../../scripts/bundle.ts"
import { compiler } from "../../scripts/compiler.ts"
import { sizeOf } from "../../scripts/package.ts"
import { VERSION } from "../../src/observability/version.ts"
import { NPM_NODE, pack, type Packed, projectWith, runIn, TYPED_PROGRAM } from "../support/packages.ts"
import { skipped } from "../support/skipped.ts"

/** What docs/client.md says of the client's size: in kB as it is, and minified. */
const [, WHOLE_BUDGET = "", BUDGET = ""] =
  /under (\d+) kB \(([\d.]+) kB minified\)/.exec(readFileSync(path.join(ROOT, "docs/client.md"), "utf8")) ??
  []

/** Of the whole package, in MB. */
const INSTALLED_BUDGET = 11

const BUN = path.join(
  ROOT,
  "node_modules",
  BUNS[process.arch === "arm64" ? "arm64" : "x86_64"].packageName,
  "bin/bun",
)

const RUNTIMES = [
  { name: "this Node", command: process.execPath },
  { name: "the Node of npm", command: NPM_NODE },
  { name: "Bun", command: BUN },
]

const READS = `
const client = createClient({ fetch: fetchOf({ parameters: { A: "a" }, secrets: { B: { c: 7 } } }) })
Promise.all([client.get("parameters", "A"), client.getJson("secrets", "B", { pointer: "/c" })]).then((read) =>
  console.log(...read),
)
`

/** The program above, in each format. */
const PROGRAMS = {
  "index.mjs": `
import { createClient } from "lambda-cache-extension/client"
import { fetchOf } from "lambda-cache-extension/client/fixtures"
${READS}`,
  "index.cjs": `
const { createClient } = require("lambda-cache-extension/client")
const { fetchOf } = require("lambda-cache-extension/client/fixtures")
${READS}`,
}

/** Compiler options that ask nothing of the user's project: no DOM, no types of Node, and declarations are checked. */
const BARE =
  "--ignoreConfig --noEmit --strict --exactOptionalPropertyTypes --target es2022 --lib es2022 --types"

describe("the published package", () => {
  let packed: Packed
  let project: string
  const installed = (...file: ReadonlyArray<string>) =>
    path.join(project, "node_modules/lambda-cache-extension", ...file)

  beforeAll(async () => {
    packed = await pack()
    project = await projectWith(
      { ...PROGRAMS, "index.mts": TYPED_PROGRAM, "index.cts": TYPED_PROGRAM },
      packed.archive,
    )
  })

  it(`installs alone, in under ${INSTALLED_BUDGET} MB, without a network`, () => {
    const names = readdirSync(path.join(project, "node_modules")).filter((name) => !name.startsWith("."))
    assert.deepStrictEqual(names, ["lambda-cache-extension"])
    assert.isBelow(sizeOf(installed()), INSTALLED_BUDGET * 1e6)
  })

  it("has in its archive what was built, and the licences of what is inside", () => {
    const files = (folder: string) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
        .toSorted()
    assert.deepStrictEqual(files(installed()), files(packed.folder))
    for (const name of ["README.md", "LICENSE", "NOTICES", "cli/bin.js"])
      assert.isTrue(existsSync(installed(name)), name)
    assert.include(readFileSync(installed("NOTICES"), "utf8"), "effect 4.")
    const foreign = files(installed()).filter(
      (file) => /\.(?:test\.|ts$)/.test(file) && !file.endsWith(".d.ts"),
    )
    assert.deepStrictEqual(foreign, [])
  })

  it("is as publint wants packages to be", async () => {
    const { messages, pkg } = await publint({ pkgDir: packed.folder, strict: true, pack: false })
    assert.deepStrictEqual(
      messages.map((message) => formatMessage(message, pkg, { color: false })),
      [],
    )
  })

  it("runs its program on the Node of npm, from the project's node_modules/.bin", async () => {
    const bin = path.join(project, "node_modules/.bin/lambda-cache-extension")
    assert.strictEqual(
      await runIn(project, NPM_NODE, bin, "--version"),
      `lambda-cache-extension v${VERSION}\n`,
    )
    const npx = await runIn(project, "npx", "--no-install", "lambda-cache-extension", "schema")
    assert.strictEqual(npx, readFileSync(path.join(ROOT, "schema/config.schema.json"), "utf8"))
    writeFileSync(
      path.join(project, "config.yaml"),
      "secrets:\n  - names: [\n      db/main]\n    region: eu-west-1\n",
    )
    assert.include(await runIn(project, NPM_NODE, bin, "policy"), "secretsmanager:GetSecretValue")
  })

  for (const { command, name } of RUNTIMES) {
    it.skipIf(!existsSync(command)).each(Object.keys(PROGRAMS))(
      `reads in %s on ${name}${skipped(!existsSync(command), "where it is not installed")}`,
      async (file) => assert.strictEqual(await runIn(project, command, file), "a 7\n"),
    )
  }

  it.each(["node16", "preserve"])(
    "has types that hold without DOM and Node's types, by %s",
    async (module) => {
      const files = module === "preserve" ? ["index.mts"] : ["index.mts", "index.cts"]
      const said = await runIn(project, compiler(), ...BARE.split(" "), "", "--module", module, ...files)
      assert.strictEqual(said, "")
    },
  )

  it("has a client that imports nothing, within the sizes of docs/client.md", () => {
    const code = readFileSync(installed("client/index.js"), "utf8")
    const minified = minifySync("index.js", code, { module: true }).code
    assert.isBelow(Buffer.byteLength(code), Number(WHOLE_BUDGET) * 1_000)
    assert.isBelow(Buffer.byteLength(minified), Number(BUDGET) * 1_000)
    assert.notMatch(code, /\bimport\b[\s({"']|\brequire\(/)
  })

  it("names the files of its declarations as they are called", () => {
    const folder = installed("client")
    for (const file of readdirSync(folder).filter((name) => /\.d\.c?ts$/.test(name))) {
      const text = readFileSync(path.join(folder, file), "utf8")
      for (const [, target = ""] of text.matchAll(/["'](\.\/[^"']+)["']/g)) {
        assert.match(target, file.endsWith(".cts") ? /\.cjs$/ : /\.js$/)
        assert.isTrue(
          existsSync(path.join(folder, target.replace(/\.(c?)js$/, ".d.$1ts"))),
          `${file}: ${target}`,
        )
      }
    }
  })

  it("has the client as an Effect service, for projects with Effect", async () => {
    const program = `
import { CacheClient, CacheClientError } from "lambda-cache-extension/client/effect"
import { Effect, Schema } from "effect"
const program: Effect.Effect<number, CacheClientError | Schema.SchemaError, CacheClient> =
  Effect.flatMap(CacheClient, (cache) => cache.getJson("parameters", "B", Schema.Int, { pointer: "/c" }))
Effect.runPromise(Effect.provide(program, CacheClient.layerTest({ parameters: { B: { c: 1 } } }))).then(console.log)
`
    const withEffect = await projectWith({ "index.mts": program }, packed.archive)
    for (const name of ["effect", "@types", "undici-types", "fast-check"])
      if (existsSync(path.join(ROOT, "node_modules", name)))
        symlinkSync(path.join(ROOT, "node_modules", name), path.join(withEffect, "node_modules", name))
    const options = "--ignoreConfig --strict --skipLibCheck --module nodenext --target es2022 --types node"
    await runIn(withEffect, compiler(), ...options.split(" "), "index.mts")
    assert.strictEqual(await runIn(withEffect, process.execPath, "index.mjs"), "1\n")
    rmSync(withEffect, { recursive: true })
  })
})

describe("the repository itself", () => {
  it("is packed by npm as a note that says how to make the package", async () => {
    const folder = await projectWith({})
    const [{ filename, files }] = JSON.parse(
      await runIn(ROOT, "npm", "pack", "--json", "--pack-destination", folder),
    )
    const names = files.map(({ path }: { readonly path: string }) => path)
    assert.sameMembers(names, ["LICENSE", "README.md", "package.json", "scripts/notThePackage.js"])
    await runIn(folder, "tar", "-xzf", filename)
    const said = await runIn(
      path.join(folder, "package"),
      process.execPath,
      "scripts/notThePackage.js",
    ).catch(String)
    assert.include(said, "npm run package")
    assert.include(said, "dist/lambda-cache-extension-<version>.tgz")
  })
})
