/**
 * How a function is run: Node handlers under AWS's runtime client, Python handlers under `awslambdaric` or the small client of
 * `cli/runtimes/python.py`, and a custom runtime as its own `bootstrap`.
 */
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { accessSync, constants, existsSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { promisify } from "node:util"
import type { FunctionSpec } from "../../local/lambda/options.ts"
import { asset } from "../assets.ts"
import { CommandFailed } from "../failures.ts"
import type { Target } from "./target.ts"

/** How to run a function, and a sentence on what runs it if that is not obvious. */
export interface Runner {
  readonly spec: FunctionSpec
  readonly note: string | undefined
}

/** Prints the interpreter's path, its version, and whether AWS's runtime client is installed for it. */
const PROBE = `import importlib.util, sys
print(sys.executable)
print("%d.%d" % sys.version_info[:2])
print(importlib.util.find_spec("awslambdaric") is not None)`

const PROBE_TIMEOUT_MS = 20_000

/** A virtual environment that is active or belongs to the project, then what PATH has. */
const pythonCandidates = (taskRoot: string): ReadonlyArray<string> => {
  const active = process.env["VIRTUAL_ENV"]
  const folders = [
    ...(active === undefined ? [] : [active]),
    ...[taskRoot, path.dirname(taskRoot), process.cwd()].flatMap((folder) =>
      [".venv", "venv"].map((name) => path.join(folder, name)),
    ),
  ]
  const inFolders = folders
    .map((folder) => path.join(folder, "bin/python"))
    .filter((file) => existsSync(file))
  return [...inFolders, "python3", "python"]
}

const probe = (python: string, cwd: string): Effect.Effect<string | undefined> =>
  Effect.promise(() =>
    promisify(execFile)(python, ["-c", PROBE], { cwd, timeout: PROBE_TIMEOUT_MS }).then(
      ({ stdout }) => stdout,
      () => undefined,
    ),
  )

const pythonRunner = Effect.fnUntraced(function* ({
  handler,
  taskRoot,
}: Target): Effect.fn.Return<Runner, CommandFailed> {
  for (const python of pythonCandidates(taskRoot)) {
    const output = yield* probe(python, taskRoot)
    const [command, version, hasClient] = output?.trim().split("\n") ?? []
    if (command === undefined || version === undefined) continue
    const isAws = hasClient === "True"
    const args = isAws ? ["-m", "awslambdaric", handler] : [asset("cli/runtimes/python.py"), handler]
    const client = isAws
      ? "AWS's runtime client"
      : `a small runtime client of its own; "${command} -m pip install awslambdaric" brings AWS's`
    return {
      spec: { kind: "command", command, args, taskRoot, handler, runtime: `python${version}` },
      note: `Python ${version} (${command}) runs it, with ${client}.`,
    }
  }
  return yield* new CommandFailed({
    reason: "--runtime python: found no Python 3: neither a virtual environment (.venv) nor python3 on PATH",
  })
})

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The runtime client in the package. In a clone it is there after a build; before that, the devDependency serves. */
const NODE_CLIENT = asset("dist/runtimes/node.mjs")

/** How to run a function. Fails if this machine lacks what it needs. */
export const runnerOf = (target: Target): Effect.Effect<Runner, CommandFailed> => {
  const { handler, runtime, taskRoot } = target
  switch (runtime) {
    case "python":
      return pythonRunner(target)
    case "node": {
      const client = existsSync(NODE_CLIENT) ? { client: NODE_CLIENT } : {}
      // Lambda's Node shows stack traces with the lines of the source.
      return Effect.succeed({
        spec: { kind: "node", taskRoot, handler, execArgv: ["--enable-source-maps"], ...client },
        note: undefined,
      })
    }
    case "provided": {
      const command = path.join(taskRoot, "bootstrap")
      return isExecutable(command)
        ? Effect.succeed({ spec: { kind: "command", command, taskRoot, handler }, note: undefined })
        : Effect.fail(
            new CommandFailed({
              reason: `${command} is not executable, so Lambda could not run it: chmod +x ${command}`,
            }),
          )
    }
  }
}
