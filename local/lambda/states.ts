/**
 * The state machines of an extension and of a runtime, as tables.
 *
 * The APIs refuse a request that has no transition in the table. States and transitions are those of AWS's runtime
 * interface emulator (core/externalagent_states.go, core/states.go). Pure.
 */

export type ExtensionState =
  | "Started"
  | "Registered"
  | "Ready"
  | "Running"
  | "InitError"
  | "ExitError"
  | "ShutdownFailed"
  | "Exited"
  | "LaunchError"

/** `next` is a poll that arrives, `event` an event handed to the poll. */
export type ExtensionMove =
  | "register"
  | "next"
  | "event"
  | "initError"
  | "exitError"
  | "exited"
  | "shutdownFailed"
  | "launchError"

export type RuntimeState =
  | "Started"
  | "Ready"
  | "Running"
  | "InvocationResponse"
  | "InvocationErrorResponse"
  | "ResponseSent"
  | "InitError"

/** `invoke` is an invocation handed to the poll; `response` and `error` begin a reply, `sent` ends it. */
export type RuntimeMove = "next" | "invoke" | "response" | "error" | "sent" | "initError"

type Table<State extends string, Move extends string> = {
  readonly [S in State]: { readonly [M in Move]?: State }
}

const EXTENSION: Table<ExtensionState, ExtensionMove> = {
  Started: { register: "Registered", launchError: "LaunchError" },
  Registered: { next: "Ready", initError: "InitError", exitError: "ExitError" },
  Ready: { event: "Running", exitError: "ExitError" },
  Running: { next: "Ready", exitError: "ExitError", exited: "Exited", shutdownFailed: "ShutdownFailed" },
  // The first report counts; a repeated one is accepted and ignored.
  InitError: { initError: "InitError" },
  ExitError: { exitError: "ExitError" },
  ShutdownFailed: {},
  Exited: {},
  LaunchError: {},
}

const RUNTIME: Table<RuntimeState, RuntimeMove> = {
  Started: { next: "Ready", initError: "InitError" },
  Ready: { next: "Ready", invoke: "Running" },
  // A runtime that polls again before it has answered is handed the same invocation again.
  Running: { next: "Running", response: "InvocationResponse", error: "InvocationErrorResponse" },
  InvocationResponse: { sent: "ResponseSent" },
  InvocationErrorResponse: { sent: "ResponseSent" },
  ResponseSent: { next: "Ready" },
  InitError: {},
}

/** The state after a move of an extension; `undefined` where the move is not allowed. */
export const moveExtension = (state: ExtensionState, move: ExtensionMove): ExtensionState | undefined =>
  EXTENSION[state][move]

/** The state after a move of a runtime; `undefined` where the move is not allowed. */
export const moveRuntime = (state: RuntimeState, move: RuntimeMove): RuntimeState | undefined =>
  RUNTIME[state][move]
