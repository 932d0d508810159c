/**
 * What docs/security.md says of the archives: two clones of a commit, in folders of different names, packed one after the
 * other, give the same bytes. It takes minutes, as it builds everything twice.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { temporaryFolder } from "../support/lambda.ts"

const ROOT = path.resolve(import.meta.dirname, "../..")
const MINUTES = 60_000

const run = (cwd: string, command: string, ...args: ReadonlyArray<string>): void => {
  execFileSync(command, args, { cwd, stdio: ["ignore", "ignore", "inherit"] })
}

/** Clones what is committed, packs it, and gives the hashes of what came out, by name. */
const packedIn = Effect.fnUntraced(function* (name: string) {
  const parent = yield* temporaryFolder
  const clone = path.join(parent, name)
  run(parent, "git", "clone", "--quiet", "--no-hardlinks", ROOT, clone)
  // Links to the same files: what is installed is no part of the question, and nothing writes there.
  run(parent, "cp", "-al", path.join(ROOT, "node_modules"), path.join(clone, "node_modules"))
  run(clone, process.execPath, "scripts/layer.ts")
  const dist = path.join(clone, "dist")
  const files = readdirSync(dist).filter((file) => /\.(?:zip|json)$/.test(file))
  return Object.fromEntries(
    files.toSorted().map((file) => {
      const bytes = readFileSync(path.join(dist, file))
      return [file, createHash("sha256").update(bytes).digest("hex")] as const
    }),
  )
})

describe("npm run layer", () => {
  it.live(
    "writes the same archives and bills of materials in two clones",
    () =>
      Effect.gen(function* () {
        const one = yield* packedIn("a")
        const two = yield* packedIn("a-folder-with-a-longer-name")
        assert.deepStrictEqual(Object.keys(one), [
          "cache-extension-arm64.cdx.json",
          "cache-extension-arm64.zip",
          "cache-extension-node.cdx.json",
          "cache-extension-node.zip",
          "cache-extension-x86_64.cdx.json",
          "cache-extension-x86_64.zip",
        ])
        assert.deepStrictEqual(two, one)
      }),
    30 * MINUTES,
  )
})
