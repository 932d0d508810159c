/**
 * Where `layer` cannot write: it says so before it builds anything, and never hangs.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { cli } from "../support/cli.ts"
import { temporaryFolder } from "../support/lambda.ts"

describe("lambda-cache-extension layer", () => {
  it.effect("refuses a file, a folder below a file, and a folder that the system does not create", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "file")
      writeFileSync(file, "")
      // In /proc, where there is one, Node's recursive mkdir never returns.
      for (const output of [file, path.join(file, "below"), "/proc/layers/below"]) {
        const { code, stderr } = yield* cli(["layer", "node", "--output", output])
        assert.strictEqual(code, 1, output)
        assert.include(stderr, `--output ${output} is not a folder that can be written to`)
      }
    }),
  )
})
