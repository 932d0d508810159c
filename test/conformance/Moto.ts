/**
 * `moto_server`, an independent implementation of AWS in Python, where a machine has it: found on PATH, started on a
 * free port, stopped with the scope.
 *
 * The conformance suite runs against it beside our emulator. It is no dependency: without it that half is skipped.
 */
import { spawn } from "node:child_process"
import { Effect } from "effect"
import { isOnPath } from "../sam/onPath.ts"

const COMMAND = "moto_server"

/** Whether there is a moto_server on PATH. */
export const isMotoInstalled = isOnPath(COMMAND)

/** Werkzeug says where it listens once it does. */
const LISTENING = /Running on (http:\/\/127\.0\.0\.1:\d+)/

const start = Effect.callback<{ readonly endpoint: string; readonly stop: Effect.Effect<void> }>((resume) => {
  const child = spawn(COMMAND, ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "pipe", "pipe"] })
  // The scope stops it; this is for a test run that is cut short.
  const killAtExit = () => child.kill("SIGKILL")
  process.once("exit", killAtExit)
  child.once("exit", () => process.off("exit", killAtExit))
  const stop = Effect.callback<void>((stopped) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      stopped(Effect.void)
      return
    }
    child.once("exit", () => stopped(Effect.void))
    child.kill("SIGKILL")
  })
  let output = ""
  let isListening = false
  // Read to the end, so that the server never waits for someone to empty its pipe.
  const read = (chunk: Buffer) => {
    if (isListening) return
    output += chunk.toString()
    const [, endpoint] = LISTENING.exec(output) ?? []
    if (endpoint === undefined) return
    isListening = true
    resume(Effect.succeed({ endpoint, stop }))
  }
  child.stdout.on("data", read)
  child.stderr.on("data", read)
  child.once("error", (cause) => resume(Effect.die(cause)))
  child.once("exit", () => resume(Effect.die(new Error(`${COMMAND} ended before it listened: ${output}`))))
  return stop
})

/** A running moto; its endpoint. */
export const motoEndpoint = Effect.acquireRelease(start, ({ stop }) => stop).pipe(
  Effect.map(({ endpoint }) => endpoint),
)
