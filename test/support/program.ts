/**
 * A program of this repository as a process: what it prints, how it ends, and lines for its input.
 */
import { Effect, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import path from "node:path"
import process from "node:process"
import { freePort } from "./extensionHttp.ts"

export interface Ended {
  readonly code: number | null
  /** Both stdout and stderr. */
  readonly output: string
}

export interface Program {
  readonly child: ChildProcess
  /** Ctrl-C. */
  readonly interrupt: Effect.Effect<void>
  readonly ended: Effect.Effect<Ended>
  /** Waits until the output matches, `times` times if given. Fails the test if the program ends first. */
  readonly shows: (pattern: RegExp, times?: number) => Effect.Effect<RegExpExecArray>
  readonly output: () => string
  readonly write: (line: string) => Effect.Effect<void>
}

interface ProgramOptions {
  /** Added to this process's; undefined removes one. */
  readonly variables?: Readonly<Record<string, string | undefined>>
  /** All variables, in place of those of the tests. */
  readonly environment?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Default: the Node that runs the tests. */
  readonly command?: string
  /** Ctrl-C reaches it and all that it has started, as in a terminal. */
  readonly isTerminal?: boolean
}

/** Sends a signal to a program, and to all of it if it has a process group of its own. */
const signal = (child: ChildProcess, isTerminal: boolean, name: NodeJS.Signals): void => {
  if (!isTerminal || child.pid === undefined) child.kill(name)
  // Its group remains as long as one of its processes does.
  else if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, name)
}

/** Starts a file with Node. The process is killed with the scope, if it still runs. */
export const startProgram = (
  args: ReadonlyArray<string>,
  { command = process.execPath, cwd, environment, isTerminal = false, variables = {} }: ProgramOptions = {},
): Effect.Effect<Program, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        spawn(command, args, {
          env: environment ?? { ...process.env, ...variables },
          detached: isTerminal,
          ...(cwd === undefined ? {} : { cwd }),
        }),
      ),
      (child) => Effect.sync(() => signal(child, isTerminal, "SIGKILL")),
    ),
    (child): Program => {
      let output = ""
      let isOver = false
      const watchers = new Set<() => void>()
      const look = () => watchers.forEach((watch) => watch())
      const append = (chunk: Buffer) => {
        output += chunk.toString()
        look()
      }
      child.stdout.on("data", append)
      child.stderr.on("data", append)
      const ended = new Promise<Ended>((resolve) =>
        child.once("close", (code) => {
          isOver = true
          resolve({ code, output })
          look()
        }),
      )
      const shows = (pattern: RegExp, times = 1) =>
        Effect.callback<RegExpExecArray>((resume) => {
          const every = new RegExp(
            pattern.source,
            pattern.flags.includes("g") ? pattern.flags : `${pattern.flags}g`,
          )
          const watch = () => {
            const match = [...output.matchAll(every)][times - 1]
            if (match !== undefined) return resume(Effect.succeed(match))
            if (isOver) resume(Effect.die(new Error(`it ended without ${pattern}:\n${output}`)))
          }
          watchers.add(watch)
          watch()
          return Effect.sync(() => watchers.delete(watch))
        })
      return {
        child,
        interrupt: Effect.sync(() => signal(child, isTerminal, "SIGINT")),
        ended: Effect.promise(() => ended),
        shows,
        output: () => output,
        write: (line) => Effect.sync(() => void child.stdin.write(`${line}\n`)),
      }
    },
  )

/** The command line of the clone. */
export const PROGRAM = path.resolve(import.meta.dirname, "../../cli/bin.ts")

/** Runs a command on ports of its own. */
export const runCli = (
  command: "dev" | "serve",
  folder: string,
  args: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>> = {},
): Effect.Effect<Program & { readonly port: number }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* freePort
    const ports = [
      "--port",
      String(port),
      "--page",
      "0",
      ...(command === "dev" ? ["--invoke-port", "0"] : []),
    ]
    const program = yield* startProgram([PROGRAM, command, ...ports, ...args], { cwd: folder, variables })
    return { ...program, port }
  })

/** Ends it by Ctrl-C. */
export const endByCtrlC = ({ ended, interrupt }: Program) => Effect.andThen(interrupt, ended)
