/**
 * The loop on event/next: INVOKE wakes the Refresher, SHUTDOWN ends the program.
 *
 * The first call of `next` tells Lambda that the extension is ready. The call has no timeout, and the
 * environment is frozen while it waits.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { Refresher } from "../cache/Refresher.ts"
import { Event } from "./Event.ts"
import { ExtensionsApi, ExtensionsApiError, type Registration } from "./ExtensionsApi.ts"

/** A connection to the API that broke, after a thaw for instance, is made anew this often. */
const RECONNECTS = Schedule.exponential("50 millis").pipe(Schedule.upTo({ times: 3 }))

const decode = Schema.decodeUnknownEffect(Event)

export class EventLoop extends Context.Service<
  EventLoop,
  {
    /** Handles events until SHUTDOWN. */
    readonly run: (registration: Registration) => Effect.Effect<void, ExtensionsApiError>
  }
>()("cache-extension/lambda/EventLoop") {
  static readonly layer: Layer.Layer<EventLoop, never, ExtensionsApi | Refresher> = Layer.effect(
    EventLoop,
    Effect.gen(function* () {
      const api = yield* ExtensionsApi
      const refresher = yield* Refresher

      const next = Effect.fnUntraced(function* (registration: Registration) {
        const body = yield* api
          .next(registration)
          .pipe(Effect.retry({ schedule: RECONNECTS, while: (error) => error.status === 0 }))
        return yield* Effect.mapError(
          decode(body),
          (error) =>
            new ExtensionsApiError({
              operation: "event/next",
              status: 200,
              detail: `not an event: ${error.message}`,
            }),
        )
      })

      return EventLoop.of({
        run: Effect.fnUntraced(function* (registration) {
          yield* Effect.logInfo("Waiting for event...")
          while (true) {
            const event = yield* next(registration)
            if (event.eventType === "SHUTDOWN") {
              yield* Effect.logInfo("Received SHUTDOWN event")
              return
            }
            yield* Effect.logDebug(`Received INVOKE event ${event.requestId}`)
            yield* refresher.onInvoke(event.deadlineMs)
            yield* Effect.logDebug("Waiting for event...")
          }
        }),
      })
    }),
  )
}
