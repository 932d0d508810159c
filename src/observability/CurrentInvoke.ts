/**
 * The current invoke, for log lines and spans.
 *
 * The event loop sets it at INVOKE. There is none during INIT, after SHUTDOWN, or on Managed Instances, which do not announce
 * invokes.
 */
import * as Context from "effect/Context"
import * as MutableRef from "effect/MutableRef"

export interface CurrentInvokeShape {
  readonly requestId: string
  /** X-Ray's header of the invoke: `Root=...;Parent=...;Sampled=...`. */
  readonly traceHeader?: string
}

/** A mutable cell, because the logger reads it synchronously. */
export const CurrentInvoke = Context.Reference<MutableRef.MutableRef<CurrentInvokeShape | undefined>>(
  "cache-extension/observability/CurrentInvoke",
  { defaultValue: () => MutableRef.make(undefined) },
)
