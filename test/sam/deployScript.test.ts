/**
 * The AWS CLI way: what the script asks AWS for, in which order, and what it says when something is missing. `aws` is
 * a stand-in here; deployScriptOnMoto.test.ts runs the real one.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { deploy, type Setting } from "./fakeAws.ts"

const VERSION = "arn:aws:lambda:us-west-2:123456789012:layer:cache-extension-arm64:8"
const LOG = Buffer.from("START RequestId\nEND RequestId\n").toString("base64")

const SETTING: Setting = {
  archives: { arm64: 10, x86_64: 10, node: 10 },
  answers: {
    "lambda-get-function-configuration": "arm64",
    "lambda-get-function-configuration-layers": "None",
    "lambda-publish-layer-version": VERSION,
    "lambda-invoke": `None\t${LOG}`,
  },
}

const withAnswers = (answers: Readonly<Record<string, string>>): Setting => ({
  ...SETTING,
  answers: { ...SETTING.answers, ...answers },
})

/** The call with these first two words. */
const callOf = (calls: ReadonlyArray<ReadonlyArray<string>>, name: string): ReadonlyArray<string> =>
  calls.find((call) => call.slice(0, 2).join(" ") === name) ?? []

/** What follows an option, up to the next one. */
const valuesOf = (call: ReadonlyArray<string>, option: string): ReadonlyArray<string> => {
  const after = call.slice(call.indexOf(option) + 1)
  const end = after.findIndex((word) => word.startsWith("--"))
  return after.slice(0, end === -1 ? undefined : end)
}

describe("deploy-with-aws-cli.sh", () => {
  it.effect("publishes the layer, attaches it, waits, and invokes the function", () =>
    Effect.gen(function* () {
      const { calls, payload, status, stderr, stdout } = yield* deploy(
        ["--function", "my-function", "--payload", `{"a": "it's"}`],
        SETTING,
      )
      assert.strictEqual(status, 0, stderr)
      assert.deepStrictEqual(
        calls.map((call) => call.slice(0, 2).join(" ")),
        [
          "lambda get-function-configuration",
          "lambda publish-layer-version",
          "lambda get-function-configuration",
          "lambda update-function-configuration",
          "lambda wait",
          "lambda invoke",
        ],
      )
      const published = callOf(calls, "lambda publish-layer-version")
      assert.deepStrictEqual(valuesOf(published, "--layer-name"), ["cache-extension-arm64"])
      assert.deepStrictEqual(valuesOf(published, "--compatible-architectures"), ["arm64"])
      assert.match(
        String(valuesOf(published, "--zip-file")),
        /^fileb:\/\/.*\/dist\/cache-extension-arm64\.zip$/,
      )
      const updated = callOf(calls, "lambda update-function-configuration")
      assert.deepStrictEqual(valuesOf(updated, "--layers"), [VERSION])
      assert.strictEqual(payload, `{"a": "it's"}`)
      assert.strictEqual(stdout, '{"ok":true}\n')
      assert.include(stderr, "START RequestId\nEND RequestId\n")
    }).pipe(Effect.scoped),
  )

  it.effect("takes the layer for the function's architecture", () =>
    Effect.gen(function* () {
      const answers = { "lambda-get-function-configuration": "x86_64" }
      const { calls } = yield* deploy(["--function", "f"], withAnswers(answers))
      const published = callOf(calls, "lambda publish-layer-version")
      assert.deepStrictEqual(valuesOf(published, "--layer-name"), ["cache-extension-x86-64"])
      assert.include(String(valuesOf(published, "--zip-file")), "cache-extension-x86_64.zip")
    }).pipe(Effect.scoped),
  )

  it.effect("keeps the function's other layers, and replaces an older version of its own", () =>
    Effect.gen(function* () {
      const other = "arn:aws:lambda:us-west-2:1:layer:other:3"
      const longer = VERSION.replace(":8", "-copy:1")
      const layers = [other, VERSION.replace(":8", ":7"), longer].join("\t")
      const { calls } = yield* deploy(
        ["--function", "f"],
        withAnswers({ "lambda-get-function-configuration-layers": layers }),
      )
      const updated = callOf(calls, "lambda update-function-configuration")
      assert.deepStrictEqual(valuesOf(updated, "--layers"), [other, longer, VERSION])
    }).pipe(Effect.scoped),
  )

  it.effect("publishes the small layer for Node.js where it is asked to", () =>
    Effect.gen(function* () {
      const { calls } = yield* deploy(["--function", "f", "--node", "--layer", "mine"], SETTING)
      const published = callOf(calls, "lambda publish-layer-version")
      assert.deepStrictEqual(valuesOf(published, "--layer-name"), ["mine"])
      assert.deepStrictEqual(valuesOf(published, "--compatible-runtimes"), ["nodejs22.x", "nodejs24.x"])
      assert.include(String(valuesOf(published, "--zip-file")), "cache-extension-node.zip")
    }).pipe(Effect.scoped),
  )

  it.effect("sends an archive through the bucket that it is given", () =>
    Effect.gen(function* () {
      const { calls, status } = yield* deploy(["--function", "f", "--bucket", "mine"], SETTING)
      assert.strictEqual(status, 0)
      const [content = ""] = valuesOf(callOf(calls, "lambda publish-layer-version"), "--content")
      const [, key] = /^S3Bucket=mine,S3Key=(.*\.zip)$/.exec(content) ?? []
      assert.strictEqual(callOf(calls, "s3 cp").at(-1), `s3://mine/${key}`)
    }).pipe(Effect.scoped),
  )

  it.effect("asks for a bucket before it publishes what does not fit into a request", () =>
    Effect.gen(function* () {
      const archives = { arm64: 50 * 1024 * 1024 + 1 }
      const { calls, status, stderr } = yield* deploy(["--function", "f"], { ...SETTING, archives })
      assert.strictEqual(status, 1)
      assert.include(stderr, "--bucket")
      assert.deepStrictEqual(callOf(calls, "lambda publish-layer-version"), [])
    }).pipe(Effect.scoped),
  )

  it.effect("creates the sample function where it is asked to", () =>
    Effect.gen(function* () {
      const role = "arn:aws:iam::123456789012:role/sample"
      const args = ["--function", "new", "--create", "--role", role, "--no-invoke"]
      const { calls, status, stderr } = yield* deploy(args, SETTING)
      assert.strictEqual(status, 0, stderr)
      const created = callOf(calls, "lambda create-function")
      assert.deepStrictEqual(valuesOf(created, "--role"), [role])
      assert.deepStrictEqual(valuesOf(created, "--architectures"), ["arm64"])
      assert.deepStrictEqual(valuesOf(created, "--layers"), [VERSION])
      assert.deepStrictEqual(callOf(calls, "lambda update-function-configuration"), [])
      assert.deepStrictEqual(callOf(calls, "lambda invoke"), [])
    }).pipe(Effect.scoped),
  )

  it.effect("builds the archive where there is none", () =>
    Effect.gen(function* () {
      const npm = `#!/bin/sh\n[ "$*" = "run layer" ] && mkdir -p dist && echo zip > dist/cache-extension-arm64.zip\n`
      // mkdir is npm's business, not the script's.
      const mkdir = `#!/bin/sh\nexec /bin/mkdir "$@"\n`
      const setting = { ...SETTING, archives: {}, commands: { npm, mkdir } }
      const { calls, status, stderr } = yield* deploy(["--function", "f"], setting)
      assert.strictEqual(status, 0, stderr)
      assert.isNotEmpty(callOf(calls, "lambda publish-layer-version"))
    }).pipe(Effect.scoped),
  )

  it.effect("fails when the function fails, and shows its answer and log", () =>
    Effect.gen(function* () {
      const { status, stderr, stdout } = yield* deploy(
        ["--function", "f"],
        withAnswers({ "lambda-invoke": `Unhandled\t${LOG}` }),
      )
      assert.strictEqual(status, 1)
      assert.include(stderr, "The function failed: Unhandled.")
      assert.include(stderr, "START RequestId")
      assert.strictEqual(stdout, '{"ok":true}\n')
    }).pipe(Effect.scoped),
  )

  it.effect("publishes nothing when there is no such function", () =>
    Effect.gen(function* () {
      const message = "An error occurred (ResourceNotFoundException)"
      const { calls, status, stderr } = yield* deploy(
        ["--function", "f"],
        withAnswers({ "lambda-get-function-configuration": `!${message}` }),
      )
      assert.notStrictEqual(status, 0)
      assert.include(stderr, message)
      assert.lengthOf(calls, 1)
    }).pipe(Effect.scoped),
  )

  it.effect.each([
    [[], "--function is missing"],
    [["--function"], "--function needs a value"],
    [["--function", ""], "--function needs a value"],
    [["--function", "f", "--colour", "red"], "Unknown argument: --colour"],
    [["--function", "f", "--create"], "--create needs --role"],
    [["--function", "f", "--role", "r"], "are for --create"],
    [["--function", "f", "--create", "--role", "r", "--arch", "riscv"], "allowed: arm64, x86_64"],
  ] as const)("refuses %j before it asks AWS for anything", ([args, message]) =>
    Effect.gen(function* () {
      const { calls, status, stderr } = yield* deploy(args, SETTING)
      assert.strictEqual(status, 2)
      assert.include(stderr, message)
      assert.include(stderr, "--help")
      assert.deepStrictEqual(calls, [])
    }).pipe(Effect.scoped),
  )

  it.effect("explains every option", () =>
    Effect.gen(function* () {
      const { calls, status, stdout } = yield* deploy(["--help"])
      assert.strictEqual(status, 0)
      const options = [
        "function",
        "bucket",
        "node",
        "layer",
        "create",
        "role",
        "arch",
        "payload",
        "no-invoke",
      ]
      for (const option of options) assert.include(stdout, `\n  --${option} `)
      assert.deepStrictEqual(calls, [])
    }).pipe(Effect.scoped),
  )

  it.effect("says where to get the AWS CLI when there is none", () =>
    Effect.gen(function* () {
      const { status, stderr } = yield* deploy(["--function", "f"], { ...SETTING, hasAws: false })
      assert.strictEqual(status, 1)
      assert.include(stderr, "https://aws.amazon.com/cli/")
    }).pipe(Effect.scoped),
  )
})
