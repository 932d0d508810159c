/**
 * The loop on event/next: INVOKE goes to `Lifecycle`, SHUTDOWN ends the program.
 *
 * The first call to `next` tells Lambda that the extension is ready. The call has no time-out, because the environment may
 * be frozen while it waits.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as MutableRef from "effect/MutableRef"
import * as Schedule from "effect/Schedule"
import * as Result from "effect/Result"
import { MAX_HOLD, Lifecycle } from "./Lifecycle.ts"
import { CurrentInvoke } from "../observability/CurrentInvoke.ts"
import { fromInvoke } from "../observability/traceContext.ts"
import { Tracing } from "../observability/Tracing.ts"
import { decodeEvent, type Invoke } from "./Event.ts"
import { ExtensionsApi, ExtensionsApiError, type Registration } from "./ExtensionsApi.ts"
import { Reporter } from "./Reporter.ts"

/** Retries `next` on a new connection if the old one broke, for instance in a freeze. */
const RECONNECTS = Schedule.exponential("50 millis").pipe(Schedule.upTo({ times: 3 }))

/** The longest time an INVOKE is held open for spans to be sent, in milliseconds. */
const MAX_FLUSH = 100

export class EventLoop extends Context.Service<
  EventLoop,
  {
    /** Handles events until SHUTDOWN; for ever if there are none. */
    readonly run: (registration: Registration) => Effect.Effect<void, ExtensionsApiError>
  }
>()("cache-extension/lambda/EventLoop") {
  static readonly layer: Layer.Layer<EventLoop, never, ExtensionsApi | Lifecycle | Reporter> = Layer.effect(
    EventLoop,
    Effect.gen(function* () {
      const api = yield* ExtensionsApi
      const lifecycle = yield* Lifecycle
      const reporter = yield* Reporter
      const tracing = yield* Tracing
      const currentInvoke = yield* CurrentInvoke

      const next = Effect.fnUntraced(function* (registration: Registration) {
        const body = yield* api
          .next(registration)
          .pipe(Effect.retry({ schedule: RECONNECTS, while: (error) => error.status === 0 }))
        return yield* Effect.fromResult(
          Result.mapError(
            decodeEvent(body),
            (wrong) =>
              new ExtensionsApiError({
                operation: "event/next",
                status: 200,
                detail: `not an event: ${wrong}`,
              }),
          ),
        )
      })

      /** Sends spans in the rest of the time that an invoke may be held. */
      const flush = (startedAt: number, deadlineMs: number) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          tracing.flush(Math.max(0, Math.min(MAX_FLUSH, startedAt + MAX_HOLD - now, deadlineMs - now))),
        )

      const onInvoke = Effect.fnUntraced(function* (invoke: Invoke) {
        const startedAt = yield* Clock.currentTimeMillis
        const { deadlineMs, requestId, traceHeader } = invoke
        MutableRef.set(currentInvoke, { requestId, ...(traceHeader === undefined ? {} : { traceHeader }) })
        yield* Effect.logDebug(`Received INVOKE event ${requestId}`)
        yield* tracing.childOf(fromInvoke(traceHeader))(lifecycle.onInvoke(deadlineMs))
        yield* flush(startedAt, deadlineMs)
        yield* reporter.onInvoke
        yield* Effect.logDebug("Waiting for event...")
      })

      return EventLoop.of({
        run: Effect.fnUntraced(function* (registration) {
          // An agent has registered for nothing. A signal ends it.
          if (registration.events.length === 0) return yield* Effect.never
          yield* Effect.logInfo("Waiting for event...")
          while (true) {
            const event = yield* next(registration)
            if (event.eventType === "SHUTDOWN") {
              MutableRef.set(currentInvoke, undefined)
              yield* Effect.logInfo("Received SHUTDOWN event")
              return
            }
            yield* onInvoke(event)
          }
        }),
      })
    }),
  )
}
