/**
 * The INVOKE phase: the event goes to the runtime and the registered extensions at the same time. The phase ends when all
 * of them have requested the next event; then the environment freezes.
 *
 * The function timeout covers the whole phase. A failed invoke is a result, not an error. If `fatal` is set,
 * `LambdaEmulator` ends the environment.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { randomBytes, randomUUID } from "node:crypto"
import { type FunctionError, type InvokeResult } from "./events.ts"
import { reportedError } from "./RuntimeApi.ts"
import { type Fatal, type Invocation, type Sandbox, fail, freeze, say, thaw, until } from "./Sandbox.ts"
import { type Answer, json } from "./wire.ts"

export interface InvokeOptions {
  readonly requestId?: string
  /** `X-Amzn-Trace-Id`. Default: a new root, not sampled. */
  readonly traceId?: string
  /** JSON, as in the `X-Amz-Client-Context` of an Invoke call after decoding. */
  readonly clientContext?: string
  /** JSON. */
  readonly cognitoIdentity?: string
}

/** An invoke with all defaults. */
export interface Call {
  readonly payload: string
  readonly options: InvokeOptions
  readonly requestId: string
  /** Start of the function timeout, in epoch milliseconds. */
  readonly startedAt: number
  /** Duration of the INIT inside this invoke, in milliseconds; undefined if there was none. */
  readonly init: number | undefined
  /** The function timeout in milliseconds. */
  readonly timeoutMs: number
}

interface Finished {
  readonly result: InvokeResult
  /** Set if the environment must be shut down and replaced. */
  readonly fatal: Fatal | undefined
}

/** Runs one invocation in an environment that is ready, or on Managed Instances possibly busy with others. */
export const invoke = (sandbox: Sandbox, call: Call): Effect.Effect<Finished> =>
  Effect.gen(function* () {
    thaw(sandbox)
    const invocation = newInvocation(sandbox, call)
    const { deadlineMs, requestId } = invocation
    sandbox.invocations.set(requestId, invocation)
    say(sandbox, `START RequestId: ${requestId} Version: ${sandbox.settings.functionVersion}`)
    sandbox.record({ type: "invoke", requestId, deadlineMs })

    const fatal = yield* deliver(sandbox, invocation).pipe(
      Effect.andThen(until(sandbox, () => isOver(sandbox, invocation))),
      Effect.timeoutOrElse({
        duration: Math.max(0, call.startedAt + call.timeoutMs - sandbox.now()),
        orElse: () => Effect.fail(timeoutError(call.timeoutMs)),
      }),
      Effect.matchEffect({
        onFailure: (fatal) => Effect.succeed(fatal),
        onSuccess: () => Effect.succeed(undefined),
      }),
      Effect.onInterrupt(() =>
        Effect.sync(() => {
          sandbox.abandoned = true
        }),
      ),
      Effect.ensuring(Effect.sync(() => sandbox.invocations.delete(requestId))),
    )
    const result = makeResult(sandbox, call, invocation, fatal)
    report(sandbox, result, fatal)
    if (fatal === undefined) {
      freeze(sandbox)
    } else {
      sandbox.abandoned = true
      // On Managed Instances this also ends the other invocations.
      fail(sandbox, fatal)
    }
    return { result, fatal }
  })

const newInvocation = (sandbox: Sandbox, call: Call): Invocation => {
  const { clientContext, cognitoIdentity, traceId } = call.options
  return {
    requestId: call.requestId,
    payload: call.payload,
    deadlineMs: Math.floor(call.startedAt + call.timeoutMs),
    traceId: traceId ?? (sandbox.settings.tracing ? newTraceId(sandbox.now()) : undefined),
    clientContext,
    cognitoIdentity,
    state: "Ready",
    outcome: undefined,
  }
}

/** X-Ray's format: `Root=1-<epoch seconds in hex>-<96 random bits in hex>`. */
const newTraceId = (nowMs: number): string => {
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, "0")
  const hex = (bytes: number) => randomBytes(bytes).toString("hex")
  return `Root=1-${seconds}-${hex(12)};Parent=${hex(8)};Sampled=0`
}

const deliver = (sandbox: Sandbox, invocation: Invocation): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (const extension of sandbox.extensions.values()) {
      if (!extension.events.includes("INVOKE")) continue
      // Running from now on: an open poll that has not taken this event yet must not count as the next poll.
      extension.state = "Running"
      yield* Queue.offer(extension.inbox, invokeEvent(sandbox, invocation))
    }
    yield* Queue.offer(sandbox.runtime.inbox, invocation)
  })

const invokeEvent = (sandbox: Sandbox, invocation: Invocation): Answer => {
  const { deadlineMs, requestId, traceId } = invocation
  const tracing = traceId === undefined ? {} : { tracing: { type: "X-Amzn-Trace-Id", value: traceId } }
  const invokedFunctionArn = sandbox.settings.functionArn
  return json(
    200,
    { eventType: "INVOKE", deadlineMs, requestId, invokedFunctionArn, ...tracing },
    { "Lambda-Extension-Event-Identifier": randomUUID() },
  )
}

const isOver = (sandbox: Sandbox, invocation: Invocation): boolean => {
  if (invocation.outcome === undefined) return false
  if (sandbox.settings.managedInstances) return true
  return (
    sandbox.runtime.state === "Ready" &&
    [...sandbox.extensions.values()].every(
      ({ events, state }) => !events.includes("INVOKE") || state === "Ready",
    )
  )
}

export const timeoutError = (timeoutMs: number): Fatal => ({
  reason: "timeout",
  errorType: "Sandbox.Timedout",
  message: `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
})

/** The error that the caller gets after a crash or a timeout. */
const crashError = (requestId: string, fatal: Pick<Fatal, "errorType" | "message">): FunctionError => ({
  type: fatal.errorType,
  message: `RequestId: ${requestId} Error: ${fatal.message}`,
})

/** The error that the caller gets if INIT failed inside the invoke: the runtime's own report to init/error, if any. */
export const initError = (
  requestId: string,
  failed: {
    readonly errorType: string
    readonly message: string
    readonly culprit?: string
    readonly reported?: { readonly errorType: string; readonly body: string }
  },
): FunctionError =>
  failed.errorType.startsWith("Runtime.") && failed.reported !== undefined
    ? reportedError(failed.reported.errorType, failed.reported.body)
    : crashError(requestId, failed)

/** An error that the caller has already got stays, even if the runtime then ends, as AWS's for Python does after a 413. */
const errorFor = (outcome: Invocation["outcome"], fatal: Fatal | undefined, requestId: string) =>
  fatal === undefined || outcome?.functionError !== undefined
    ? outcome?.functionError
    : crashError(requestId, fatal)

const makeResult = (
  sandbox: Sandbox,
  call: Call,
  invocation: Invocation,
  fatal: Fatal | undefined,
): InvokeResult => {
  const { outcome, requestId } = invocation
  const total = sandbox.now() - call.startedAt
  return {
    requestId,
    payload: outcome?.payload,
    functionError: errorFor(outcome, fatal, requestId),
    durations: {
      response: outcome === undefined ? undefined : outcome.at - call.startedAt,
      total,
      billed: Math.ceil(total + (call.init ?? 0)),
      init: call.init,
    },
  }
}

const report = (sandbox: Sandbox, result: InvokeResult, fatal: Fatal | undefined): void => {
  const { durations, requestId } = result
  say(sandbox, `END RequestId: ${requestId}`)
  const init = durations.init === undefined ? "" : ` Init Duration: ${durations.init.toFixed(2)} ms`
  const status = fatal === undefined ? "" : ` Status: ${fatal.reason === "timeout" ? "timeout" : "error"}`
  say(
    sandbox,
    `REPORT RequestId: ${requestId} Duration: ${durations.total.toFixed(2)} ms ` +
      `Billed Duration: ${durations.billed} ms Memory Size: ${sandbox.settings.memorySize} MB${init}${status}`,
  )
  sandbox.record(
    fatal === undefined
      ? { type: "invoke-done", requestId }
      : { type: "invoke-failed", requestId, errorType: fatal.errorType },
  )
}
