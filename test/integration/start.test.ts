/**
 * `npm start` as a person meets it: the main job and its table, a clear word when something is in the way, and nothing
 * left behind. (The build that `npm start` does first is left out: the tests run on what is built.)
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { createServer } from "node:net"
import path from "node:path"
import { ask, freePort, listen } from "../support/extensionHttp.ts"
import { folderOf, HAS_PROC, isAlive } from "../support/lambda.ts"
import { startProgram } from "../support/program.ts"

const START = path.resolve(import.meta.dirname, "../../cli/demo/start.ts")

/** Starts the demo; its process, and how it ended. */
const start = (args: ReadonlyArray<string>, variables: Readonly<Record<string, string>>) =>
  startProgram([START, ...args], { variables })

const onFreePort = Effect.map(freePort, (port) => ({ CACHE_EXTENSION_PORT: String(port) }))

it.live("npm start invokes the function and shows what each read took: misses first, then hits", () =>
  Effect.gen(function* () {
    const { ended } = yield* start(["--invocations", "3", "--latency", "5"], yield* onFreePort)
    const { code, output } = yield* ended
    assert.strictEqual(code, 0, output)
    assert.include(output, 'read "Hello from Parameter Store"')
    assert.match(output, /^invocation 1( +[\d.]+ ms miss){3}$/m)
    assert.match(output, /^invocation 3( +[\d.]+ ms hit){3}$/m)
    assert.match(output, /^straight from AWS( +[\d.]+ ms){3}$/m)
    assert.include(output, "[cache-extension] Received SHUTDOWN event")
  }),
)

it.live("npm start with --preload hits from the first invocation on", () =>
  Effect.gen(function* () {
    const { ended } = yield* start(["--invocations", "1", "--preload"], yield* onFreePort)
    assert.match((yield* ended).output, /^invocation 1( +[\d.]+ ms hit){3}$/m)
  }),
)

it.live("npm start shows what the extension holds and does on a page, as long as it runs", () =>
  Effect.gen(function* () {
    const { child, ended, shows } = yield* start(["--watch", "--page", "0"], yield* onFreePort)
    const [, port = ""] = yield* shows(/page at http:\/\/localhost:(\d+) shows what the extension holds/)
    const page = Effect.orDie(ask(Number(port), "/"))
    const { text } = yield* Effect.repeat(page, { until: ({ text }) => text.includes("GetParameter") })
    assert.include(text, "Lambda cache extension")
    assert.notInclude(text, "Hello from Parameter Store")
    child.kill("SIGINT")
    yield* ended
    assert.strictEqual((yield* Effect.flip(ask(Number(port), "/"))).code, "ECONNREFUSED")
  }),
)

it.live("npm start says which port is taken and how to choose another, and ends with 1", () =>
  Effect.gen(function* () {
    const port = yield* listen(createServer())
    const { ended } = yield* start([], { CACHE_EXTENSION_PORT: String(port) })
    const { code, output } = yield* ended
    assert.strictEqual(code, 1)
    assert.match(output, new RegExp(`port ${port} cannot be opened .*CACHE_EXTENSION_PORT chooses another`))
    assert.match(output, /^INIT failed: port /m)
  }),
)

it.live("npm start says what is wrong with config.yaml, and ends with 1", () =>
  Effect.gen(function* () {
    const folder = yield* folderOf({ "config.yaml": "parameters:\n  - nmes: [A]\n" })
    const { ended } = yield* start([], {
      ...(yield* onFreePort),
      CACHE_EXTENSION_CONFIG: path.join(folder, "config.yaml"),
    })
    const { code, output } = yield* ended
    assert.strictEqual(code, 1)
    assert.include(
      output,
      'config.yaml:2:5: parameters[0].nmes: found an unknown key (did you mean "names"?)',
    )
    assert.include(output, "> 2 |   - nmes: [A]\n    |     ^\n")
  }),
)

it.live("npm start refuses an option it does not know, and ends with 2", () =>
  Effect.gen(function* () {
    const { ended } = yield* start(["--invocation", "1"], {})
    const { code, output } = yield* ended
    assert.strictEqual(code, 2)
    assert.include(output, "--invocation")
  }),
)

it.live("npm start -- --environments 3 starts them at the same moment, and shows how they fare", () =>
  Effect.gen(function* () {
    const { ended } = yield* start(["--environments", "3", "--quota", "40"], {})
    const { code, output } = yield* ended
    assert.strictEqual(code, 0, output)
    assert.include(output, "3 environments start at the same moment and read 50 parameters each")
    // Each needs five calls, which bring ten parameters; on a busy machine, slow ones are repeated.
    const [, calls = "0", failed] =
      /^each on its own(?: +[\d.]+ s){3} +(\d+) +\d+ +(\d+)$/m.exec(output) ?? []
    assert.isAtLeast(Number(calls), 15, output)
    assert.isDefined(failed)
  }),
)

it.live("npm start refuses options that make no sense with several environments", () =>
  Effect.gen(function* () {
    const { ended } = yield* start(["--environments", "2", "--watch"], {})
    const { code, output } = yield* ended
    assert.strictEqual(code, 1)
    assert.include(output, "--watch: found with --environments 2; allowed: with one environment")
  }),
)

it.live.skipIf(!HAS_PROC)("Ctrl-C ends npm start with SHUTDOWN, the table and 0, and leaves no process", () =>
  Effect.gen(function* () {
    const { child, ended, shows } = yield* start(["--watch"], {
      ...(yield* onFreePort),
      CACHE_EXTENSION_LOG_FORMAT: "text",
    })
    yield* shows(/END RequestId/)
    const children = yield* childrenOf(child.pid)
    assert.isAtLeast(children.length, 2)
    child.kill("SIGINT")
    const { code, output } = yield* ended
    assert.strictEqual(code, 0, output)
    assert.include(output, "Received SHUTDOWN event")
    assert.match(output, /^summary +\| \d+ invocations? \(0 failed\)/m)
    assert.match(output, /^straight from AWS/m)
    assert.deepStrictEqual(children.filter(isAlive), [])
  }),
)

/** The processes that a process has started. */
const childrenOf = (pid: number | undefined) =>
  Effect.promise(async () => {
    const { readFile } = await import("node:fs/promises")
    const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")
    return text.trim().split(" ").filter(Boolean).map(Number)
  })
