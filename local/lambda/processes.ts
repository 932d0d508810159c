/**
 * The processes of an environment: each in its own process group, its output as lines, its exit as a Deferred.
 *
 * Signals go to the whole group, because Lambda also freezes and kills the children of an extension. No group outlives
 * the emulator: it is killed when its leader exits, when the scope closes, and when this process ends, also by Ctrl-C.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { spawn, type ChildProcess } from "node:child_process"
import { writeFileSync } from "node:fs"
import { constants, getPriority, setPriority } from "node:os"
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
  /** Completes when it has ended and all of its output was read. */
  readonly drained: Deferred.Deferred<void>
  /** Sends a signal to the group; does nothing after the process has ended. */
  readonly signal: (signal: NodeJS.Signals) => void
}

/** The file could not be executed: it is missing, not executable, or not a program. */
export class LaunchError extends Schema.TaggedError<LaunchError>()("LaunchError", {
  message: Schema.String,
}) {}

interface LaunchOptions {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** See `LambdaEmulatorOptions`. */
  readonly nice?: number
  readonly onLine: (channel: "stdout" | "stderr", line: string) => void
  /** Called synchronously when the process ends, before anything else. */
  readonly onExit: (exit: Exit, pid: number) => void
}

/** Starts a program without a shell; succeeds once it runs. */
export const launch = (options: LaunchOptions): Effect.Effect<ManagedProcess, LaunchError> =>
  Effect.callback((resume) => {
    const child = spawnGroup(options)
    child.once("error", (error: NodeJS.ErrnoException) =>
      resume(Effect.fail(new LaunchError({ message: launchMessage(options.command, error) }))),
    )
    child.once("spawn", () => {
      const { pid } = child
      if (pid !== undefined && options.nice !== undefined) yieldToOthers(pid, options.nice)
      if (pid !== undefined) resume(Effect.succeed(manage(child, pid, options)))
    })
  })

const spawnGroup = (options: LaunchOptions): ChildProcess =>
  spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    // Makes it the leader of a process group, whose id is its pid.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  })

/** A process that has ended already, or a system that forbids it, is no reason to fail. */
const yieldToOthers = (pid: number, nice: number): void => {
  if (nice === 0) return
  try {
    setPriority(pid, Math.min(constants.priority.PRIORITY_LOW, getPriority() + nice))
    // Linux shares the CPU among sessions first, and each process that is started here has its own: sched(7), "The autogroup
    // feature".
    writeFileSync(`/proc/${pid}/autogroup`, String(nice))
  } catch {}
}

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

/** The text of Go's os/exec, as in Lambda's log. */
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
    // ESRCH: the group has already ended.
  }
}

// The groups that must not outlive this process. The hooks are installed only while there are any.
const guarded = new Set<number>()
const FATAL_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const

const killGuarded = (): void => {
  for (const pid of guarded) signalGroup(pid, "SIGKILL")
}

const onFatalSignal = (signal: NodeJS.Signals): void => {
  // Another listener handles the signal and closes the scope or exits, which runs the exit hook.
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
