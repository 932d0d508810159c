/**
 * What the emulator reports: events of the environment, log lines, results of invokes.
 *
 * Every step of Lambda's lifecycle is an event, because tests wait for them and benches measure between them.
 */

/** The kinds of event that an extension may register for. */
export type ExtensionEventType = "INVOKE" | "SHUTDOWN"

/** Why an environment ends, as Lambda sends it; its documentation has the names in upper case. */
export type ShutdownReason = "spindown" | "timeout" | "failure"

export type InitializationType =
  | "on-demand"
  | "provisioned-concurrency"
  | "snap-start"
  | "lambda-managed-instances"

/** The kind of a process: an extension or the function's runtime. */
export type ProcessKind = "extension" | "function"

export type EmulatorEventBody =
  | { readonly type: "init-started" }
  /** Just before the file is executed. The time to `registered` is measured from here. */
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
  /** The function answered; `failed` if it called `/error`. */
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

/** An event with its time (epoch milliseconds with fractions) and the number of its environment (from 1). */
export type EmulatorEvent = EmulatorEventBody & { readonly at: number; readonly generation: number }

/** The events of one type. */
type EventOf<Type extends EmulatorEvent["type"]> = Extract<EmulatorEvent, { readonly type: Type }>

/** A guard for `events.waitFor`: `waitFor(isEvent("registered"))`, or with a condition on the event. */
export const isEvent =
  <Type extends EmulatorEvent["type"]>(type: Type, condition?: (event: EventOf<Type>) => boolean) =>
  (event: EmulatorEvent): event is EventOf<Type> =>
    event.type === type && (condition === undefined || condition(event as EventOf<Type>))

/** One line of output of a process, or of the platform (START, END, REPORT and others). */
export interface LogLine {
  readonly source: ProcessKind | "platform"
  readonly name: string
  readonly channel: "stdout" | "stderr"
  readonly line: string
  /** Epoch milliseconds with fractions. */
  readonly at: number
}

/** `errorType` and `errorMessage` of a failed invoke. */
export interface FunctionError {
  readonly type: string
  readonly message: string
}

/** The result of an invoke. Durations in milliseconds. */
export interface InvokeResult {
  readonly requestId: string
  /** The function's response, or its error object; undefined if it never answered. */
  readonly payload: string | undefined
  /** Set if the invoke failed: by an error of the function, a crash, or the timeout. */
  readonly functionError: FunctionError | undefined
  readonly durations: {
    /** Until the function answered. */
    readonly response: number | undefined
    /** Until the runtime and all extensions were ready again. */
    readonly total: number
    /** `total` and `init`, rounded up to the next millisecond. */
    readonly billed: number
    /** The INIT inside this invoke; undefined if there was none. */
    readonly init: number | undefined
  }
}

/** How an extension ended. */
export interface ExtensionExit {
  readonly name: string
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Milliseconds from the start of the shutdown to the exit. */
  readonly ms: number
  /** Ended by SIGKILL: it had not registered for SHUTDOWN, or was still running at the deadline. */
  readonly killed: boolean
}

export interface ShutdownReport {
  readonly reason: ShutdownReason
  readonly durationMs: number
  readonly extensions: ReadonlyArray<ExtensionExit>
}
