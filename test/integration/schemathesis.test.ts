/**
 * Schemathesis, a fuzzer by others, makes requests of openapi.json as the extension serves it and holds the answers to
 * it: an opinion on the contract that is not ours.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { CONFIG, SEED } from "../../scripts/fuzz/world.ts"
import { isOnPath } from "../sam/onPath.ts"
import { onEachArtifact, startEnvironment } from "../support/extension.ts"
import { folderOf } from "../support/lambda.ts"
import { skipped } from "../support/skipped.ts"

const HAS_SCHEMATHESIS = isOnPath("schemathesis")

const SECONDS = 15

/**
 * Left out: that no answer is 5xx, as failures of AWS are; and that what the schema allows is never refused, as the
 * keys that exclude each other cannot be told in OpenAPI.
 */
const CHECKS = [
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "unsupported_method",
  "allow_header_conformance",
]

/** Its exit code and what it printed. */
const schemathesis = (port: number, folder: string) =>
  Effect.callback<{ readonly code: number; readonly output: string }>((resume) => {
    const args = ["run", `http://localhost:${port}/openapi.json`, "--checks", CHECKS.join(",")]
    const options = ["--max-time", String(SECONDS), "--seed", "1", "--no-color"]
    const child = execFile("schemathesis", [...args, ...options], { cwd: folder }, (error, stdout, stderr) =>
      resume(Effect.succeed({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` })),
    )
    return Effect.sync(() => child.kill())
  })

onEachArtifact("to schemathesis", (artifact) => {
  it.live.skipIf(!HAS_SCHEMATHESIS)(
    `every answer is as openapi.json declares it${skipped(!HAS_SCHEMATHESIS, "where schemathesis is not on the PATH")}`,
    () =>
      Effect.gen(function* () {
        const { port } = yield* startEnvironment({ artifact, config: CONFIG, seed: SEED, preload: true })
        const { code, output } = yield* schemathesis(port, yield* folderOf({}))
        assert.match(output, /[1-9]\d* generated/)
        assert.strictEqual(code, 0, output)
      }),
  )
})
