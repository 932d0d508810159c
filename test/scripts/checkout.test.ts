/**
 * A checkout on a machine whose git writes Windows line ends: every file has the line ends that it was committed with.
 * Skipped where the project is no git checkout.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync, spawnSync } from "node:child_process"
import path from "node:path"
import { copyScript } from "../../scripts/buildParts.ts"
import { folderOf, temporaryFolder } from "../support/lambda.ts"
import { readFileSync, writeFileSync } from "node:fs"

const ROOT = path.resolve(import.meta.dirname, "../..")
const git = (args: ReadonlyArray<string>, cwd = ROOT): string =>
  execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
const isCheckout = spawnSync("git", ["rev-parse", "HEAD"], { cwd: ROOT }).status === 0

describe.skipIf(!isCheckout)("a clone with core.autocrlf=true", () => {
  it.effect("has no carriage return in any text, so that its launcher starts", () =>
    Effect.gen(function* () {
      const folder = path.join(yield* temporaryFolder, "clone")
      // The attributes of this work tree count, committed or not.
      git(["clone", "--quiet", "--no-checkout", "--no-hardlinks", "-c", "core.autocrlf=true", ROOT, folder])
      writeFileSync(
        path.join(folder, ".git/info/attributes"),
        readFileSync(path.join(ROOT, ".gitattributes")),
      )
      git(["checkout", "--quiet", "HEAD"], folder)
      const withReturns = git(["ls-files", "--eol"], folder)
        .split("\n")
        .filter((line) => /w\/(?:crlf|mixed)/.test(line))
      assert.deepStrictEqual(withReturns, [])
      assert.notInclude(readFileSync(path.join(folder, "scripts/launcher.sh"), "utf8"), "\r")
    }),
  )
})

it.effect("the build mends the line ends of scripts that came by another way", () =>
  Effect.gen(function* () {
    const folder = yield* folderOf({ "launcher.sh": "#!/bin/sh\r\nexit 0\r\n" })
    const target = path.join(folder, "out/launcher")
    copyScript(path.join(folder, "launcher.sh"), target)
    assert.strictEqual(readFileSync(target, "utf8"), "#!/bin/sh\nexit 0\n")
  }),
)
