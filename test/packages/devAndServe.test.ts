/**
 * `dev` and `serve` of the published package, as its users run them: in an empty project, on the Node that npm runs on.
 * If that is too old for the extension, the package fetches a newer one from the npm registry, into a cache folder of the test.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { ask, freePort } from "../support/extensionHttp.ts"
import { HAS_PROC, processState } from "../support/lambda.ts"
import { NPM_NODE, pack, projectWith } from "../support/packages.ts"
import { endByCtrlC, type Program, startProgram } from "../support/program.ts"

const NODE = execFileSync(NPM_NODE, ["--version"], { encoding: "utf8" }).trim()

const handler = (member: string) => `
export const handler = async (event) => {
  const url = "http://127.0.0.1:" + process.env.CACHE_EXTENSION_PORT + "/parameters?name=/shop/greeting"
  return { ${member}: await (await fetch(url)).text(), event }
}
`

const FILES = {
  "index.mjs": handler("value"),
  // The first read loads the SDK, which takes seconds on a busy machine.
  "config.yaml": "parameters:\n  - names: [/shop/greeting]\ncache: { read_budget: 1m }\n",
  "seed.yaml": "parameters:\n  - { name: /shop/greeting, value: hello }\n",
}

const READ = "/parameters?name=/shop/greeting"

let project: string
beforeAll(async () => {
  project = await projectWith(FILES, (await pack()).archive)
})

/** Runs a command as npx does, on ports of its own. npm hands its settings to what it runs, among them the folder of this project. */
const run = Effect.fnUntraced(function* (command: string, ...more: ReadonlyArray<string>) {
  const port = yield* freePort
  const program = yield* startProgram(
    ["node_modules/.bin/lambda-cache-extension", command, "--port", String(port), "--page", "0", ...more],
    {
      command: NPM_NODE,
      cwd: project,
      isTerminal: true,
      variables: {
        ...Object.fromEntries(
          Object.keys(process.env)
            .filter((name) => /^npm_/i.test(name))
            .map((name) => [name, undefined]),
        ),
        PATH: [path.dirname(NPM_NODE), process.env["PATH"]].join(path.delimiter),
        XDG_CACHE_HOME: path.join(project, "cache"),
      },
    },
  )
  return { program, port }
})

/** The process and all that it has started. */
const family = (pid: number): ReadonlyArray<number> => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim()
  return [pid, ...children.split(" ").filter(Boolean).map(Number).flatMap(family)]
}

/** Presses Ctrl-C; everything ends with it, and in order. */
const endsWithAll = Effect.fnUntraced(function* (program: Program) {
  const pids = HAS_PROC && program.child.pid !== undefined ? family(program.child.pid) : []
  const { code, output } = yield* endByCtrlC(program)
  assert.strictEqual(code, 0, output)
  assert.include(output, "[cache-extension] Exiting")
  // A process that has ended stays until whoever took it over asks for its exit code.
  const left = pids.filter((pid) => !["Z", undefined].includes(processState(pid)))
  assert.deepStrictEqual(left, [], output)
})

describe(`the package on Node ${NODE}`, () => {
  it.live("dev runs a function, answers by HTTP, restarts on a change, and Ctrl-C ends every process", () =>
    Effect.gen(function* () {
      const { port, program } = yield* run("dev", "--invoke-port", "0")
      const [, invoke = ""] = yield* program.shows(/curl -d '\{\}' (http:\S+)/)
      const invoked = (body: string) =>
        Effect.promise(() => fetch(invoke, { method: "POST", body }).then((response) => response.json()))
      assert.deepStrictEqual(yield* invoked('{"n":1}'), { value: "hello", event: { n: 1 } })
      assert.strictEqual((yield* ask(port, READ)).text, "hello")

      writeFileSync(path.join(project, "index.mjs"), handler("answer"))
      yield* program.shows(/Changed: index\.mjs\. Restarting\./)
      yield* program.shows(/Starting Httpserver/, 2)
      assert.deepStrictEqual(yield* invoked('{"n":2}'), { answer: "hello", event: { n: 2 } })
      yield* endsWithAll(program)
    }).pipe(Effect.scoped),
  )

  it.live("serve answers by HTTP without a function, and Ctrl-C ends every process", () =>
    Effect.gen(function* () {
      const { port, program } = yield* run("serve")
      yield* program.shows(/Waiting for event/)
      assert.strictEqual((yield* ask(port, READ)).text, "hello")
      yield* endsWithAll(program)
    }).pipe(Effect.scoped),
  )
})
