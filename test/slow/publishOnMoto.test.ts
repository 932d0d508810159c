/**
 * `publish` with the real SDK against `moto_server`, where a machine has it: the layer that it publishes through a bucket is the
 * archive, and is found the next time.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { isMotoInstalled, motoEndpoint } from "../conformance/Moto.ts"
import { cliProcess, credentialsFor } from "../support/cliProcess.ts"
import { temporaryFolder } from "../support/lambda.ts"
import { skipped } from "../support/skipped.ts"

const because = skipped(!isMotoInstalled, "without moto_server on PATH")

describe.skipIf(!isMotoInstalled)(`publish on moto${because}`, () => {
  it.live(
    "publishes to two regions through buckets, and finds both versions the next time, even in a dry run",
    () =>
      Effect.gen(function* () {
        const env = credentialsFor(yield* motoEndpoint)
        const folder = yield* temporaryFolder
        writeFileSync(path.join(folder, "cache-extension-node.zip"), "PK")
        const args = ["publish", "--archives", folder, "--regions", "us-east-1,eu-west-1", "--layers", "node"]
        const first = yield* cliProcess([...args, "--bucket-prefix", "artifacts", "--json"], env)
        assert.strictEqual(first.code, 0, first.stdout + first.stderr)
        assert.deepStrictEqual(
          JSON.parse(first.stdout).map(({ arn }: { readonly arn: string }) => arn),
          ["us-east-1", "eu-west-1"].map(
            (region) => `arn:aws:lambda:${region}:123456789012:layer:cache-extension-node:1`,
          ),
        )
        const second = yield* cliProcess([...args, "--dry-run", "--json"], env)
        assert.deepStrictEqual(
          JSON.parse(second.stdout).map(({ status }: { readonly status: string }) => status),
          ["exists", "exists"],
        )
      }).pipe(Effect.scoped),
    120_000,
  )
})
