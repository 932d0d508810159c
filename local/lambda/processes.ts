/**
 * Processes of an environment: each in its own group, its output as lines, its exit as a Deferred.
 *
 * Signals go to the whole group, as Lambda's freeze and kill reach everything an extension has started. No
 * group outlives the emulator: the group is killed when its leader exits, when the scope closes, and when this
 * process ends (also by Ctrl-C).
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { spawn, type ChildProcess } from "node:child_process"
import process from "node:process"
import { createInterface } from "node:readline"
import { type Readable } from "node:stream"

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ManagedProcess {
  readonly pid: number
  readonly isRunning: () => boolean
  /** Completes when the process has ended. */
  readonly exited: Deferred.Deferred<Exit>
  /** Completes when it has ended and its last line was read. */
  readonly drained: Deferred.Deferred<void>
  /** Sends a signal to the group; nothing happens once the process has ended. */
  readonly signal: (signal: NodeJS.Signals) => void
}

/** The file could not be executed: it is missing, has no exec bit, or is no program. */
export class LaunchError extends Schema.TaggedError<LaunchError>()("LaunchError", {
  message: Schema.String,
}) {}

export interface LaunchOptions {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly onLine: (channel: "stdout" | "stderr", line: string) => void
  /** Called first when the process ends, synchronously. */
  readonly onExit: (exit: Exit, pid: number) => void
}

/** Starts a program directly (no shell) and succeeds once it runs. */
export const launch = (options: LaunchOptions): Effect.Effect<ManagedProcess, LaunchError> =>
  Effect.callback((resume) => {
    const child = spawnGroup(options)
    child.once("error", (error: NodeJS.ErrnoException) =>
      resume(Effect.fail(new LaunchError({ message: launchMessage(options.command, error) }))),
    )
    child.once("spawn", () => {
      const { pid } = child
      if (pid !== undefined) resume(Effect.succeed(manage(child, pid, options)))
    })
  })

const spawnGroup = (options: LaunchOptions): ChildProcess =>
  spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    // The leader of a new process group, whose id is then its pid.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  })

const manage = (child: ChildProcess, pid: number, options: LaunchOptions): ManagedProcess => {
  const exited = Deferred.makeUnsafe<Exit>()
  const drained = Deferred.makeUnsafe<void>()
  guardGroup(pid)
  readLines(child.stdout, (line) => options.onLine("stdout", line))
  readLines(child.stderr, (line) => options.onLine("stderr", line))
  child.once("exit", (code, signal) => {
    signalGroup(pid, "SIGKILL")
    releaseGroup(pid)
    options.onExit({ code, signal }, pid)
    Deferred.doneUnsafe(exited, Effect.succeed({ code, signal }))
  })
  child.once("close", () => Deferred.doneUnsafe(drained, Effect.void))
  const isRunning = () => !Deferred.isDoneUnsafe(exited)
  return {
    pid,
    isRunning,
    exited,
    drained,
    signal: (signal) => {
      if (isRunning()) signalGroup(pid, signal)
    },
  }
}

const readLines = (stream: Readable | null, onLine: (line: string) => void): void => {
  if (stream !== null) createInterface({ input: stream }).on("line", onLine)
}

/** The words of Go's os/exec, which Lambda's own log shows. */
const launchMessage = (command: string, error: NodeJS.ErrnoException): string => {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: "permission denied",
    ENOENT: "no such file or directory",
    ENOEXEC: "exec format error",
  }
  return `fork/exec ${command}: ${reasons[error.code ?? ""] ?? error.message}`
}

const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: the group is gone already, which is what a signal to it could at most achieve.
  }
}

// The groups that must not outlive this process. The hooks exist only while there are any.
const guarded = new Set<number>()
const FATAL_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const

const killGuarded = (): void => {
  for (const pid of guarded) signalGroup(pid, "SIGKILL")
}

const onFatalSignal = (signal: NodeJS.Signals): void => {
  // Someone else handles the signal, and will close the emulator's scope or exit (which runs the exit hook).
  if (process.listenerCount(signal) > 1) return
  killGuarded()
  unhook()
  process.kill(process.pid, signal)
}

const unhook = (): void => {
  process.off("exit", killGuarded)
  for (const signal of FATAL_SIGNALS) process.off(signal, onFatalSignal)
}

const guardGroup = (pid: number): void => {
  if (guarded.size === 0) {
    process.on("exit", killGuarded)
    for (const signal of FATAL_SIGNALS) process.on(signal, onFatalSignal)
  }
  guarded.add(pid)
}

const releaseGroup = (pid: number): void => {
  guarded.delete(pid)
  if (guarded.size === 0) unhook()
}
