/**
 * `sam build` of the sample, where sam is on PATH. Without it, test/sam builds the layer by the same script.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import path from "node:path"
import { isOnPath } from "../sam/onPath.ts"
import { SAM } from "../sam/template.ts"
import { temporaryFolder } from "../support/lambda.ts"
import { skipped } from "../support/skipped.ts"

it.effect.skipIf(!isOnPath("sam"))(
  `sam builds the sample${skipped(!isOnPath("sam"), "without sam on PATH")}`,
  () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const args = ["build", "--build-dir", path.join(folder, "build")]
      assert.strictEqual(spawnSync("sam", args, { cwd: SAM, stdio: "inherit" }).status, 0)
    }),
)
