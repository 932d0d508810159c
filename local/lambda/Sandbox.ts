/**
 * The state of one execution environment, from INIT to SHUTDOWN.
 *
 * Requests to the two APIs change it, the phases (init, invoke, shutdown) wait for changes. It is mutable and shared on
 * purpose, because it mirrors running processes and open polls.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { randomUUID } from "node:crypto"
import * as Condition from "./Condition.ts"
import {
  type EmulatorEventBody,
  type ExtensionEventType,
  type FunctionError,
  type LogLine,
  type ProcessKind,
  type ShutdownReason,
} from "./events.ts"
import { type Settings } from "./options.ts"
import { type ManagedProcess } from "./processes.ts"
import { type ExtensionState, type RuntimeState } from "./states.ts"
import { type Answer } from "./wire.ts"

/** A report to `/init/error` or `/exit/error`. */
export interface Reported {
  readonly via: "init-error" | "exit-error"
  readonly errorType: string
  readonly body: string
}

/** An extension: external (launched from the folder) or internal (registered from the runtime's process). */
export interface Extension {
  readonly name: string
  readonly id: string
  readonly internal: boolean
  state: ExtensionState
  events: ReadonlyArray<ExtensionEventType>
  /** Whether it has requested its first event, which completes its part of INIT. */
  polled: boolean
  reported: Reported | undefined
  process: ManagedProcess | undefined
  /** Pending events, as answers to `/event/next`. */
  readonly inbox: Queue.Queue<Answer>
}

/** What the function answered, and when (epoch milliseconds). */
export interface Outcome {
  readonly payload: string
  readonly functionError: FunctionError | undefined
  readonly at: number
}

export interface Invocation {
  readonly requestId: string
  readonly payload: string
  readonly deadlineMs: number
  /** `Root=...;Parent=...;Sampled=...`; undefined if tracing is off. */
  readonly traceId: string | undefined
  readonly clientContext: string | undefined
  readonly cognitoIdentity: string | undefined
  /** Used on Managed Instances, where several invocations run at a time. */
  state: RuntimeState
  outcome: Outcome | undefined
}

interface FunctionRuntime {
  state: RuntimeState
  polled: boolean
  reported: Reported | undefined
  process: ManagedProcess | undefined
  readonly inbox: Queue.Queue<Invocation>
}

/** Why an environment failed. */
export interface Fatal {
  readonly reason: Exclude<ShutdownReason, "spindown">
  readonly errorType: string
  readonly message: string
  /** The extension's name, or `function`. */
  readonly culprit?: string
  readonly reported?: Reported
}

export interface Sandbox {
  readonly generation: number
  readonly settings: Settings
  /** host:port of the emulator: AWS_LAMBDA_RUNTIME_API. */
  readonly api: string
  readonly extensions: Map<string, Extension>
  readonly runtime: FunctionRuntime
  /** Running invocations by request id: at most one, except on Managed Instances. */
  readonly invocations: Map<string, Invocation>
  /** Signalled after every change of the fields above. */
  readonly condition: Condition.Condition
  /** Fails with the first fatal event, which ends the running phase. */
  readonly failure: Deferred.Deferred<never, Fatal>
  /** Set when the shutdown begins. From then on an exit is not a crash. */
  shuttingDown: boolean
  frozen: boolean
  /** Set after an invoke failed or was interrupted: the environment must not be used again. */
  abandoned: boolean
  /** Wall clock in epoch milliseconds with fractions. */
  readonly now: () => number
  readonly record: (event: EmulatorEventBody) => void
  readonly print: (line: Omit<LogLine, "at">) => void
}

interface SandboxOptions extends Pick<
  Sandbox,
  "generation" | "settings" | "api" | "now" | "record" | "print"
> {}

export const make = (options: SandboxOptions): Effect.Effect<Sandbox> =>
  Effect.gen(function* () {
    const inbox = yield* Queue.unbounded<Invocation>()
    return {
      ...options,
      extensions: new Map(),
      runtime: { state: "Started", polled: false, reported: undefined, process: undefined, inbox },
      invocations: new Map(),
      condition: Condition.make(),
      failure: Deferred.makeUnsafe<never, Fatal>(),
      shuttingDown: false,
      frozen: false,
      abandoned: false,
    }
  })

export const addExtension = (sandbox: Sandbox, name: string, internal: boolean): Effect.Effect<Extension> =>
  Effect.map(Queue.unbounded<Answer>(), (inbox) => {
    const extension: Extension = {
      name,
      id: randomUUID(),
      internal,
      state: "Started",
      events: [],
      polled: false,
      reported: undefined,
      process: undefined,
      inbox,
    }
    sandbox.extensions.set(name, extension)
    return extension
  })

/** Fails the environment, unless it is shutting down. The first reason counts. */
export const fail = (sandbox: Sandbox, fatal: Fatal): void => {
  if (!sandbox.shuttingDown) Deferred.doneUnsafe(sandbox.failure, Effect.fail(fatal))
}

/** Waits until a predicate over the environment is true; fails with the environment. */
export const until = (sandbox: Sandbox, predicate: () => boolean): Effect.Effect<void, Fatal> =>
  Effect.raceFirst(Deferred.await(sandbox.failure), sandbox.condition.until(predicate))

interface NamedProcess {
  readonly kind: ProcessKind
  readonly name: string
  readonly process: ManagedProcess
}

/** The name of the function's process in events and logs. */
export const FUNCTION = "function"

/** All started processes, the runtime first. */
export const processesOf = (sandbox: Sandbox): ReadonlyArray<NamedProcess> => {
  const all: Array<NamedProcess> = []
  if (sandbox.runtime.process !== undefined) {
    all.push({ kind: "function", name: FUNCTION, process: sandbox.runtime.process })
  }
  for (const { name, process } of sandbox.extensions.values()) {
    if (process !== undefined) all.push({ kind: "extension", name, process })
  }
  return all
}

/** Signals a process group and records it. */
export const signal = (
  sandbox: Sandbox,
  { kind, name, process }: NamedProcess,
  signal: NodeJS.Signals,
): void => {
  process.signal(signal)
  sandbox.record({ type: "signalled", kind, name, signal })
}

/** Stops every process, as Lambda does between invokes. */
export const freeze = (sandbox: Sandbox): void => {
  if (sandbox.frozen || !sandbox.settings.freeze) return
  for (const { process } of processesOf(sandbox)) process.signal("SIGSTOP")
  sandbox.frozen = true
  sandbox.record({ type: "frozen" })
}

export const thaw = (sandbox: Sandbox): void => {
  if (!sandbox.frozen) return
  for (const { process } of processesOf(sandbox)) process.signal("SIGCONT")
  sandbox.frozen = false
  sandbox.record({ type: "thawed" })
}

/** Prints a log line of the platform. */
export const say = (sandbox: Sandbox, line: string): void =>
  sandbox.print({ source: "platform", name: "platform", channel: "stdout", line })
