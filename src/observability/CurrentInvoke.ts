/**
 * The invoke that is going on, for whoever tells what happens meanwhile: log lines and spans.
 *
 * The event loop sets it when INVOKE comes. There is none in INIT, nor after SHUTDOWN, nor on Managed Instances,
 * which do not announce invokes.
 */
import * as Context from "effect/Context"
import * as MutableRef from "effect/MutableRef"

export interface CurrentInvokeShape {
  readonly requestId: string
  /** X-Ray's header of the invoke: `Root=...;Parent=...;Sampled=...`. */
  readonly traceHeader?: string
}

/** A cell, because the logger must read it within the call that logs. */
export const CurrentInvoke = Context.Reference<MutableRef.MutableRef<CurrentInvokeShape | undefined>>(
  "cache-extension/observability/CurrentInvoke",
  { defaultValue: () => MutableRef.make(undefined) },
)
