/**
 * V8's code cache of the Node bundle: the same bytes wherever and whenever it is made, and V8 takes it. With it the Node layer
 * is reproducible; `test/slow/reproducible.test.ts` compares whole archives.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { recordAnew } from "../../scripts/codeCache.ts"
import { temporaryFolder } from "../support/lambda.ts"

const BUNDLE = path.resolve(import.meta.dirname, "../../dist/node/cache-extension")
const CACHES = "code-cache"

/** Asks V8 about each file of a cache, in a process like the layer's. */
const REJECTED = `
const { cacheFolder, compile, scripts } = require(process.argv[1] + "/loader.cjs")
const names = require("node:fs").readdirSync(cacheFolder)
for (const name of names) compile(name)
console.log(JSON.stringify(names.filter((name) => scripts.get(name).cachedDataRejected !== false)))
`

/** The bundle in a folder of its own, with a cache that is made there; gives the cache's files by their hashes. */
const hashesIn = Effect.fnUntraced(function* (name: string) {
  const folder = path.join(yield* temporaryFolder, name)
  cpSync(BUNDLE, folder, { recursive: true })
  rmSync(path.join(folder, CACHES), { recursive: true })
  yield* Effect.promise(() => recordAnew(folder))
  const files = readdirSync(path.join(folder, CACHES), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".cjs"))
    .toSorted()
  const hashes = files.map((file) => {
    const bytes = readFileSync(path.join(folder, CACHES, file))
    return `${file} ${createHash("sha256").update(bytes).digest("hex")}`
  })
  return { folder, hashes }
})

it.live("the code cache is the same in whatever folder it is made, and V8 takes every file of it", () =>
  Effect.gen(function* () {
    const one = yield* hashesIn("here")
    const two = yield* hashesIn("in/a/folder/with/a/longer/name")
    assert.isAbove(one.hashes.length, 20)
    assert.deepStrictEqual(one.hashes, two.hashes)
    const rejected = execFileSync(process.execPath, ["-e", REJECTED, two.folder], { encoding: "utf8" })
    assert.deepStrictEqual(JSON.parse(rejected), [])
  }),
)
