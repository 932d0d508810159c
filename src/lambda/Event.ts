/**
 * The events of `event/next`, decoded from the body alone: emulators of Lambda send SHUTDOWN without the headers of the service.
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/** The function is invoked. `deadlineMs` is when Lambda times it out, in milliseconds since the epoch. */
export const Invoke = Schema.Struct({
  eventType: Schema.Literal("INVOKE"),
  deadlineMs: Schema.Finite,
  requestId: Schema.String,
  /** X-Ray's header of the invoke, `{type, value}`. Anything else is ignored. */
  tracing: Schema.optionalKey(Schema.Unknown),
})
export type Invoke = typeof Invoke.Type

/** The value of X-Ray's header, if there is one. */
export const traceHeaderOf = ({ tracing }: Invoke): string | undefined =>
  Predicate.hasProperty(tracing, "value") && typeof tracing.value === "string" ? tracing.value : undefined

/** The environment ends. Any reason is accepted, or none. */
const Shutdown = Schema.Struct({
  eventType: Schema.Literal("SHUTDOWN"),
  shutdownReason: Schema.optionalKey(Schema.String),
})

export const Event = Schema.fromJsonString(Schema.Union([Invoke, Shutdown]))
export type Event = typeof Event.Type
