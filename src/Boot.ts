/**
 * Where Effect takes over: reads the reply to `register`, then runs everything else.
 *
 * `App.ts` (configuration, AWS clients, cache, events) is imported after `register` has been sent, because then the
 * function's runtime starts in parallel.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { readLogSettings } from "./config/environment/log.ts"
import { Host } from "./host/Host.ts"
import type { ColdStart, Platform } from "./host/Platform.ts"
import { onUncaught, runMain } from "./host/runMain.ts"
import { ExtensionsApi } from "./lambda/ExtensionsApi.ts"
import { runtimeApiFault } from "./lambda/registerRequest.ts"
import { Failed } from "./lambda/Failed.ts"
import { describeDefect } from "./observability/defects.ts"
import * as Log from "./observability/Log.ts"

/** Logs exceptions that no fiber caught, in the format of the log. */
const logUncaught = Effect.contextWith((context: Context.Context<never>) =>
  Effect.sync(() =>
    onUncaught((error) =>
      Effect.runSyncWith(context)(
        Effect.logError(`an exception that nobody caught: ${describeDefect(error)}`),
      ),
    ),
  ),
)

/** `fault`: why there is nothing to register with. */
const program = Effect.fnUntraced(
  function* (fault: string | undefined) {
    yield* logUncaught
    const api = yield* ExtensionsApi

    if (fault !== undefined) {
      yield* Effect.logError(fault)
      return yield* new Failed({ reason: fault })
    }
    // `register` has been sent; the rest is loaded while its reply is on the way.
    const loading = yield* Effect.forkChild(
      Effect.promise(() => import("./App.ts")),
      { startImmediately: true },
    )
    const registration = yield* api.register
    if (registration.events.length > 0)
      yield* Effect.logInfo(`Register response: ${registration.response.trim()}`)

    const app = yield* Fiber.join(loading)
    yield* app.run(registration)
  },
  Effect.catchTag("ExtensionsApiError", ({ message }) =>
    Effect.andThen(Effect.logError(message), new Failed({ reason: message })),
  ),
  Effect.tapDefect((defect) => Effect.logError(`a defect of the extension: ${describeDefect(defect)}`)),
  Effect.ensuring(Effect.logInfo("Exiting")),
)

/** Runs the program until SHUTDOWN, a signal or a fault. */
export const boot = <Handler>(platform: Platform<Handler>, coldStart: ColdStart<Handler>): void => {
  const isAgent = coldStart.outside !== undefined
  const api = isAgent ? ExtensionsApi.outside : ExtensionsApi.layer
  const fault = isAgent ? undefined : runtimeApiFault(platform.environment)
  const layer = api.pipe(
    Layer.provideMerge(Host.layer(platform, coldStart)),
    Layer.provideMerge(Log.layer(platform.extensionName, readLogSettings(platform.environment))),
  )
  runMain(program(fault).pipe(Effect.scoped, Effect.provide(layer)), { disableErrorReporting: true })
}
