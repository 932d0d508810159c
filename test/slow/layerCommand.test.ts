/**
 * `layer` of the published package: it runs where there is no clone, fetches Bun from the npm registry, and writes the same bytes
 * as `npm run layer`. It takes minutes, and needs the registry.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { filesOfLayer } from "../../scripts/archive.ts"
import { buildPackage } from "../../scripts/package.ts"
import { ROOT } from "../../scripts/root.ts"
import { TREES } from "../../scripts/trees.ts"
import { temporaryFolder } from "../support/lambda.ts"

/** What a request of the Lambda API takes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_DIRECT_BYTES = 50 * 1024 * 1024

describe("lambda-cache-extension layer", () => {
  it.live(
    "writes the archives of npm run layer, small enough for a direct upload",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        execFileSync(process.execPath, ["scripts/layer.ts"], { cwd: ROOT, stdio: "ignore" })
        yield* Effect.promise(() => buildPackage(path.join(folder, "package")))
        const output = path.join(folder, "output")
        execFileSync("node", [path.join(folder, "package/cli/bin.js"), "layer", "--output", output], {
          cwd: folder,
          env: { ...process.env, XDG_CACHE_HOME: path.join(folder, "cache") },
          stdio: "ignore",
        })
        const files = TREES.flatMap((tree) => Object.values(filesOfLayer(tree)))
        assert.sameMembers(readdirSync(output), files)
        for (const file of files) {
          const content = readFileSync(path.join(output, file))
          assert.isTrue(content.equals(readFileSync(path.join(ROOT, "dist", file))), file)
          assert.isAtMost(content.length, MAX_DIRECT_BYTES, file)
        }
      }).pipe(Effect.scoped),
    30 * 60_000,
  )
})
