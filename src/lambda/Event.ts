/**
 * The events of `event/next`, decoded from the body alone: emulators of Lambda send SHUTDOWN without the headers of the service.
 *
 * Checked by hand, because the loop is part of each cold start, and Schema would be too.
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"

/** The function is invoked. */
export interface Invoke {
  readonly eventType: "INVOKE"
  /** When Lambda times the function out, in milliseconds since the epoch. */
  readonly deadlineMs: number
  readonly requestId: string
  /** X-Ray's header of the invoke. */
  readonly traceHeader?: string
}

/** The environment ends. Any reason is accepted, or none. */
export interface Shutdown {
  readonly eventType: "SHUTDOWN"
}

export type Event = Invoke | Shutdown

/** The value of X-Ray's header in `{type, value}`. Anything else is ignored. */
const traceHeaderOf = (tracing: unknown): string | undefined =>
  Predicate.hasProperty(tracing, "value") && typeof tracing.value === "string" ? tracing.value : undefined

/** Decodes the body of a reply. Fails with what is wrong, in words that quote nothing of it. */
export const decodeEvent = (body: string): Result.Result<Event, string> => {
  const found = Result.getOrUndefined(Result.try((): unknown => JSON.parse(body)))
  if (!Predicate.isObject(found)) return Result.fail("no JSON object")
  const { deadlineMs, eventType, requestId, tracing } = found
  if (eventType === "SHUTDOWN") return Result.succeed({ eventType })
  if (eventType !== "INVOKE") return Result.fail("eventType is neither INVOKE nor SHUTDOWN")
  if (typeof deadlineMs !== "number") return Result.fail("deadlineMs is no number")
  if (typeof requestId !== "string") return Result.fail("requestId is no text")
  const traceHeader = traceHeaderOf(tracing)
  return Result.succeed({
    eventType,
    deadlineMs,
    requestId,
    ...(traceHeader === undefined ? {} : { traceHeader }),
  })
}
