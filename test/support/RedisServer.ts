/**
 * A real `redis-server` or `valkey-server`, where a machine has one: found on PATH, started on a free port with nothing on
 * disk, stopped with the scope. Without one, its tests are reported as skipped.
 */
import { spawn } from "node:child_process"
import { Effect } from "effect"
import { isOnPath } from "../sam/onPath.ts"
import { freePort } from "./extensionHttp.ts"

const COMMANDS = ["valkey-server", "redis-server"]

/** The server on PATH; undefined if there is none. */
export const REDIS_COMMAND = COMMANDS.find(isOnPath)

export interface RedisServer {
  readonly port: number
  /** Ends it at once, as a crash does. */
  readonly kill: Effect.Effect<void>
  /** Stops answering, and answers again. */
  readonly signal: (signal: "SIGSTOP" | "SIGCONT") => Effect.Effect<void>
}

const READY = /Ready to accept connections/

/** Starts a server. `options` are those of its command line. */
export const startRedis = (options: ReadonlyArray<string> = [], given?: number) =>
  Effect.gen(function* () {
    const port = given ?? (yield* freePort)
    const args = ["--port", String(port), "--save", "", "--appendonly", "no", ...options]
    const server = yield* Effect.acquireRelease(
      Effect.callback<RedisServer>((resume) => {
        const child = spawn(REDIS_COMMAND ?? "", args, { stdio: ["ignore", "pipe", "pipe"] })
        const killAtExit = () => child.kill("SIGKILL")
        process.once("exit", killAtExit)
        child.once("exit", () => process.off("exit", killAtExit))
        const kill = Effect.callback<void>((done) => {
          if (child.exitCode !== null || child.signalCode !== null) return done(Effect.void)
          child.once("exit", () => done(Effect.void))
          child.kill("SIGKILL")
        })
        let output = ""
        child.stdout.on("data", (chunk: Buffer) => {
          output += chunk.toString()
          if (READY.test(output))
            resume(
              Effect.succeed({ port, kill, signal: (signal) => Effect.sync(() => void child.kill(signal)) }),
            )
        })
        child.once("exit", () => resume(Effect.die(new Error(`redis ended: ${output}`))))
      }),
      ({ kill }) => kill,
    )
    return server
  })
