/**
 * What every cold start waits for, and nothing else: open the port, register.
 *
 * Everything further (`App`: configuration, AWS clients, cache, routes) is imported once Lambda knows the
 * extension, because from then on the function's runtime starts beside us. A port that cannot be opened is
 * kept until it can be reported.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { portToOpen } from "./config/Port.ts"
import { Host } from "./host/Host.ts"
import { ExtensionsApi, type ExtensionsApiError } from "./lambda/ExtensionsApi.ts"
import { Failed } from "./lambda/Failed.ts"
import * as Log from "./observability/Log.ts"

const boot = Effect.gen(function* () {
  const host = yield* Host
  const api = yield* ExtensionsApi

  const door = yield* Effect.result(host.open(portToOpen(host.environment)))
  const registration = yield* api.register
  yield* Effect.logInfo(`Register response: ${registration.response}`)

  const app = yield* Effect.promise(() => import("./App.ts"))
  yield* app.run(door, registration)
}).pipe(
  Effect.catchTag("ExtensionsApiError", (error: ExtensionsApiError) =>
    Effect.andThen(Effect.logError(error.message), new Failed({ reason: error.message })),
  ),
  Effect.tapDefect((defect) => Effect.logError("a defect of the extension", defect)),
  Effect.ensuring(Effect.logInfo("Exiting")),
)

/** The whole program on a host. Ends with SHUTDOWN, with a signal (by interruption), or fails. */
export const main = (host: Layer.Layer<Host>): Effect.Effect<void, Failed> =>
  Effect.gen(function* () {
    const { environment, extensionName } = yield* Host
    yield* boot.pipe(Effect.provide(Log.layer(extensionName, environment)), Effect.scoped)
  }).pipe(Effect.provide(Layer.provideMerge(ExtensionsApi.layer, host)))
