/**
 * What the function has for its own process must neither break nor redirect the extension: files in the working
 * directory, variables of Node and Bun, a proxy. Each plant writes a marker file where it takes effect; a control
 * starts the program without its launcher, where the variables do take effect.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import http from "node:http"
import path from "node:path"
import {
  type Artifact,
  type EnvironmentOptions,
  EXTENSION,
  isOnNode,
  onEachArtifact,
  programOf,
  startEnvironment,
} from "../support/extension.ts"
import { listen, LOOPBACK } from "../support/extensionHttp.ts"
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

/** Has the runtimes print what they do: requests, with the session token in their headers, and the like. */
const CHATTER = { NODE_DEBUG: "http,net", BUN_CONFIG_VERBOSE_FETCH: "curl", MIMALLOC_VERBOSE: "3" }

/** The lines that are not the extension's own. */
const foreignIn = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.filter((line) => line !== "" && !line.startsWith(`[${EXTENSION}] `))

/** A proxy that passes nothing on, and what it was asked for. */
const recordingProxy = Effect.gen(function* () {
  const passed: Array<string> = []
  const server = http.createServer((request, response) => {
    passed.push(`${request.method} ${request.url}`)
    response.writeHead(502).end()
  })
  server.on("connect", (request, socket) => {
    passed.push(`CONNECT ${request.url}`)
    socket.destroy()
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
  return { url: `http://${LOOPBACK}:${yield* listen(server)}`, passed: () => [...passed] }
})

/** Waits until a process has ended. */
const ended = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback((resume) => {
    child.once("exit", () => resume(Effect.void))
  })

/** Starts the extension in the folder with these variables; the value it serves. */
const served = Effect.fnUntraced(function* (
  artifact: Artifact,
  cwd: string,
  variables: Record<string, string>,
  lambda: EnvironmentOptions["lambda"] = {},
) {
  const environment = yield* startEnvironment({
    artifact,
    config: CONFIG,
    seed: SEED,
    variables,
    lambda: { extensionCwd: cwd, ...lambda },
  })
  const { text } = yield* environment.read("parameters", "greeting")
  return { text, lines: environment.lines() }
})

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
      const before = readdirSync(folder)
      const { lines, text } = yield* served(artifact, folder, {
        NODE_OPTIONS: `--require ${evil} --no-such-flag`,
        BUN_OPTIONS: `--preload ${evil}`,
        BUN_INSPECT_PRELOAD: evil,
        BUN_BE_BUN: "1",
        BUN_JSC_useJIT: "nonsense",
        NODE_EXTRA_CA_CERTS: "/no/such/file",
        NODE_TLS_REJECT_UNAUTHORIZED: "0",
        NODE_V8_COVERAGE: path.join(folder, "coverage"),
        NODE_COMPILE_CACHE: path.join(folder, "cache"),
        NODE_CHANNEL_FD: "3",
        OPENSSL_CONF: "/no/such/file",
        ...CHATTER,
      })
      assert.strictEqual(text, "hello")
      assert.isFalse(existsSync(marker))
      assert.deepStrictEqual(readdirSync(folder), before)
      assert.deepStrictEqual(foreignIn(lines), [])
    }),
  )

  it.live("would take effect without the launcher", () =>
    Effect.gen(function* () {
      const { evil, folder, marker } = yield* plant
      const [command = "", ...args] = programOf(artifact)
      const env = { NODE_OPTIONS: `--require ${evil}`, BUN_OPTIONS: `--preload ${evil}`, ...CHATTER }
      const { stderr, stdout } = spawnSync(command, args, { cwd: folder, env, encoding: "utf8" })
      assert.isTrue(existsSync(marker))
      assert.isNotEmpty(foreignIn(`${stdout}${stderr}`.split("\n")))
    }),
  )

  it.live("as a proxy does not stand between the extension and Lambda, nor see the credentials' token", () =>
    Effect.gen(function* () {
      const { folder } = yield* plant
      const { passed, url } = yield* recordingProxy
      const variables = Object.fromEntries(
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
          .flatMap((name) => [name, name.toLowerCase()])
          .map((name) => [name, url]),
      )
      const { text } = yield* served(
        artifact,
        folder,
        { ...variables, NODE_USE_ENV_PROXY: "1" },
        // The credentials come by HTTP here.
        { initializationType: "snap-start" },
      )
      assert.strictEqual(text, "hello")
      assert.deepStrictEqual(passed(), [])
    }),
  )

  it.live.skipIf(isOnNode(artifact))("as a proxy would without the launcher, as Bun has it", () =>
    Effect.gen(function* () {
      const { passed, url } = yield* recordingProxy
      const [command = "", ...args] = programOf(artifact)
      const env = { HTTP_PROXY: url, AWS_LAMBDA_RUNTIME_API: "127.0.0.1:1", CACHE_EXTENSION_PORT: "0" }
      yield* ended(spawn(command, args, { env, stdio: "ignore" }))
      assert.deepStrictEqual(passed(), ["POST http://127.0.0.1:1/2020-01-01/extension/register"])
    }),
  )
})
