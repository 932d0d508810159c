/**
 * `publish` and `doctor` with the real SDK against `moto_server`, where a machine has it, by profiles of a config file: the layer that
 * is published through a bucket is the archive, it is found the next time, and so it is on a function.
 */
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam"
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { deflateRawSync } from "node:zlib"
import { zipOf } from "../../scripts/zip.ts"
import { isMotoInstalled, motoEndpoint } from "../conformance/Moto.ts"
import { sdk } from "../support/aws.ts"
import { cliProcess } from "../support/cliProcess.ts"
import { temporaryFolder } from "../support/lambda.ts"
import { skipped } from "../support/skipped.ts"

const because = skipped(!isMotoInstalled, "without moto_server on PATH")

const ACCOUNT = "123456789012"
const arnIn = (region: string) => `arn:aws:lambda:${region}:${ACCOUNT}:layer:cache-extension-node:1`

const content = Buffer.from("export const handler = () => 1")
const PACKAGE = zipOf([
  { name: "index.mjs", content, deflated: deflateRawSync(content), isExecutable: false },
])

/** A moto, an archive, and command lines with the profiles `dev` and `prod`, which are of its one account. */
const world = Effect.gen(function* () {
  const endpoint = yield* motoEndpoint
  const folder = yield* temporaryFolder
  writeFileSync(path.join(folder, "cache-extension-node.zip"), "PK")
  const file = path.join(folder, "config")
  const profile = (name: string) =>
    `[profile ${name}]\nregion = us-east-1\nendpoint_url = ${endpoint}\naws_access_key_id = local\naws_secret_access_key = local\n`
  writeFileSync(file, profile("dev") + profile("prod"))
  const run = (...args: ReadonlyArray<string>) => cliProcess(args, { AWS_CONFIG_FILE: file })
  const publish = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
    const common = ["--archives", folder, "--regions", "us-east-1,eu-west-1", "--layers", "node", "--json"]
    const { code, stderr, stdout } = yield* run("publish", ...common, ...args)
    assert.strictEqual(code, 0, stdout + stderr)
    const rows: ReadonlyArray<Readonly<Record<"profile" | "status" | "arn", string>>> = JSON.parse(stdout)
    return rows.map(({ arn, profile, status }) => [profile, status, arn])
  })
  return { endpoint, run, publish }
})

/** A function with the layer, as a user has it. */
const createFunction = Effect.fnUntraced(function* (endpoint: string) {
  const options = {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  }
  const lambda = yield* Effect.acquireRelease(
    Effect.sync(() => new LambdaClient(options)),
    (client) => Effect.sync(() => client.destroy()),
  )
  const iam = yield* Effect.acquireRelease(
    Effect.sync(() => new IAMClient(options)),
    (client) => Effect.sync(() => client.destroy()),
  )
  const trust = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
  }
  const { Role } = yield* sdk((abortSignal) =>
    iam.send(new CreateRoleCommand({ RoleName: "shop", AssumeRolePolicyDocument: JSON.stringify(trust) }), {
      abortSignal,
    }),
  )
  const created = {
    FunctionName: "shop",
    Runtime: "nodejs22.x" as const,
    Handler: "index.handler",
    Role: Role?.Arn,
    MemorySize: 512,
    Layers: [arnIn("us-east-1")],
    Code: { ZipFile: PACKAGE },
  }
  yield* sdk((abortSignal) => lambda.send(new CreateFunctionCommand(created), { abortSignal }))
})

describe.skipIf(!isMotoInstalled)(`by profiles of a config file, on moto${because}`, () => {
  it.live(
    "publish goes through buckets to two regions, once for an account, and finds both versions the next time, even in a dry run",
    () =>
      Effect.gen(function* () {
        const { publish } = yield* world
        const [us, eu] = [arnIn("us-east-1"), arnIn("eu-west-1")]
        const first = yield* publish("--profiles", "dev,prod", "--bucket-prefix", "artifacts")
        assert.sameDeepMembers(first, [
          ["dev", "published", us],
          ["dev", "published", eu],
          ["prod", "exists", us],
          ["prod", "exists", eu],
        ])
        assert.deepStrictEqual(yield* publish("--profiles", "prod", "--dry-run"), [
          ["prod", "exists", us],
          ["prod", "exists", eu],
        ])
      }).pipe(Effect.scoped),
    120_000,
  )

  it.live(
    "doctor finds the published layer on a function, and names what is not there",
    () =>
      Effect.gen(function* () {
        const { endpoint, publish, run } = yield* world
        yield* publish("--profiles", "dev")
        yield* createFunction(endpoint)
        const { stderr, stdout } = yield* run("doctor", "--function", "shop", "--profile", "dev", "--json")
        const checks: ReadonlyArray<Readonly<Record<"name" | "result" | "message", string>>> =
          JSON.parse(stdout)
        for (const name of ["layer", "runtime", "architecture", "variables", "timeout", "network"])
          assert.strictEqual(checks.find((check) => check.name === name)?.result, "ok", `${name}: ${stderr}`)
        assert.include(checks.find(({ name }) => name === "layer")?.message, arnIn("us-east-1"))
        const missing = yield* run("doctor", "--function", "none", "--profile", "prod")
        assert.strictEqual(missing.code, 1)
        assert.include(missing.stderr, "The function none in us-east-1: ResourceNotFoundException")
      }).pipe(Effect.scoped),
    120_000,
  )
})
