/**
 * What the emulator tells: events of the environment's life, lines of its processes, results of invokes.
 *
 * Tests wait on events and benches subtract their times, so every step that the Lambda contract names is one.
 */

/** The kinds of event that an extension may register for. */
export type ExtensionEventType = "INVOKE" | "SHUTDOWN"

/** Why an environment ends. The service's own words; the documentation prints them in upper case. */
export type ShutdownReason = "spindown" | "timeout" | "failure"

export type InitializationType =
  | "on-demand"
  | "provisioned-concurrency"
  | "snap-start"
  | "lambda-managed-instances"

/** Which of the environment's processes: an extension (by name) or the function's runtime. */
export type ProcessKind = "extension" | "function"

export type EmulatorEventBody =
  | { readonly type: "init-started" }
  /** Just before the file is executed: the point from which an extension's way to register is measured. */
  | { readonly type: "extension-starting"; readonly name: string }
  | { readonly type: "extension-launched"; readonly name: string; readonly pid: number }
  | {
      readonly type: "launch-failed"
      readonly kind: ProcessKind
      readonly name: string
      readonly message: string
    }
  | {
      readonly type: "registered"
      readonly name: string
      readonly extensionId: string
      readonly internal: boolean
      readonly events: ReadonlyArray<ExtensionEventType>
      /** The request body as it was sent. */
      readonly body: string
    }
  | { readonly type: "runtime-started"; readonly pid: number | undefined }
  /** A poll: `/event/next` of an extension, `/invocation/next` of the runtime. */
  | { readonly type: "next"; readonly kind: ProcessKind; readonly name: string }
  | ErrorReport<"init-error">
  | ErrorReport<"exit-error">
  | { readonly type: "init-done"; readonly durationMs: number }
  | { readonly type: "init-failed"; readonly errorType: string; readonly errorMessage: string }
  | { readonly type: "invoke"; readonly requestId: string; readonly deadlineMs: number }
  /** The function answered: `failed` when by `/error`. */
  | {
      readonly type: "response"
      readonly requestId: string
      readonly bytes: number
      readonly failed: boolean
    }
  | { readonly type: "invoke-done"; readonly requestId: string }
  | { readonly type: "invoke-failed"; readonly requestId: string; readonly errorType: string }
  | { readonly type: "frozen" }
  | { readonly type: "thawed" }
  | { readonly type: "shutdown-started"; readonly reason: ShutdownReason }
  | {
      readonly type: "shutdown-sent"
      readonly name: string
      readonly reason: ShutdownReason
      readonly deadlineMs: number
    }
  | { readonly type: "shutdown-done"; readonly reason: ShutdownReason }
  | {
      readonly type: "signalled"
      readonly kind: ProcessKind
      readonly name: string
      readonly signal: NodeJS.Signals
    }
  | {
      readonly type: "exited"
      readonly kind: ProcessKind
      readonly name: string
      readonly pid: number
      readonly code: number | null
      readonly signal: NodeJS.Signals | null
    }
  | { readonly type: "subscribed"; readonly api: "telemetry" | "logs"; readonly extensionId: string }
  /** A request that was not answered with 2xx. */
  | {
      readonly type: "refused"
      readonly method: string
      readonly path: string
      readonly status: number
      readonly errorType: string | undefined
    }

/** `/init/error` or `/exit/error`, with the type from the header and the body as it was sent. */
interface ErrorReport<Type extends string> {
  readonly type: Type
  readonly kind: ProcessKind
  readonly name: string
  readonly errorType: string
  readonly body: string
}

/** An event, when it happened (epoch milliseconds with fractions) and in which environment (1, 2, ... after re-inits). */
export type EmulatorEvent = EmulatorEventBody & { readonly at: number; readonly generation: number }

/** The events of one type. */
export type EventOf<Type extends EmulatorEvent["type"]> = Extract<EmulatorEvent, { readonly type: Type }>

/** A guard for `events.waitFor`: `waitFor(isEvent("registered"))`, or with a condition on the event. */
export const isEvent =
  <Type extends EmulatorEvent["type"]>(type: Type, condition?: (event: EventOf<Type>) => boolean) =>
  (event: EmulatorEvent): event is EventOf<Type> =>
    event.type === type && (condition === undefined || condition(event as EventOf<Type>))

/** One line that a process printed, or that the platform says (START, END, REPORT and the like). */
export interface LogLine {
  readonly source: ProcessKind | "platform"
  readonly name: string
  readonly channel: "stdout" | "stderr"
  readonly line: string
  /** Epoch milliseconds with fractions. */
  readonly at: number
}

/** What `errorType` and `errorMessage` of a failed invoke say. */
export interface FunctionError {
  readonly type: string
  readonly message: string
}

/** What the caller of a function gets, and what it cost. Durations in milliseconds. */
export interface InvokeResult {
  readonly requestId: string
  /** What the function answered; absent if it never did. An error reply of the function is its payload too. */
  readonly payload: string | undefined
  /** Set when the invoke failed: by the function's own error, a crash, or the timeout. */
  readonly functionError: FunctionError | undefined
  readonly durations: {
    /** Until the function had answered: what the caller waits. */
    readonly response: number | undefined
    /** Until runtime and extensions were all ready again: what is billed. */
    readonly total: number
    /** `total`, and the init that this invoke had to do, rounded up to the next millisecond. */
    readonly billed: number
    /** The init that this invoke had to do first. */
    readonly init: number | undefined
  }
}

/** How one extension left. */
export interface ExtensionExit {
  readonly name: string
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Milliseconds from the start of the shutdown to the exit. */
  readonly ms: number
  /** The emulator had to end it: it did not subscribe to SHUTDOWN, or it was alive at the deadline. */
  readonly killed: boolean
}

export interface ShutdownReport {
  readonly reason: ShutdownReason
  readonly durationMs: number
  readonly extensions: ReadonlyArray<ExtensionExit>
}
