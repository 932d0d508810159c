/**
 * `publish`: to several regions, once for the same content, past regions that fail, and to others only if that is confirmed. AWS is a
 * stand-in here; test/slow/publishOnMoto.test.ts has the same on moto.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { cliProcess, credentialsFor } from "../support/cliProcess.ts"
import { temporaryFolder } from "../support/lambda.ts"
import { localLayers } from "../support/localLayers.ts"
import { cli } from "../support/cli.ts"

const ARN = "arn:aws:lambda:us-east-1:123456789012:layer:cache-extension-node:1"

/** A stand-in of AWS, an archive, and `publish` with both. */
const world = Effect.gen(function* () {
  const aws = yield* localLayers
  const folder = yield* temporaryFolder
  writeFileSync(path.join(folder, "cache-extension-node.zip"), "the node layer")
  writeFileSync(path.join(folder, "cache-extension-arm64.zip"), "the arm64 layer")
  const publish = (...args: ReadonlyArray<string>) =>
    cliProcess(["publish", "--archives", folder, ...args], credentialsFor(aws.endpoint))
  return { aws, folder, publish }
})

const writes = (calls: ReadonlyArray<string>) => calls.filter((call) => / (?:POST|PUT) \/./.test(call))

describe("publish", () => {
  it.live("publishes once: the same content is found the next time, and nothing is written", () =>
    Effect.gen(function* () {
      const { aws, publish } = yield* world
      const first = yield* publish("--regions", "us-east-1", "--layers", "node")
      assert.match(first.stdout, /^account +region +layer +status +ARN$/m)
      assert.include(first.stdout, `123456789012  us-east-1  node   published  ${ARN}`)
      assert.strictEqual(first.code, 0, first.stderr)
      const before = writes(aws.calls).length
      const second = yield* publish("--regions", "us-east-1", "--layers", "node", "--json")
      assert.deepStrictEqual(JSON.parse(second.stdout), [
        {
          profile: null,
          account: "123456789012",
          region: "us-east-1",
          layer: "node",
          sha256: createHash("sha256").update("the node layer").digest("hex"),
          status: "exists",
          arn: ARN,
          error: null,
        },
      ])
      assert.strictEqual(writes(aws.calls).length, before)
    }).pipe(Effect.scoped),
  )

  it.live(
    "calls the endpoint of a profile that is meant for an emulator, and publishes once if two profiles have the same account",
    () =>
      Effect.gen(function* () {
        const { aws, folder } = yield* world
        const file = path.join(folder, "config")
        const profile = (name: string) =>
          `[profile ${name}]\nendpoint_url = ${aws.endpoint}\naws_access_key_id = local\naws_secret_access_key = local\n`
        writeFileSync(file, profile("dev") + profile("prod"))
        const args = ["publish", "--archives", folder, "--layers", "node", "--regions", "us-east-1", "--json"]
        const { stderr, stdout } = yield* cliProcess([...args, "--profiles", "dev,prod"], {
          AWS_CONFIG_FILE: file,
        })
        const rows: ReadonlyArray<Readonly<Record<"profile" | "status" | "arn", string>>> = JSON.parse(stdout)
        assert.deepStrictEqual(
          rows.map(({ arn, profile, status }) => [profile, status, arn]),
          [
            ["dev", "published", ARN],
            ["prod", "exists", ARN],
          ],
          stderr,
        )
      }).pipe(Effect.scoped),
  )

  it.live("goes on past a region that fails, says why, and ends with 1", () =>
    Effect.gen(function* () {
      const { aws, publish } = yield* world
      aws.denied.add("eu-west-1")
      const { code, stdout } = yield* publish(
        "--regions",
        "eu-west-1,us-east-1",
        "--layers",
        "node",
        "--json",
      )
      const rows = JSON.parse(stdout)
      assert.deepStrictEqual(
        rows.map(({ region, status }: Record<string, string>) => `${region} ${status}`),
        ["eu-west-1 failed", "us-east-1 published"],
      )
      assert.match(rows[0].error, /^AccessDeniedException: not authorized/)
      assert.strictEqual(code, 1)
    }).pipe(Effect.scoped),
  )

  it.live("publishes to every enabled region, through a private bucket in each, which it creates", () =>
    Effect.gen(function* () {
      const { aws, publish } = yield* world
      const args = ["--regions", "all", "--layers", "node,arm64", "--bucket-prefix", "my-artifacts"]
      const { code, stderr, stdout } = yield* publish(...args)
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(stdout.match(/published/g)?.length, 4)
      assert.sameMembers(
        [...aws.buckets],
        ["my-artifacts-123456789012-eu-west-1", "my-artifacts-123456789012-us-east-1"],
      )
      assert.strictEqual(aws.objects.size, 4)
    }).pipe(Effect.scoped),
  )

  it.live("writes nothing in a dry run", () =>
    Effect.gen(function* () {
      const { aws, publish } = yield* world
      const { code, stdout } = yield* publish("--regions", "us-east-1", "--layers", "node", "--dry-run")
      assert.include(stdout, "would publish")
      assert.deepStrictEqual([code, writes(aws.calls)], [0, []])
    }).pipe(Effect.scoped),
  )

  it.live("opens a version to an organization only if that is confirmed", () =>
    Effect.gen(function* () {
      const { aws, publish } = yield* world
      const args = ["--regions", "us-east-1", "--layers", "node", "--organization", "o-a1b2c3d4e5"]
      const refused = yield* publish(...args)
      assert.include(refused.stderr, "every account of o-a1b2c3d4e5; --yes says that this is intended")
      assert.deepStrictEqual([refused.code, aws.calls], [2, []])
      const { code, stderr } = yield* publish(...args, "--yes")
      assert.strictEqual(code, 0, stderr)
      const [version] = aws.layers.get("us-east-1 cache-extension-node") ?? []
      assert.deepStrictEqual(version?.policy, [
        {
          StatementId: "o-a1b2c3d4e5",
          Action: "lambda:GetLayerVersion",
          Principal: "*",
          OrganizationId: "o-a1b2c3d4e5",
        },
      ])
    }).pipe(Effect.scoped),
  )

  it.live("says what to do without credentials, before it makes anything", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* cliProcess(["publish", "--regions", "us-east-1"], {})
      assert.match(stderr, /The usual credentials: CredentialsProviderError: .*sign in \(aws sso login/s)
      assert.deepStrictEqual([code, stdout], [1, ""])
    }),
  )

  const WRONG = [
    { args: ["--regions", "eu-west-1a"], says: "a region such as us-west-2" },
    { args: ["--regions", "all,eu-west-1"], says: "all, or regions" },
    { args: ["--regions", "all", "--layers", "arm"], says: "some of node,x86_64,arm64" },
    { args: ["--regions", "all", "--bucket-prefix", "Mine"], says: "lower-case letters" },
    { args: ["--regions", "all", "--organization", "mine"], says: "o-a1b2c3d4e5" },
    { args: [], says: "--regions" },
  ]
  it.effect.each(WRONG)("refuses $args with what is allowed", ({ args, says }) =>
    Effect.gen(function* () {
      const { code, stderr } = yield* cli(["publish", ...args])
      assert.include(stderr, says)
      assert.strictEqual(code, 2)
    }),
  )
})
