/**
 * The SHUTDOWN phase: SIGTERM to the runtime, then the SHUTDOWN event to the extensions that registered for it, then
 * SIGKILL to all that still run at the deadline.
 *
 * External extensions never get a SIGTERM. Without extensions the runtime is killed at once, as in Lambda.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import { type ExtensionExit, type ShutdownReason, type ShutdownReport } from "./events.ts"
import { RUNTIME_SHUTDOWN_TIMEOUT } from "./limits.ts"
import { type Exit, type ManagedProcess } from "./processes.ts"
import { type Extension, type Sandbox, FUNCTION, processesOf, signal, thaw } from "./Sandbox.ts"
import { text } from "./wire.ts"

/** How long to wait for the exit of a killed process, and for its last output. */
const REAP_TIMEOUT = Duration.seconds(1)

/** Ends the environment. Takes at most the shutdown timeout, plus the time to reap killed processes. */
export const shutdown = (sandbox: Sandbox, reason: ShutdownReason): Effect.Effect<ShutdownReport> =>
  Effect.gen(function* () {
    sandbox.shuttingDown = true
    thaw(sandbox)
    const startedAt = sandbox.now()
    const deadline = startedAt + Duration.toMillis(sandbox.settings.shutdownTimeout)
    sandbox.record({ type: "shutdown-started", reason })

    yield* endRuntime(sandbox)
    const extensions = yield* Effect.forEach(
      sandbox.extensions.values(),
      (extension) => endExtension(sandbox, extension, { reason, startedAt, deadline }),
      { concurrency: "unbounded" },
    )
    yield* closePolls(sandbox)
    yield* Effect.forEach(processesOf(sandbox), ({ process }) => drained(process), {
      concurrency: "unbounded",
    })
    sandbox.record({ type: "shutdown-done", reason })
    return {
      reason,
      durationMs: sandbox.now() - startedAt,
      extensions: extensions.filter((exit) => exit !== undefined),
    }
  })

/** Kills every process at once, without SHUTDOWN events: for a scope that closes. */
export const kill = (sandbox: Sandbox): Effect.Effect<void> =>
  Effect.gen(function* () {
    sandbox.shuttingDown = true
    for (const { process } of processesOf(sandbox)) process.signal("SIGKILL")
    yield* closePolls(sandbox)
    yield* Effect.forEach(processesOf(sandbox), ({ process }) => drained(process), {
      concurrency: "unbounded",
    })
  })

const endRuntime = (sandbox: Sandbox): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { process } = sandbox.runtime
    if (process === undefined || !process.isRunning()) return
    const named = { kind: "function", name: FUNCTION, process } as const
    if (sandbox.extensions.size > 0) {
      signal(sandbox, named, "SIGTERM")
      const exit = yield* exitWithin(process, RUNTIME_SHUTDOWN_TIMEOUT)
      if (Option.isSome(exit)) return
    }
    signal(sandbox, named, "SIGKILL")
    yield* exitWithin(process, REAP_TIMEOUT)
  })

interface Ending {
  readonly reason: ShutdownReason
  readonly startedAt: number
  /** Epoch milliseconds. */
  readonly deadline: number
}

const endExtension = (
  sandbox: Sandbox,
  extension: Extension,
  { deadline, reason, startedAt }: Ending,
): Effect.Effect<ExtensionExit | undefined> =>
  Effect.gen(function* () {
    const { name, process } = extension
    // An internal extension runs in the runtime's process, which has ended.
    if (process === undefined) return undefined
    const toReport = (exit: Option.Option<Exit>, killed: boolean): ExtensionExit => ({
      name,
      code: Option.isSome(exit) ? exit.value.code : null,
      signal: Option.isSome(exit) ? exit.value.signal : null,
      ms: sandbox.now() - startedAt,
      killed,
    })
    const isGone = !process.isRunning()
    if (!isGone && extension.events.includes("SHUTDOWN")) {
      sandbox.record({ type: "shutdown-sent", name, reason, deadlineMs: Math.floor(deadline) })
      yield* Queue.offer(extension.inbox, shutdownEvent(deadline, reason))
    }
    if (isGone || extension.events.includes("SHUTDOWN")) {
      const exit = yield* exitWithin(process, Duration.millis(Math.max(0, deadline - sandbox.now())))
      if (Option.isSome(exit)) return toReport(exit, false)
    }
    signal(sandbox, { kind: "extension", name, process }, "SIGKILL")
    return toReport(yield* exitWithin(process, REAP_TIMEOUT), true)
  })

/** Has neither a JSON content type nor an event identifier, as in Lambda's own code. */
const shutdownEvent = (deadline: number, reason: ShutdownReason) =>
  text(
    200,
    JSON.stringify({ eventType: "SHUTDOWN", deadlineMs: Math.floor(deadline), shutdownReason: reason }),
  )

const exitWithin = (
  process: ManagedProcess,
  duration: Duration.Duration,
): Effect.Effect<Option.Option<Exit>> => Effect.timeoutOption(Deferred.await(process.exited), duration)

const drained = (process: ManagedProcess): Effect.Effect<void> =>
  Effect.asVoid(Effect.timeoutOption(Deferred.await(process.drained), REAP_TIMEOUT))

/** Ends the open polls: their fibers are interrupted, their connections closed. */
const closePolls = (sandbox: Sandbox): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* Queue.shutdown(sandbox.runtime.inbox)
    for (const { inbox } of sandbox.extensions.values()) yield* Queue.shutdown(inbox)
  })
