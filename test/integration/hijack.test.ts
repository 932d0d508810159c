/**
 * What the function has for its own process must neither break nor redirect the extension: files in the working
 * directory, variables of Node and Bun, a proxy. Each plant writes a marker file where it takes effect; a control
 * starts the program without its launcher, where the variables do take effect.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { type Artifact, EXTENSION, onEachArtifact, startEnvironment } from "../support/extension.ts"
import { folderOf } from "../support/lambda.ts"

const CONFIG = "parameters:\n  - names: [greeting]\n"
const SEED = { parameters: [{ name: "greeting", value: "hello" }] }

/** A folder with everything that runtimes look for, each of which leaves a marker behind. */
const plant = Effect.gen(function* () {
  const folder = yield* folderOf({
    "evil.cjs": `require("node:fs").writeFileSync(__dirname + "/marker", "")`,
    "bunfig.toml": `preload = ["./evil.cjs"]\n`,
    ".env": "CACHE_EXTENSION_TTL=not-a-duration\nCACHE_EXTENSION_LOG_LEVEL=debug\n",
    "package.json": `{"type":"module","imports":{"#x":"./evil.cjs"}}`,
    "tsconfig.json": `{"compilerOptions":{"paths":{"*":["./evil.cjs"]}}}`,
  })
  return { folder, evil: path.join(folder, "evil.cjs"), marker: path.join(folder, "marker") }
})

/** Starts the extension in the folder with these variables; the value it serves. */
const served = Effect.fnUntraced(function* (
  artifact: Artifact,
  cwd: string,
  variables: Record<string, string>,
) {
  const environment = yield* startEnvironment({
    artifact,
    config: CONFIG,
    seed: SEED,
    variables,
    lambda: { extensionCwd: cwd },
  })
  const { text } = yield* environment.read("parameters", "greeting")
  return { text, lines: environment.lines() }
})

/** The program behind the launcher. */
const programOf = ({ extensionsFolder }: Artifact): ReadonlyArray<string> => {
  const folder = path.join(extensionsFolder, "../cache-extension")
  const bundle = path.join(folder, "main.cjs")
  return existsSync(bundle) ? [process.execPath, bundle] : [path.join(folder, EXTENSION)]
}

onEachArtifact("what belongs to the function", (artifact) => {
  it.live("in the working directory changes nothing: bunfig.toml, .env, package.json, tsconfig.json", () =>
    Effect.gen(function* () {
      const { folder, marker } = yield* plant
      const { lines, text } = yield* served(artifact, folder, {})
      assert.strictEqual(text, "hello")
      assert.isFalse(existsSync(marker))
      assert.isFalse(lines.some((line) => line.includes("DEBUG")))
    }),
  )

  it.live("in the environment changes nothing: preloads, bad flags, another mode of the runtime", () =>
    Effect.gen(function* () {
      const { evil, folder, marker } = yield* plant
      const { text } = yield* served(artifact, folder, {
        NODE_OPTIONS: `--require ${evil} --no-such-flag`,
        BUN_OPTIONS: `--preload ${evil}`,
        BUN_BE_BUN: "1",
        NODE_EXTRA_CA_CERTS: "/no/such/file",
        NODE_TLS_REJECT_UNAUTHORIZED: "0",
      })
      assert.strictEqual(text, "hello")
      assert.isFalse(existsSync(marker))
    }),
  )

  it.live("would take effect without the launcher", () =>
    Effect.gen(function* () {
      const { evil, folder, marker } = yield* plant
      const [command = "", ...args] = programOf(artifact)
      const env = { NODE_OPTIONS: `--require ${evil}`, BUN_OPTIONS: `--preload ${evil}` }
      spawnSync(command, args, { cwd: folder, env })
      assert.isTrue(existsSync(marker))
    }),
  )

  it.live("as a proxy does not stand between the extension and Lambda", () =>
    Effect.gen(function* () {
      const { folder } = yield* plant
      const nowhere = "http://127.0.0.1:1"
      const { text } = yield* served(artifact, folder, {
        HTTP_PROXY: nowhere,
        http_proxy: nowhere,
        HTTPS_PROXY: nowhere,
        https_proxy: nowhere,
      })
      assert.strictEqual(text, "hello")
    }),
  )
})
