/** `scripts/node.mjs`, which runs every npm script, in a clone without packages. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { folderOf } from "../support/lambda.ts"

const ROOT = path.resolve(import.meta.dirname, "../..")
const FILES = ["package.json", "scripts/node.mjs", "scripts/oldestNode.mjs"]

it.effect("an npm script before npm install says that npm install comes first", () =>
  Effect.gen(function* () {
    const clone = yield* folderOf(
      Object.fromEntries(FILES.map((file) => [file, readFileSync(path.join(ROOT, file), "utf8")])),
    )
    const { status, stderr } = spawnSync(
      process.execPath,
      [path.join(clone, "scripts/node.mjs"), "scripts/start.ts"],
      { encoding: "utf8" },
    )
    assert.strictEqual(status, 1)
    assert.match(stderr, /run "npm install" first\.\n$/)
    assert.notMatch(stderr, /^ +at /m, "a stack trace")
  }),
)
