/**
 * A layer that cannot run where it is: what its owner reads in the log and what Lambda is told. No node, a Node that is too old,
 * a program for another processor.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { text } from "node:stream/consumers"
import vm from "node:vm"
import { mainOf } from "../../scripts/build.ts"
import { OLDEST_NODE } from "../../scripts/oldestNode.mjs"
import { extensionsApi } from "../support/initErrors.ts"
import { folderOf } from "../support/lambda.ts"

const ROOT = path.resolve(import.meta.dirname, "../..")
const LAUNCHER = path.join(ROOT, "scripts/launcher.sh")
const TOO_OLD = readFileSync(path.join(ROOT, "src/host/nodeTooOld.cjs"), "utf8")
const CANNOT_RUN = readFileSync(path.join(ROOT, "scripts/cannotRun.sh"), "utf8")

const whereIs = (program: string): string | undefined => {
  const { status, stdout } = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" })
  return status === 0 ? stdout.trim() : undefined
}

/** A tree with these files of the program, started by its launcher under a shell. */
const launched = Effect.fnUntraced(function* (
  shell: string,
  files: Readonly<Record<string, string>>,
  options: { readonly api?: string; readonly path?: string } = {},
) {
  const folder = yield* folderOf({ "cache-extension/cannot-run.sh": CANNOT_RUN, ...files })
  mkdirSync(path.join(folder, "extensions"))
  mkdirSync(path.join(folder, "bin"))
  const uname = whereIs("uname")
  if (uname !== undefined) symlinkSync(uname, path.join(folder, "bin/uname"))
  const launcher = path.join(folder, "extensions/my-cache")
  copyFileSync(LAUNCHER, launcher)
  for (const name of Object.keys(files)) chmodSync(path.join(folder, name), 0o755)
  const env = {
    PATH: options.path ?? path.join(folder, "bin"),
    ...(options.api === undefined ? {} : { AWS_LAMBDA_RUNTIME_API: options.api }),
  }
  return yield* Effect.promise(async () => {
    const child = spawn(shell, [launcher], { argv0: "sh", env, stdio: ["ignore", "ignore", "pipe"] })
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, "exit")])
    return { stderr, status }
  })
})

const LAYER = process.arch === "arm64" ? "cache-extension-arm64" : "cache-extension-x86_64"
const NODE_TREE = { "cache-extension/main.cjs": "" }
/** An executable for no processor. */
const FOREIGN_TREE = { "cache-extension/cache-extension": "\u007FELF\u0002\u0001\u0001\u0000\u0000\u0000" }
const BASH = whereIs("bash")
const SHELLS = ["sh", "bash", "dash"].map(whereIs).filter((shell) => shell !== undefined)

describe.skipIf(BASH === undefined)("where /bin/sh is bash, as in Lambda, a layer that cannot run", () => {
  it.live.each([
    ["NodeMissing", NODE_TREE, /no node in this function's environment.*: use the layer (\S+),/],
    ["WrongLayer", FOREIGN_TREE, /cannot be executed on this machine.*: use the layer (\S+),/],
  ] as const)("tells Lambda so by init/error: %s", ([reason, tree, words]) =>
    Effect.gen(function* () {
      const { address, reports } = yield* extensionsApi
      const { status, stderr } = yield* launched(BASH ?? "", tree, { api: address })
      assert.strictEqual(status, 1)
      const said = stderr.split("\n").find((line) => line.startsWith("[my-cache] ERROR ")) ?? ""
      assert.strictEqual(words.exec(said)?.[1], LAYER, stderr)
      const [register, initError] = reports
      assert.deepInclude(register, {
        path: "register",
        extension: "my-cache",
        body: { events: ["SHUTDOWN"] },
      })
      assert.deepInclude(initError, { path: "init/error", identifier: "id-1", type: `Extension.${reason}` })
      assert.strictEqual(`[my-cache] ERROR ${initError?.body.errorMessage}`, said)
      assert.strictEqual(reports.length, 2)
    }),
  )

  it.live("ends at once where nobody answers", () =>
    Effect.gen(function* () {
      const { status, stderr } = yield* launched(BASH ?? "", NODE_TREE, { api: "127.0.0.1:1" })
      assert.deepStrictEqual([status, stderr.trim().split("\n").length], [1, 1])
    }),
  )
})

describe.each(SHELLS)("under %s, the Node layer without node", (shell) => {
  it.live("names the layer to use and ends with 1", () =>
    Effect.gen(function* () {
      const { status, stderr } = yield* launched(shell, NODE_TREE)
      assert.strictEqual(status, 1)
      assert.include(stderr, `[my-cache] ERROR there is no node in this function's environment`)
      assert.include(stderr, LAYER)
    }),
  )

  it.live("is told apart from a program without its file mode", () =>
    Effect.gen(function* () {
      const { status, stderr } = yield* launched(shell, { "cache-extension/NOTICES": "" })
      assert.deepStrictEqual([status, /cannot be executed .* file modes/.test(stderr)], [1, true])
    }),
  )
})

describe("a Node that is too old", () => {
  const [major, minor] = OLDEST_NODE

  it.each([
    [`${major}.${minor}.0`, "./loader.cjs"],
    [`${major}.${minor + 1}.3`, "./loader.cjs"],
    [`${major + 1}.0.0`, "./loader.cjs"],
    ["100.1.1", "./loader.cjs"],
    [`${major}.${minor - 1}.9`, "./too-old.cjs"],
    [`${major - 2}.20.2`, "./too-old.cjs"],
    ["9.99.0", "./too-old.cjs"],
  ])("is recognised by its version: %s", (node, file) => {
    const required: Array<string> = []
    const require = (name: string) => {
      required.push(name)
      return Object.assign(() => {}, { load: () => {} })
    }
    // Before anything is loaded, the signal that opens the inspector has another listener.
    const on = (signal: string) => required.push(signal)
    vm.runInNewContext(mainOf(OLDEST_NODE), { process: { versions: { node }, on }, require })
    assert.deepStrictEqual(required, ["SIGUSR1", file])
  })

  it("meets only what it can read: ES5", () => {
    const code = TOO_OLD.replaceAll(/\/\*[^]*?\*\/|\/\/.*|"[^"]*"/g, "")
    assert.notMatch(
      code + mainOf(OLDEST_NODE),
      /=>|`|\b(?:const|let|class|async|await)\b|\?\.|\?\?|\.\.\.|\*\*/,
    )
  })

  /** Run on this Node, which is too old for a minimum that no Node reaches. */
  const FILES = {
    "cache-extension/too-old.cjs": TOO_OLD,
    "cache-extension/main.cjs": mainOf([1_000, 5]),
  }

  /** The Node that runs the tests and, where there is one, that of the system: it may be too old indeed. */
  const NODES = [
    process.execPath,
    ...["/usr/bin/node", "/usr/local/bin/node"].filter((file) => existsSync(file)),
  ]

  it.live.each(NODES)("tells Lambda so by init/error and ends with 1: %s", (node) =>
    Effect.gen(function* () {
      const { address, reports } = yield* extensionsApi
      const { status, stderr } = yield* launched("/bin/sh", FILES, { api: address, path: path.dirname(node) })
      assert.strictEqual(status, 1)
      assert.match(
        stderr,
        /^\[my-cache\] ERROR this is Node [\d.]+, and the layer cache-extension-node needs 1000\.5 or newer: use/,
      )
      assert.include(stderr, LAYER)
      const [register, initError] = reports
      assert.deepInclude(register, { path: "register", extension: "my-cache" })
      assert.deepInclude(initError, { path: "init/error", identifier: "id-1", type: "Extension.NodeTooOld" })
      assert.strictEqual(stderr, `[my-cache] ERROR ${initError?.body.errorMessage}\n`)
    }),
  )

  it.live("ends with 1 outside of Lambda, too", () =>
    Effect.gen(function* () {
      const { status, stderr } = yield* launched("/bin/sh", FILES, { path: path.dirname(process.execPath) })
      assert.deepStrictEqual([status, stderr.startsWith("[my-cache] ERROR this is Node")], [1, true])
    }),
  )
})
