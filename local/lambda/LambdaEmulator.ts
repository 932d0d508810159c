/**
 * A Lambda execution environment on this machine: the service of this folder.
 *
 * Opens AWS_LAMBDA_RUNTIME_API, runs extensions and a function as real processes behind it, and takes them
 * through init, invoke, freeze and shutdown as the service does. A failed environment is shut down and made
 * anew by the next invoke. Needs the live clock: processes do not wait for a test's.
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
import { type InvokeOptions, initErrorOf, invoke as invokePhase, timedOut } from "./invoke.ts"
import * as Journal from "./Journal.ts"
import { type LambdaEmulatorOptions, settingsOf } from "./options.ts"
import { type Refused, routes } from "./routes.ts"
import * as Sandboxes from "./Sandbox.ts"
import { kill, shutdown as shutdownPhase } from "./shutdown.ts"
import { refuse } from "./wire.ts"

const LOOPBACK = "127.0.0.1"

/** A process that the emulator has started and that has not ended. */
export interface ProcessInfo {
  readonly kind: ProcessKind
  /** The extension's name, or `function`. */
  readonly name: string
  /** Also the id of its process group. */
  readonly pid: number
}

export interface LambdaEmulatorShape {
  /** `host:port`: what the processes find as AWS_LAMBDA_RUNTIME_API. */
  readonly address: string
  /**
   * The INIT phase, once; the same environment is kept until it fails or is shut down. Succeeds with the
   * duration in milliseconds, then the environment is frozen.
   */
  readonly init: Effect.Effect<number, InitFailed | EmulatorError>
  /**
   * Invokes the function with a JSON value, after INIT where that is still to do. One at a time, except under
   * Managed Instances. An INIT that fails is tried once more inside the invoke, as in the service. After a
   * timeout or a crash the environment has been shut down when this returns.
   */
  readonly invoke: (payload?: unknown, options?: InvokeOptions) => Effect.Effect<InvokeResult, EmulatorError>
  /**
   * Ends the environment, if there is one. The next invoke makes a new one: with an INIT phase of its own after
   * `spindown` (the default), on the function's time after `timeout` and `failure`.
   */
  readonly shutdown: (reason?: ShutdownReason) => Effect.Effect<ShutdownReport>
  /** What happened, oldest first, over all environments. */
  readonly events: Journal.Journal<EmulatorEvent>
  /** What the processes printed and the platform said. */
  readonly logs: Journal.Journal<LogLine>
  /** The running processes of the present environment. */
  readonly processes: Effect.Effect<ReadonlyArray<ProcessInfo>>
  /** Sends a signal to the group of an extension (by name) or of the `function`. */
  readonly signal: (name: string, signal: NodeJS.Signals) => Effect.Effect<void>
  /** SIGSTOP to a process's group, apart from the freeze between invokes. */
  readonly pause: (name: string) => Effect.Effect<void>
  readonly resume: (name: string) => Effect.Effect<void>
}

const make = (
  options: LambdaEmulatorOptions,
): Effect.Effect<LambdaEmulatorShape, EmulatorError, Scope.Scope> =>
  Effect.gen(function* () {
    const settings = settingsOf(options)
    const clock = yield* Clock.Clock
    const now = () => Number(clock.currentTimeNanosUnsafe()) / 1e6
    const events = Journal.make<EmulatorEvent>()
    const logs = Journal.make<LogLine>()
    // One at a time: makes, uses and ends the environment.
    const turn = yield* Semaphore.make(1)
    const arrival = Condition.make()
    // Managed Instances take turns only to make and to end the environment; otherwise a whole invoke is one turn.
    const takeTurn = Semaphore.withPermit(turn)
    const exclusively = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      settings.managedInstances ? takeTurn(effect) : effect
    let generation = 0
    // The next environment begins with an INIT phase of its own; after a failure it is made inside the invoke.
    let coldStart = true
    let sandbox: Sandboxes.Sandbox | undefined
    let initDuration: number | undefined

    yield* Effect.addFinalizer(() => Effect.sync(() => [events, logs].forEach(({ close }) => close())))
    const current = Effect.gen(function* () {
      // An attached runtime may be there before its environment is.
      if (settings.function.kind === "attach") yield* arrival.until(() => sandbox !== undefined)
      return sandbox ?? (yield* refuse(500, "InternalServerError", "Internal Server Error"))
    })
    const onRefused = (refused: Refused) =>
      events.append({ type: "refused", ...refused, at: now(), generation })
    // A poll may wait for ever, so no timeout of node's applies.
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

    /** A new environment, after INIT within the given limit. What fails, or is interrupted, is cleared away. */
    const begin = (initTimeout: Duration.Duration) =>
      Effect.gen(function* () {
        const made = ++generation
        const fresh = yield* Sandboxes.make({
          generation: made,
          settings: { ...settings, initTimeout },
          api: address,
          now,
          record: (event) => events.append({ ...event, at: now(), generation: made }),
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
      const begun = yield* begin(settings.initTimeout)
      Sandboxes.freeze(begun.sandbox)
      return begun.durationMs
    })

    interface Ready {
      readonly sandbox: Sandboxes.Sandbox
      readonly startedAt: number
      readonly init: number | undefined
    }
    /** The environment for an invoke: the present one, or a new one after at most two attempts at INIT. */
    const ready: Effect.Effect<Ready, InitFailed | EmulatorError> = Effect.gen(function* () {
      if (sandbox?.abandoned === true) yield* end("failure")
      if (sandbox !== undefined) return { sandbox, startedAt: now(), init: undefined }
      if (coldStart) {
        const first = yield* Effect.result(begin(settings.initTimeout))
        if (Result.isSuccess(first)) {
          return { sandbox: first.success.sandbox, startedAt: now(), init: first.success.durationMs }
        }
      }
      // Inside the invoke, so on the function's time.
      const startedAt = now()
      const begun = yield* begin(settings.timeout)
      return { sandbox: begun.sandbox, startedAt, init: begun.durationMs }
    })

    const failedInit = (requestId: string, startedAt: number, failed: InitFailed): InvokeResult => {
      const total = now() - startedAt
      const timeout = timedOut(Duration.toMillis(settings.timeout))
      const isTimeout = failed.errorType === timeout.errorType
      return {
        requestId,
        payload: undefined,
        functionError: initErrorOf(requestId, isTimeout ? timeout : failed),
        durations: { response: undefined, total, billed: Math.ceil(total), init: total },
      }
    }

    const invoke = (payload: unknown = {}, invokeOptions: InvokeOptions = {}) =>
      Effect.gen(function* () {
        const requestId = invokeOptions.requestId ?? randomUUID()
        const calledAt = now()
        const prepared = yield* exclusively(ready).pipe(
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
          // Of several invokes that failed together, the first ends the environment.
          yield* exclusively(
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
      init: takeTurn(init),
      invoke: (payload, invokeOptions) =>
        settings.managedInstances ? invoke(payload, invokeOptions) : takeTurn(invoke(payload, invokeOptions)),
      shutdown: (reason = "spindown") => takeTurn(end(reason)),
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
 * The local Lambda. Closing the scope kills everything it has started, at once and without SHUTDOWN: call
 * `shutdown` first where that matters.
 */
export class LambdaEmulator extends Context.Service<LambdaEmulator, LambdaEmulatorShape>()(
  "cache-extension/local/lambda/LambdaEmulator",
) {
  static readonly make = make
  static readonly layer = (options: LambdaEmulatorOptions): Layer.Layer<LambdaEmulator, EmulatorError> =>
    Layer.effect(LambdaEmulator, make(options))
}
