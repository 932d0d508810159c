/**
 * Local Lambda: an execution environment on this machine.
 *
 * Serves the Extensions and Runtime APIs, runs extensions and a function as real processes, and takes them through
 * init, invoke, freeze and shutdown as Lambda does. After a failure the environment is shut down, and the next invoke
 * creates a new one. Needs the live clock, because processes do not follow a test's clock.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { randomUUID } from "node:crypto"
import { createServer } from "node:http"
import { serve } from "../serve.ts"
import * as Condition from "./Condition.ts"
import { EmulatorError, type InitFailed } from "./errors.ts"
import {
  type EmulatorEvent,
  type InvokeResult,
  type LogLine,
  type ProcessKind,
  type ShutdownReason,
  type ShutdownReport,
} from "./events.ts"
import { init as initPhase } from "./init.ts"
import { type InvokeOptions, initError, invoke as invokePhase, timeoutError } from "./invoke.ts"
import * as Journal from "./Journal.ts"
import { type LambdaEmulatorOptions, resolveOptions } from "./options.ts"
import { type Refused, routes } from "./routes.ts"
import * as Sandboxes from "./Sandbox.ts"
import { kill, shutdown as shutdownPhase } from "./shutdown.ts"
import { refuse } from "./wire.ts"

const LOOPBACK = "127.0.0.1"

/** A running process of the environment. */
export interface ProcessInfo {
  readonly kind: ProcessKind
  /** The extension's name, or `function`. */
  readonly name: string
  /** Also the id of its process group. */
  readonly pid: number
}

export interface LambdaEmulatorShape {
  /** `host:port`, the value of AWS_LAMBDA_RUNTIME_API. */
  readonly address: string
  /**
   * Runs the INIT phase, unless there is an environment already, and freezes the environment. Returns the duration in
   * milliseconds.
   */
  readonly init: Effect.Effect<number, InitFailed | EmulatorError>
  /**
   * Invokes the function with a JSON value, after INIT if there is no environment yet. One invoke at a time, except on
   * Managed Instances. If INIT fails, it is tried once more inside the invoke, as in Lambda. After a timeout or a crash
   * the environment is shut down before this returns.
   */
  readonly invoke: (payload?: unknown, options?: InvokeOptions) => Effect.Effect<InvokeResult, EmulatorError>
  /**
   * Ends the environment, if there is one. The next invoke creates a new one: after `spindown` (the default) with a
   * separate INIT phase, after `timeout` and `failure` with INIT inside the invoke.
   */
  readonly shutdown: (reason?: ShutdownReason) => Effect.Effect<ShutdownReport>
  /** The events of all environments, oldest first. */
  readonly events: Journal.Journal<EmulatorEvent>
  /** The output of the processes and the log lines of the platform. */
  readonly logs: Journal.Journal<LogLine>
  /** The running processes of the current environment. */
  readonly processes: Effect.Effect<ReadonlyArray<ProcessInfo>>
  /** Sends a signal to the process group of an extension (by name) or of the `function`. */
  readonly signal: (name: string, signal: NodeJS.Signals) => Effect.Effect<void>
  /** SIGSTOP to a process group, independent of the freeze between invokes. */
  readonly pause: (name: string) => Effect.Effect<void>
  readonly resume: (name: string) => Effect.Effect<void>
}

const make = (
  options: LambdaEmulatorOptions,
): Effect.Effect<LambdaEmulatorShape, EmulatorError, Scope.Scope> =>
  Effect.gen(function* () {
    const settings = resolveOptions(options)
    const clock = yield* Clock.Clock
    const now = () => Number(clock.currentTimeNanosUnsafe()) / 1e6
    const events = Journal.make<EmulatorEvent>(options.keep)
    const logs = Journal.make<LogLine>(options.keep)
    // Creating, using and ending the environment exclude each other.
    const lock = yield* Semaphore.make(1)
    const arrival = Condition.make()
    const locked = Semaphore.withPermit(lock)
    // Invokes of Managed Instances run in parallel, so they lock only these steps; otherwise an invoke locks as a whole.
    const lockedStep = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      settings.managedInstances ? locked(effect) : effect
    let generation = 0
    // Whether the next environment gets a separate INIT phase; after a failure INIT runs inside the invoke.
    let coldStart = true
    let sandbox: Sandboxes.Sandbox | undefined
    let initDuration: number | undefined

    yield* Effect.addFinalizer(() => Effect.sync(() => [events, logs].forEach(({ close }) => close())))
    const current = Effect.gen(function* () {
      // An attached runtime may call before its environment exists.
      if (settings.function.kind === "attach") yield* arrival.until(() => sandbox !== undefined)
      return sandbox ?? (yield* refuse(500, "InternalServerError", "Internal Server Error"))
    })
    const onRefused = (refused: Refused) =>
      events.append({ type: "refused", ...refused, at: now(), generation })
    // A poll may wait forever, so all timeouts of Node are off.
    const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 })
    const { port } = yield* serve(
      { name: "The Runtime API", server, host: LOOPBACK, port: settings.port },
      routes({ sandbox: current, onRefused }),
    ).pipe(Effect.mapError(({ cause, message }) => new EmulatorError({ message, cause })))
    const address = `${LOOPBACK}:${port}`
    yield* Effect.addFinalizer(() => (sandbox === undefined ? Effect.void : kill(sandbox)))

    const forget = Effect.sync(() => {
      sandbox = undefined
      initDuration = undefined
    })
    const end = (reason: ShutdownReason) =>
      Effect.suspend((): Effect.Effect<ShutdownReport> => {
        coldStart = reason === "spindown"
        if (sandbox === undefined) return Effect.succeed({ reason, durationMs: 0, extensions: [] })
        return Effect.ensuring(shutdownPhase(sandbox, reason), forget)
      }).pipe(Effect.uninterruptible)

    /** Creates an environment and runs INIT within a time limit. Cleans up after a failure or an interruption. */
    const create = (initTimeout: Duration.Duration) =>
      Effect.gen(function* () {
        const number = ++generation
        const fresh = yield* Sandboxes.make({
          generation: number,
          settings: { ...settings, initTimeout },
          api: address,
          now,
          record: (event) => events.append({ ...event, at: now(), generation: number }),
          print: (line) => logs.append({ ...line, at: now() }),
        })
        sandbox = fresh
        arrival.changed()
        initDuration = yield* initPhase(fresh).pipe(
          Effect.onInterrupt(() => Effect.ensuring(kill(fresh), forget)),
          Effect.tapError((error) =>
            end(
              error._tag === "InitFailed" && error.errorType === "Sandbox.Timedout" ? "timeout" : "failure",
            ),
          ),
        )
        return { sandbox: fresh, durationMs: initDuration }
      })

    const init = Effect.gen(function* () {
      if (sandbox !== undefined && initDuration !== undefined) return initDuration
      const created = yield* create(settings.initTimeout)
      Sandboxes.freeze(created.sandbox)
      return created.durationMs
    })

    interface Ready {
      readonly sandbox: Sandboxes.Sandbox
      readonly startedAt: number
      readonly init: number | undefined
    }
    /** The environment for an invoke: the current one, or a new one after at most two attempts at INIT. */
    const ready: Effect.Effect<Ready, InitFailed | EmulatorError> = Effect.gen(function* () {
      if (sandbox?.abandoned === true) yield* end("failure")
      if (sandbox !== undefined) return { sandbox, startedAt: now(), init: undefined }
      if (coldStart) {
        const first = yield* Effect.result(create(settings.initTimeout))
        if (Result.isSuccess(first)) {
          return { sandbox: first.success.sandbox, startedAt: now(), init: first.success.durationMs }
        }
      }
      // Inside the invoke, so the function timeout applies.
      const startedAt = now()
      const created = yield* create(settings.timeout)
      return { sandbox: created.sandbox, startedAt, init: created.durationMs }
    })

    const failedInit = (requestId: string, startedAt: number, failed: InitFailed): InvokeResult => {
      const total = now() - startedAt
      const timeout = timeoutError(Duration.toMillis(settings.timeout))
      const isTimeout = failed.errorType === timeout.errorType
      return {
        requestId,
        payload: undefined,
        functionError: initError(requestId, isTimeout ? timeout : failed),
        durations: { response: undefined, total, billed: Math.ceil(total), init: total },
      }
    }

    const invoke = (payload: unknown = {}, invokeOptions: InvokeOptions = {}) =>
      Effect.gen(function* () {
        const requestId = invokeOptions.requestId ?? randomUUID()
        const calledAt = now()
        const prepared = yield* lockedStep(ready).pipe(
          Effect.map((environment) => ({ environment })),
          Effect.catchTag("InitFailed", (failed) =>
            Effect.succeed({ failure: failedInit(requestId, calledAt, failed) }),
          ),
        )
        if ("failure" in prepared) return prepared.failure
        const { environment } = prepared
        const { fatal, result } = yield* invokePhase(environment.sandbox, {
          payload: JSON.stringify(payload),
          options: invokeOptions,
          requestId,
          startedAt: environment.startedAt,
          init: environment.init,
          timeoutMs: Duration.toMillis(settings.timeout),
        })
        if (fatal !== undefined) {
          // If several invokes fail together, the first ends the environment.
          yield* lockedStep(
            Effect.suspend(() => (sandbox === environment.sandbox ? end(fatal.reason) : Effect.void)),
          )
        }
        return result
      })

    const running = Effect.sync(() =>
      sandbox === undefined
        ? []
        : Sandboxes.processesOf(sandbox).filter(({ process }) => process.isRunning()),
    )
    const signal = (name: string, which: NodeJS.Signals) =>
      Effect.map(running, (processes) => {
        const named = processes.find((process) => process.name === name)
        if (named !== undefined && sandbox !== undefined) Sandboxes.signal(sandbox, named, which)
      })

    return LambdaEmulator.of({
      address,
      init: locked(init),
      invoke: (payload, invokeOptions) =>
        settings.managedInstances ? invoke(payload, invokeOptions) : locked(invoke(payload, invokeOptions)),
      shutdown: (reason = "spindown") => locked(end(reason)),
      events,
      logs,
      processes: Effect.map(running, (processes) =>
        processes.map(({ kind, name, process }) => ({ kind, name, pid: process.pid })),
      ),
      signal,
      pause: (name) => signal(name, "SIGSTOP"),
      resume: (name) => signal(name, "SIGCONT"),
    })
  })

/**
 * The local Lambda. Closing the scope kills all processes at once, without a SHUTDOWN event: call `shutdown` first if
 * the extensions need it.
 */
export class LambdaEmulator extends Context.Service<LambdaEmulator, LambdaEmulatorShape>()(
  "cache-extension/local/lambda/LambdaEmulator",
) {
  static readonly make = make
  static readonly layer = (options: LambdaEmulatorOptions): Layer.Layer<LambdaEmulator, EmulatorError> =>
    Layer.effect(LambdaEmulator, make(options))
}
