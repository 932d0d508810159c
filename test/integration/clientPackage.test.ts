/**
 * The client as a package: small, alone, for the runtimes and the compilers of its users, and in no layer.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { existsSync, readFileSync, renameSync, symlinkSync } from "node:fs"
import http from "node:http"
import path from "node:path"
import process from "node:process"
import { promisify } from "node:util"
import { minifySync } from "rolldown/utils"
import { BUNS } from "../../scripts/bun.ts"
import { ROOT } from "../../scripts/bundle.ts"
import { compiler } from "../../scripts/compiler.ts"
import { builtFile } from "../support/builtClient.ts"
import { listen } from "../support/extensionHttp.ts"
import { folderOf } from "../support/lambda.ts"
import { skipped } from "../support/skipped.ts"

const run = promisify(execFile)

const CLIENT = readFileSync(builtFile("Client.js"), "utf8")

/** What docs/client.md says of its size: in kB as it is, and minified. */
const [, WHOLE_BUDGET = "", BUDGET = ""] =
  /under (\d+) kB \((\d+) kB minified\)/.exec(readFileSync(path.join(ROOT, "docs/client.md"), "utf8")) ?? []

/** What a function in plain JavaScript does with it. */
const PROGRAM = `
import { createClient } from "./Client.js"
const client = createClient()
console.log(await client.get("parameters", "A"), await client.getJson("parameters", "B", { pointer: "/c" }))
`

/** The same by the names of a package, in TypeScript; every member is used as its type says. */
const typed = (name: string) => `
import { CacheExtensionError, createClient, type Client } from "${name}"
import { CacheClient, CacheClientError } from "${name}/effect"
import { fetchOf } from "${name}/fixtures"
import { Effect, Schema } from "effect"

export const client: Client = createClient({
  fetch: fetchOf({ parameters: { "A:live": "a" }, dynamodb: { "Orders-1": { id: "1" } } }),
})
export const text: Promise<string> = client.get("parameters", "A", { label: "live" })
export const item: Promise<{ id: string }> = client.getJson<{ id: string }>("dynamodb", "Orders-1")
export const statusOf = (error: unknown): number => (error instanceof CacheExtensionError ? error.status : 0)
export const program: Effect.Effect<number, CacheClientError | Schema.SchemaError, CacheClient> =
  Effect.flatMap(CacheClient, (cache) => cache.getJson("parameters", "B", Schema.Int, { pointer: "/c" }))
export const tested = Effect.provide(program, CacheClient.layerTest({ parameters: { B: { c: 1 } } }))

// @ts-expect-error an item has no label
export const refused = () => client.get("dynamodb", "Orders-1", { label: "live" })
`

const BUN = BUNS[process.arch === "arm64" ? "arm64" : "x86_64"]

const RUNTIMES = [
  { name: "this Node", command: process.execPath },
  { name: "Bun", command: path.join(ROOT, "node_modules", BUN.packageName, "bin/bun") },
]

describe("the built client", () => {
  it(`is under ${WHOLE_BUDGET} kB, ${BUDGET} kB minified, and imports nothing`, () => {
    const minified = minifySync("Client.js", CLIENT, { module: true }).code
    const sizes = [CLIENT, minified].map((code) => Buffer.byteLength(code))
    assert.isBelow(sizes[0] ?? Infinity, Number(WHOLE_BUDGET) * 1_000)
    assert.isBelow(sizes[1] ?? Infinity, Number(BUDGET) * 1_000)
    assert.notMatch(CLIENT, /\bimport\b[\s({"']|\brequire\(/)
  })

  for (const { command, name } of RUNTIMES) {
    it.live.skipIf(!existsSync(command))(
      `runs as a copied file on ${name}${skipped(!existsSync(command), "where it is not installed")}`,
      () =>
        Effect.gen(function* () {
          const port = yield* listen(
            http.createServer((request, response) => {
              response.setHeader("content-type", "application/json")
              response.end(request.url === "/parameters?name=A" ? `"a"` : "7")
            }),
          )
          const folder = yield* folderOf({
            "package.json": `{"type":"module"}`,
            "Client.js": CLIENT,
            "index.js": PROGRAM,
          })
          const env = { ...process.env, CACHE_EXTENSION_PORT: String(port) }
          const { stdout } = yield* Effect.promise(() =>
            run(command, [path.join(folder, "index.js")], { env }),
          )
          assert.strictEqual(stdout, `"a" 7\n`)
        }),
    )
  }

  /** Type-checks and runs `typed` where the package is installed, beside what its user has, too. */
  const check = (name: string, install: (modules: string) => Promise<void>) =>
    Effect.gen(function* () {
      const folder = yield* folderOf({
        "package.json": `{"type":"module"}`,
        "node_modules/.keep": "",
        "index.ts": typed(name),
        "run.js": `import { text } from "./index.js"; console.log(await text)`,
      })
      const modules = path.join(folder, "node_modules")
      yield* Effect.promise(() => install(modules))
      for (const user of ["effect", "@types", "undici-types"])
        symlinkSync(path.join(ROOT, "node_modules", user), path.join(modules, user))
      const options = "--strict --exactOptionalPropertyTypes --module nodenext --target es2022 --types node"
      yield* Effect.promise(() =>
        run(compiler(), [...options.split(" "), "index.ts"], { cwd: folder }).catch(({ stdout }) =>
          Promise.reject(new Error(String(stdout))),
        ),
      )
      const { stdout } = yield* Effect.promise(() => run(process.execPath, [path.join(folder, "run.js")]))
      assert.strictEqual(stdout, "a\n")
    })

  it.live("is found by the names of the package, and its types hold in a strict project", () =>
    check("lambda-cache-extension/client", async (modules) =>
      symlinkSync(ROOT, path.join(modules, "lambda-cache-extension")),
    ),
  )

  it.live("is whole in the archive that npm makes of its own package", () =>
    check("lambda-cache-extension-client", async (modules) => {
      const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", modules], {
        cwd: path.join(ROOT, "client"),
      })
      const [{ filename }] = JSON.parse(stdout)
      await run("tar", ["-xzf", filename], { cwd: modules })
      renameSync(path.join(modules, "package"), path.join(modules, "lambda-cache-extension-client"))
    }),
  )
})
