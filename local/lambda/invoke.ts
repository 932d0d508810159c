/**
 * The INVOKE phase: the event goes to the subscribed extensions and the runtime together, and the phase lasts
 * until the runtime and every subscriber have asked for the next one. Then the environment freezes.
 *
 * The function timeout covers all of it. A failed invoke is a result here; what becomes of the environment is
 * the emulator's business, which finds the cause in `fatal`.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { randomBytes, randomUUID } from "node:crypto"
import { type FunctionError, type InvokeResult } from "./events.ts"
import { errorOf } from "./RuntimeApi.ts"
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

/** What a caller gave, completed. */
export interface Call {
  readonly payload: string
  readonly options: InvokeOptions
  readonly requestId: string
  /** Epoch milliseconds from which the function timeout runs. */
  readonly startedAt: number
  /** Milliseconds of the init that this call had to do first. */
  readonly init: number | undefined
  /** Milliseconds of the function timeout. */
  readonly timeoutMs: number
}

export interface Finished {
  readonly result: InvokeResult
  /** Set when the environment must be shut down and made anew. */
  readonly fatal: Fatal | undefined
}

/** Runs one invocation in an environment that is ready (or, under Managed Instances, busy with others). */
export const invoke = (sandbox: Sandbox, call: Call): Effect.Effect<Finished> =>
  Effect.gen(function* () {
    thaw(sandbox)
    const invocation = invocationOf(sandbox, call)
    const { deadlineMs, requestId } = invocation
    sandbox.invocations.set(requestId, invocation)
    say(sandbox, `START RequestId: ${requestId} Version: ${sandbox.settings.functionVersion}`)
    sandbox.record({ type: "invoke", requestId, deadlineMs })

    const fatal = yield* deliver(sandbox, invocation).pipe(
      Effect.andThen(until(sandbox, () => isOver(sandbox, invocation))),
      Effect.timeoutOrElse({
        duration: Math.max(0, call.startedAt + call.timeoutMs - sandbox.now()),
        orElse: () => Effect.fail(timedOut(call.timeoutMs)),
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
    const result = resultOf(sandbox, call, invocation, fatal)
    report(sandbox, result, fatal)
    if (fatal === undefined) {
      freeze(sandbox)
    } else {
      sandbox.abandoned = true
      // Under Managed Instances this also ends the other invocations of the environment.
      fail(sandbox, fatal)
    }
    return { result, fatal }
  })

const invocationOf = (sandbox: Sandbox, call: Call): Invocation => {
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

/** `Root=1-<seconds in hex>-<96 random bits>`, as X-Ray defines it. */
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
      // Running from here on, so that a poll that has yet to pick the event up does not count as the next one.
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

export const timedOut = (timeoutMs: number): Fatal => ({
  reason: "timeout",
  errorType: "Sandbox.Timedout",
  message: `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
})

/** How a fatal end looks to the caller; a runtime that explained itself by init/error is quoted. */
export const functionErrorOf = (
  requestId: string,
  fatal: Pick<Fatal, "errorType" | "message">,
): FunctionError => ({
  type: fatal.errorType,
  message: `RequestId: ${requestId} Error: ${fatal.message}`,
})

/** As above, for an INIT that failed inside an invoke. */
export const initErrorOf = (
  requestId: string,
  failed: {
    readonly errorType: string
    readonly message: string
    readonly culprit?: string
    readonly reported?: { readonly errorType: string; readonly body: string }
  },
): FunctionError =>
  failed.errorType.startsWith("Runtime.") && failed.reported !== undefined
    ? errorOf(failed.reported.errorType, failed.reported.body)
    : functionErrorOf(requestId, failed)

const resultOf = (
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
    functionError: fatal === undefined ? outcome?.functionError : functionErrorOf(requestId, fatal),
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
