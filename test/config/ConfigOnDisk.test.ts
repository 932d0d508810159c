/**
 * config.yaml as a file: missing, a directory, too long, in another encoding. Each test has a folder of its own.
 */
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import process from "node:process"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import type { Environment } from "../../src/config/environment/variables.ts"
import { Plan } from "../../src/config/Plan.ts"
import { configPath, readConfigFile } from "../../src/config/readConfigFile.ts"
import { Settings } from "../../src/config/Settings.ts"
import { platform } from "../../src/host/node.ts"
import { ORIGINAL_CONFIG } from "../support/configs.ts"
import { skipped } from "../support/skipped.ts"

/** A folder that is gone when the test ends. */
const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(tmpdir(), "config-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true })),
)

/** The settings of an environment and the plan of the file that it names, as it is read at the start. */
const layerOf = (env: Environment) =>
  Plan.layerFrom(
    env,
    Effect.promise(() => readConfigFile(platform.files, configPath(env))),
  )

const read = (file: string) =>
  Plan.pipe(
    Effect.provide(
      layerOf({ CACHE_EXTENSION_CONFIG: file, AWS_REGION: "eu-west-1", CACHE_EXTENSION_TTL: "5s" }),
    ),
    Effect.result,
  )

/** Reads a file of these bytes: the keys of its entries, or the message without the folder. */
const readBytes = Effect.fnUntraced(function* (bytes: string | Uint8Array) {
  const file = path.join(yield* temporaryFolder, "config.yaml")
  yield* Effect.promise(() => fs.writeFile(file, bytes))
  return Result.match(yield* read(file), {
    onSuccess: ({ entries }) => Array.from(entries.keys()),
    onFailure: ({ message }) => message.replace(`${path.dirname(file)}/`, ""),
  })
})

const HINT =
  "a file config.yaml in the root of the function's package, or at the path in CACHE_EXTENSION_CONFIG; an empty one is valid"

describe("the file config.yaml", () => {
  it.effect("is read from where the settings say, with their region and ttl", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "settings.yaml")
      yield* Effect.promise(() => fs.writeFile(file, ORIGINAL_CONFIG))
      const plan = Result.getOrThrow(yield* read(file))
      const item = plan.entries.get("dynamodb:DynamoDbTable-pKey1-sKey1")
      assert.strictEqual(plan.entries.size, 3)
      assert.strictEqual(item?.address.region, "eu-west-1")
      assert.strictEqual(item?.policy.ttl, 5_000)
    }),
  )

  it.effect("that is missing is a fault that says where it was looked for", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "none.yaml")
      const { message } = Result.getOrThrow(Result.flip(yield* read(file)))
      assert.strictEqual(message, `${file}: the file: found nothing at this path; allowed: ${HINT}`)
    }),
  )

  it.effect("below a file is missing too", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "file")
      yield* Effect.promise(() => fs.writeFile(file, ""))
      const { message } = Result.getOrThrow(Result.flip(yield* read(`${file}/config.yaml`)))
      assert.strictEqual(
        message,
        `${file}/config.yaml: the file: found nothing at this path; allowed: ${HINT}`,
      )
    }),
  )

  it.effect("that is a directory is a fault", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { message } = Result.getOrThrow(Result.flip(yield* read(folder)))
      assert.strictEqual(message, `${folder}: the file: found a directory; allowed: ${HINT}`)
    }),
  )

  it.effect.skipIf(process.getuid?.() === 0)(
    `that may not be read is a fault${skipped(process.getuid?.() === 0, "for root, who may")}`,
    () =>
      Effect.gen(function* () {
        const file = path.join(yield* temporaryFolder, "config.yaml")
        yield* Effect.promise(() => fs.writeFile(file, "", { mode: 0o000 }))
        const { message } = Result.getOrThrow(Result.flip(yield* read(file)))
        assert.strictEqual(
          message,
          `${file}: the file: found a file that the extension may not read; allowed: ${HINT}`,
        )
      }),
  )

  it.effect("that never ends is a fault", () =>
    Effect.gen(function* () {
      const { message } = Result.getOrThrow(Result.flip(yield* read("/dev/zero")))
      assert.strictEqual(message, `/dev/zero: the file: found a pipe, socket or device; allowed: ${HINT}`)
    }),
  )

  it.effect("that goes in a circle is a fault with the system's word for it", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "circle.yaml")
      yield* Effect.promise(() => fs.symlink(file, file))
      const { message } = Result.getOrThrow(Result.flip(yield* read(file)))
      assert.strictEqual(
        message,
        `${file}: the file: found a file that cannot be read (ELOOP); allowed: ${HINT}`,
      )
    }),
  )

  it.effect("longer than 1 MiB is a fault", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* readBytes("#".repeat(1_048_576)), [])
      assert.strictEqual(
        yield* readBytes("#".repeat(1_048_577)),
        "config.yaml: the file: found 1048577 bytes; allowed: at most 1048576 bytes",
      )
    }),
  )

  it.effect("in another encoding than UTF-8 is a fault", () =>
    Effect.gen(function* () {
      const expected = "config.yaml: the file: found bytes that are not UTF-8; allowed: text in UTF-8"
      assert.strictEqual(yield* readBytes(Buffer.from("# caf\u00e9", "latin1")), expected)
      assert.strictEqual(yield* readBytes(Buffer.from("\uFEFFparameters:", "utf16le")), expected)
    }),
  )

  it.effect("may start with a byte order mark", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* readBytes("\uFEFFparameters: [{names: [A]}]"), ["parameters:A"])
    }),
  )

  it.effect("may be empty", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* readBytes(""), [])
    }),
  )
})

describe("the configuration", () => {
  const configured = (env: Environment) =>
    Effect.gen(function* () {
      return { settings: yield* Settings, plan: yield* Plan }
    }).pipe(Effect.provide(layerOf(env)))

  it.effect("is the settings of the environment and the plan of the file they name", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "config.yaml")
      yield* Effect.promise(() => fs.writeFile(file, "parameters: [{names: [A]}]"))
      const { settings, plan } = yield* configured({ CACHE_EXTENSION_CONFIG: file, AWS_REGION: "eu-west-1" })
      assert.strictEqual(settings.configPath, file)
      assert.deepStrictEqual(Array.from(plan.entries.keys()), ["parameters:A"])
    }),
  )

  it.effect("is refused for the faults of the environment and of the file at once", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "config.yaml")
      yield* Effect.promise(() => fs.writeFile(file, "on_demand: maybe"))
      const env = { CACHE_EXTENSION_CONFIG: file, CACHE_EXTENSION_PORT: "http" }
      const { message } = yield* Effect.flip(configured(env))
      assert.deepStrictEqual(message.split("\n"), [
        'environment: CACHE_EXTENSION_PORT: found "http"; allowed: a port number from 1 to 65535',
        `${file}:1:12: on_demand: found "maybe"; allowed: deny, allow, or a mapping with allow: a list of patterns of names`,
      ])
    }),
  )

  it.effect("is refused for the environment alone where the file is sound", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "config.yaml")
      yield* Effect.promise(() => fs.writeFile(file, ""))
      const { message } = yield* Effect.flip(
        configured({ CACHE_EXTENSION_CONFIG: file, CACHE_EXTENSION_LOG_FORMAT: "xml" }),
      )
      assert.strictEqual(message, 'environment: CACHE_EXTENSION_LOG_FORMAT: found "xml"; allowed: text, json')
    }),
  )
})
