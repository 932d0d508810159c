/**
 * The deploy script with the real AWS CLI against `moto_server`, where a machine has both: that every option exists
 * and that what one call gives is what the next one takes. Without the invocation, for which moto wants a container.
 */
import { execFile } from "node:child_process"
import path from "node:path"
import process from "node:process"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { isMotoInstalled, motoEndpoint } from "../conformance/Moto.ts"
import { temporaryFolder } from "../support/lambda.ts"
import { repositoryIn } from "./fakeAws.ts"
import { isOnPath } from "./onPath.ts"
import { REGION } from "./template.ts"
import { skipped } from "../support/skipped.ts"

const hasTools = isMotoInstalled && ["aws", "zip"].every(isOnPath)

const TRUST = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
}
const TRUST_POLICY = ["--assume-role-policy-document", JSON.stringify(TRUST)] as const

/** Runs a command to its end; a failure is a defect with what it said. */
const run = (
  command: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
): Effect.Effect<string> =>
  Effect.callback((resume, signal) => {
    execFile(command, args, { env: { ...process.env, ...env }, signal }, (error, stdout, stderr) =>
      resume(error === null ? Effect.succeed(stdout.trim()) : Effect.die(new Error(`${command}: ${stderr}`))),
    )
  })

const because = skipped(!hasTools, "without aws, zip or moto_server on PATH")

describe.skipIf(!hasTools)(`deploy-with-aws-cli.sh${because}`, () => {
  it.live(
    "creates a function with the layer, and gives an existing one the next version by way of a bucket",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const env = {
          AWS_ENDPOINT_URL: yield* motoEndpoint,
          AWS_ACCESS_KEY_ID: "local",
          AWS_SECRET_ACCESS_KEY: "local",
          AWS_DEFAULT_REGION: REGION,
          // Neither a profile nor a setting of whoever runs the tests.
          AWS_CONFIG_FILE: path.join(folder, "none"),
          AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "none"),
        }
        const aws = (words: string, ...rest: ReadonlyArray<string>) =>
          run("aws", [...words.split(" "), ...rest, "--output", "text"], env)
        const layers = aws("lambda get-function-configuration --function-name sample --query Layers[].Arn")
        // The AWS CLI looks into what it sends.
        const root = repositoryIn(folder, {})
        const archive = path.join(root, "dist/cache-extension-arm64.zip")
        yield* run("zip", ["-q", "-j", archive, import.meta.filename], env)
        const role = yield* aws("iam create-role --role-name sample --query Role.Arn", ...TRUST_POLICY)
        yield* aws("s3 mb s3://artifacts")
        const layer = (version: number) =>
          `arn:aws:lambda:${REGION}:123456789012:layer:cache-extension-arm64:${version}`

        const script = path.join(root, "sam/deploy-with-aws-cli.sh")
        const common = ["--function", "sample", "--no-invoke"]
        yield* run(script, [...common, "--create", "--role", role], env)
        assert.strictEqual(yield* layers, layer(1))
        yield* run(script, [...common, "--bucket", "artifacts"], env)
        assert.strictEqual(yield* layers, layer(2))
      }).pipe(Effect.scoped),
    300_000,
  )
})
