/**
 * The Runtime API, server side: invocation/next, response, error, init/error.
 *
 * The checks are in Lambda's order: the request id (400), the runtime's state (403), the size of the response (413).
 * On Managed Instances each invocation has its own state.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import { type FunctionError } from "./events.ts"
import { MAX_RESPONSE_BYTES } from "./limits.ts"
import { type Invocation, type Sandbox, FUNCTION, fail } from "./Sandbox.ts"
import { type RuntimeMove, type RuntimeState, moveRuntime } from "./states.ts"
import { type Answer, type ApiRequest, type Refusal, accepted, header, refuse, text } from "./wire.ts"

const ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
const ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
const RESPONSE_MODE = "Lambda-Runtime-Function-Response-Mode"
const UNKNOWN_ERROR = "Runtime.Unknown"

/** The holder of a runtime state: the runtime, or on Managed Instances each invocation. */
interface StateHolder {
  state: RuntimeState
}

const stateHolder = (sandbox: Sandbox, invocation: Invocation): StateHolder =>
  sandbox.settings.managedInstances ? invocation : sandbox.runtime

const forbidMove = (holder: StateHolder, to: RuntimeState): Refusal =>
  refuse(
    403,
    "InvalidStateTransition",
    `State transition from ${holder.state} to ${to} failed for runtime. Error: State transition is not allowed`,
  )

const move = (sandbox: Sandbox, holder: StateHolder, by: RuntimeMove): void => {
  holder.state = moveRuntime(holder.state, by) ?? holder.state
  sandbox.condition.changed()
}

/** GET /runtime/invocation/next: answers with the next invocation, however long that takes. */
export const next = Effect.fnUntraced(function* (sandbox: Sandbox): Effect.fn.Return<Answer, Refusal> {
  const { runtime, settings } = sandbox
  if (moveRuntime(runtime.state, "next") === undefined) return yield* forbidMove(runtime, "Ready")
  runtime.polled = true
  sandbox.record({ type: "next", kind: "function", name: FUNCTION })
  move(sandbox, runtime, "next")
  if (runtime.state === "Running") {
    for (const current of sandbox.invocations.values()) return invocationAnswer(sandbox, current)
  }
  const invocation = yield* Queue.take(runtime.inbox)
  invocation.state = "Running"
  if (!settings.managedInstances) move(sandbox, runtime, "invoke")
  return invocationAnswer(sandbox, invocation)
})

const invocationAnswer = (sandbox: Sandbox, invocation: Invocation): Answer => {
  const optional = {
    "Lambda-Runtime-Trace-Id": invocation.traceId,
    "Lambda-Runtime-Client-Context": invocation.clientContext,
    "Lambda-Runtime-Cognito-Identity": invocation.cognitoIdentity,
  }
  const headers: Record<string, string> = {
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": invocation.requestId,
    "Lambda-Runtime-Deadline-Ms": String(invocation.deadlineMs),
    "Lambda-Runtime-Invoked-Function-Arn": sandbox.settings.functionArn,
  }
  for (const [name, value] of Object.entries(optional)) {
    if (value !== undefined) headers[name] = value
  }
  return text(200, invocation.payload, headers)
}

const findInvocation = ({ invocations }: Sandbox, { requestId }: ApiRequest) => {
  const invocation = invocations.get(requestId)
  return invocation === undefined
    ? Effect.fail(refuse(400, "InvalidRequestID", "Invalid request ID"))
    : Effect.succeed(invocation)
}

/** POST /runtime/invocation/{id}/response */
export const respond = Effect.fnUntraced(function* (
  sandbox: Sandbox,
  request: ApiRequest,
): Effect.fn.Return<Answer, Refusal> {
  const invocation = yield* findInvocation(sandbox, request)
  const holder = stateHolder(sandbox, invocation)
  if (moveRuntime(holder.state, "response") === undefined)
    return yield* forbidMove(holder, "InvocationResponse")
  move(sandbox, holder, "response")

  const mode = header(request, RESPONSE_MODE)
  if (mode !== "" && mode !== "streaming") {
    finish(sandbox, invocation, request, {
      payload: "",
      error: reportedError("Runtime.InvalidResponseModeHeader", ""),
    })
    return yield* refuse(400, "InvalidFunctionResponseMode", "Invalid function response mode")
  }
  if (request.bytes > MAX_RESPONSE_BYTES) {
    const type = "Function.ResponseSizeTooLarge"
    const message = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`
    const payload = JSON.stringify({ errorMessage: message, errorType: type })
    finish(sandbox, invocation, request, { payload, error: { type, message } })
    return yield* refuse(
      413,
      "RequestEntityTooLarge",
      `Exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
    )
  }
  finish(sandbox, invocation, request, { payload: request.body, error: trailerError(request) })
  return accepted
})

/** POST /runtime/invocation/{id}/error */
export const respondError = Effect.fnUntraced(function* (
  sandbox: Sandbox,
  request: ApiRequest,
): Effect.fn.Return<Answer, Refusal> {
  const invocation = yield* findInvocation(sandbox, request)
  const holder = stateHolder(sandbox, invocation)
  if (moveRuntime(holder.state, "error") === undefined) {
    return yield* forbidMove(holder, "InvocationErrorResponse")
  }
  move(sandbox, holder, "error")
  const error = reportedError(header(request, ERROR_TYPE), request.body)
  finish(sandbox, invocation, request, { payload: request.body, error })
  return accepted
})

/** Lambda knows an error of a runtime only by these categories: `GetValidRuntimeOrFunctionErrorType` of AWS's own emulator. */
const knownType = (type: string): string => {
  if (/^(Runtime|Function)\.[A-Z][A-Za-z]+$/.test(type)) return type
  return type.startsWith("Function.") ? "Function.Unknown" : UNKNOWN_ERROR
}

/** POST /runtime/init/error: recorded. The exit that follows ends the environment. */
export const initError = Effect.fnUntraced(function* (
  sandbox: Sandbox,
  request: ApiRequest,
): Effect.fn.Return<Answer, Refusal> {
  const { runtime, settings } = sandbox
  if (moveRuntime(runtime.state, "initError") === undefined) return yield* forbidMove(runtime, "InitError")
  const errorType = knownType(header(request, ERROR_TYPE))
  runtime.reported = { via: "init-error", errorType, body: request.body }
  sandbox.record({ type: "init-error", kind: "function", name: FUNCTION, errorType, body: request.body })
  move(sandbox, runtime, "initError")
  if (settings.function.kind === "attach") {
    // An attached runtime is not our process, so its exit is not seen.
    fail(sandbox, {
      reason: "failure",
      errorType: "Runtime.ExitError",
      message: "Runtime reported an init error",
      culprit: FUNCTION,
      reported: runtime.reported,
    })
  }
  return accepted
})

const finish = (
  sandbox: Sandbox,
  invocation: Invocation,
  request: ApiRequest,
  answer: { readonly payload: string; readonly error: FunctionError | undefined },
): void => {
  const at = sandbox.now()
  invocation.outcome = { payload: answer.payload, functionError: answer.error, at }
  sandbox.record({
    type: "response",
    requestId: invocation.requestId,
    bytes: request.bytes,
    failed: answer.error !== undefined,
  })
  move(sandbox, stateHolder(sandbox, invocation), "sent")
}

const ErrorBody = Schema.fromJsonString(
  Schema.Struct({
    errorType: Schema.optionalKey(Schema.NullOr(Schema.String)),
    errorMessage: Schema.optionalKey(Schema.NullOr(Schema.String)),
  }),
)
const decodeErrorBody = Schema.decodeUnknownOption(ErrorBody)

/** The error that a runtime reports: from the body, with the type in the header as fallback. */
export const reportedError = (headerType: string, body: string): FunctionError => {
  const parsed = Option.getOrElse(decodeErrorBody(body), () => ({ errorType: null, errorMessage: null }))
  return {
    type: parsed.errorType ?? (headerType || UNKNOWN_ERROR),
    message: parsed.errorMessage ?? "",
  }
}

/** The error in the trailers of an aborted streamed response. */
const trailerError = (request: ApiRequest): FunctionError | undefined => {
  const type = request.trailers[ERROR_TYPE.toLowerCase()]
  if (type === undefined) return undefined
  const encoded = request.trailers[ERROR_BODY.toLowerCase()] ?? ""
  return reportedError(type, Buffer.from(encoded, "base64").toString("utf8"))
}
