/**
 * The arm64 executable on a machine that is something else: run by qemu where it is installed (Debian's
 * qemu-user-static and libc6-arm64-cross), and in any case looked at: is it an arm64 program with the Bun we named?
 * `npm run build` makes it; `npm test` alone does not.
 */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { lockedVersion } from "../../scripts/bun.ts"
import { EXTENSION, startEnvironment } from "../support/extension.ts"
import { folderOf } from "../support/lambda.ts"

const EXECUTABLE = path.resolve(import.meta.dirname, "../../dist/arm64/cache-extension/cache-extension")
const LIBRARIES = "/usr/aarch64-linux-gnu"

const isBuilt = existsSync(EXECUTABLE)
const hasQemu = existsSync(LIBRARIES) && spawnSync("qemu-aarch64-static", ["--version"]).status === 0

describe.skipIf(!isBuilt)(
  `the arm64 executable${isBuilt ? "" : ", skipped: dist/arm64 is not built"}`,
  () => {
    it("is an ELF program for arm64 that embeds the Bun of package-lock.json", () => {
      const content = readFileSync(EXECUTABLE)
      assert.strictEqual(content.toString("latin1", 0, 4), "\u007FELF")
      assert.strictEqual(content.readUInt16LE(18), 183)
      assert.isTrue(content.includes(`Bun v${lockedVersion("arm64")}`))
    })

    const because = hasQemu ? "" : ", skipped: no qemu-aarch64-static with arm64 libraries"
    it.live.skipIf(!hasQemu)(
      `registers, loads and serves under qemu${because}`,
      () =>
        Effect.gen(function* () {
          const folder = yield* folderOf({
            [EXTENSION]: `#!/bin/sh\nexec /usr/bin/qemu-aarch64-static -L ${LIBRARIES} ${EXECUTABLE} "\${0##*/}"\n`,
          })
          chmodSync(path.join(folder, EXTENSION), 0o755)
          const { lambda, read } = yield* startEnvironment({
            artifact: { name: "arm64", extensionsFolder: folder },
            config: "parameters:\n  - names: [greeting]\ncache:\n  read_budget: 30s\n",
            seed: { parameters: [{ name: "greeting", value: "hello" }] },
            lambda: { initTimeout: Duration.seconds(50) },
          })
          assert.strictEqual((yield* read("parameters", "greeting")).text, "hello")
          const { extensions } = yield* lambda.shutdown()
          assert.strictEqual(extensions[0]?.code, 0)
        }),
      60_000,
    )
  },
)
