/**
 * Runs a subject as a process: starts it with the environment of Lambda, observes it through /proc, and kills it at the end.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import path from "node:path"
import process from "node:process"
import { WORK } from "./subjects.ts"

export interface Running {
  readonly pid: number
  /** The start, by `performance.now`. */
  readonly startedAt: number
  /** Resolves with how it ended and what it printed last. */
  readonly ended: Promise<string>
  readonly kill: () => Promise<void>
}

type Variables = Readonly<Record<string, string>>

/** The variables that Lambda sets for an extension, as far as they matter here. */
export const lambdaVariables = (api: string, awsEndpoint: string): Variables => ({
  AWS_LAMBDA_RUNTIME_API: api,
  AWS_LAMBDA_FUNCTION_NAME: "bench",
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1769",
  AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
  AWS_REGION: "us-west-2",
  AWS_DEFAULT_REGION: "us-west-2",
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
  AWS_SESSION_TOKEN: "bench",
  AWS_ENDPOINT_URL: awsEndpoint,
  TZ: ":UTC",
})

const LAST_LINES = 10

/** Starts a command and records the time. Its output goes to a file and is shown if it fails. */
export const start = (command: ReadonlyArray<string>, environment: Variables): Running => {
  const logFile = path.join(WORK, "last.log")
  const log = openSync(logFile, "w")
  const [file = "", ...args] = command
  const startedAt = performance.now()
  const child: ChildProcess = spawn(file, args, { stdio: ["ignore", log, log], env: environment, cwd: WORK })
  closeSync(log)
  // So that a failed bench leaves no process behind.
  const killAtExit = () => child.kill("SIGKILL")
  process.once("exit", killAtExit)
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message))
    child.once("exit", (code, signal) => {
      process.off("exit", killAtExit)
      const lines = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-LAST_LINES)
      resolve([`ended with ${signal ?? code}`, ...lines].join("\n  "))
    })
  })
  return {
    pid: child.pid ?? 0,
    startedAt,
    ended,
    kill: async () => {
      child.kill("SIGKILL")
      await ended
    },
  }
}

/** A free port. */
export const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<unknown>((resolve) => server.close(resolve))
  return port
}

/**
 * CPU time so far in milliseconds, of all threads, the launcher included, as it became this process by `exec`. From
 * the scheduler's nanoseconds; /proc/<pid>/stat counts in steps of 10 ms. A thread that has ended is not in it.
 */
export const cpuTime = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`)
    .map(
      (thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e6,
    )
    .reduce((total, milliseconds) => total + milliseconds, 0)

export interface Memory {
  /** In MB (10^6 bytes). */
  readonly peak: number
  readonly now: number
}

/** Anonymous memory in bytes, without the pages of files. */
export const anonymousBytes = (pid: number): number =>
  Number(/^Anonymous:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]) * 1_024

/** Resident memory in bytes, including the pages of the executable. */
export const memory = (pid: number): Memory => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  const megabytes = (field: string) =>
    (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1_024) / 1e6
  return { peak: megabytes("VmHWM"), now: megabytes("VmRSS") }
}
