/**
 * The layer graph and the run of the extension after `register`: configuration, cache, routes, load, events.
 *
 * Faults of the configuration and of the port are reported by init/error; AWS faults during the load are not
 * fatal: the entry is tried again at its first read.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { Cache, describeFailure } from "./cache/Cache.ts"
import { Refresher, SNAP_START } from "./cache/Refresher.ts"
import { Configuration } from "./config/Configuration.ts"
import { PORT_VARIABLE } from "./config/Port.ts"
import { Settings } from "./config/Settings.ts"
import { type Door, Host, type PortUnavailable } from "./host/Host.ts"
import { makeShortcut, noShortcut } from "./http/shortcut.ts"
import { EventLoop } from "./lambda/EventLoop.ts"
import { ExtensionsApi, type Fault, type Registration } from "./lambda/ExtensionsApi.ts"
import { Failed } from "./lambda/Failed.ts"
import { describeDefect } from "./observability/defects.ts"

const configuration = Layer.unwrap(
  Effect.map(Host, ({ environment }) => Configuration.layerFrom(environment)),
)

const layer = EventLoop.layer.pipe(
  Layer.provideMerge(Refresher.layer),
  Layer.provideMerge(Cache.layer),
  Layer.provideMerge(configuration),
)

const portFault = ({ detail, port }: PortUnavailable): Fault => ({
  errorType: "Extension.PortInUse",
  errorMessage: `port ${port} cannot be opened (${detail}); ${PORT_VARIABLE} chooses another`,
})

/** The door that requests come through: the one opened at boot, unless config.yaml asks for another port. */
const chooseDoor = Effect.fnUntraced(function* (first: Result.Result<Door, PortUnavailable>) {
  const host = yield* Host
  const settings = yield* Settings
  const { port } = yield* Configuration
  if (port === undefined || settings.isPortGiven || port === settings.port)
    return yield* Effect.fromResult(first)
  if (Result.isSuccess(first)) yield* first.success.close
  return yield* host.open(port)
})

/** Milliseconds until the router is loaded although no request needs it yet: after the first `next` is sent. */
const WARM_UP_DELAY = 10

/** The router is imported when a request needs it: a fresh value in memory is served without it. */
const routes = Effect.contextWith((context: Context.Context<Cache | Configuration | Scope.Scope>) =>
  Effect.succeed(
    Effect.promise(() => import("./http/routes.ts")).pipe(
      Effect.flatMap(({ app }) => app),
      Effect.provideContext(context),
    ),
  ),
)

const shortcut = Effect.flatMap(Settings, (settings) =>
  settings.shortcut ? makeShortcut : Effect.succeed(noShortcut),
)

const serve = Effect.fnUntraced(function* (
  first: Result.Result<Door, PortUnavailable>,
  registration: Registration,
) {
  const cache = yield* Cache
  const refresher = yield* Refresher
  const settings = yield* Settings
  const { entries, warnings } = yield* Configuration
  yield* Effect.forEach(warnings, (warning) => Effect.logWarning(warning))

  const door = yield* chooseDoor(first)
  // Closed before the cache is: requests in flight are answered while there is still something to answer with.
  yield* Effect.addFinalizer(() => door.close)
  const { warmUp } = yield* door.serve(yield* shortcut, yield* routes)
  yield* Effect.logInfo(`Starting Httpserver on port ${door.port}`)

  if (settings.initializationType === SNAP_START) {
    yield* cache.keep(false)
  } else if (settings.preload) {
    const failures = yield* cache.load(entries.values())
    yield* Effect.forEach(failures, (failure) => Effect.logWarning(describeFailure(failure)))
  }
  yield* Effect.logInfo("Cache successfully loaded")
  yield* Effect.forkScoped(Effect.delay(warmUp, WARM_UP_DELAY))
  if (!registration.events.includes("INVOKE")) yield* Effect.forkScoped(refresher.onSchedule)
})

/** Runs the extension until SHUTDOWN. `first` is the door that `Boot` opened, or why it could not. */
export const run = Effect.fnUntraced(function* (
  first: Result.Result<Door, PortUnavailable>,
  registration: Registration,
) {
  const api = yield* ExtensionsApi
  const failWith = (report: typeof api.initError) => (fault: Fault) =>
    Effect.logError(fault.errorMessage).pipe(
      Effect.andThen(Effect.ignore(report(registration, fault))),
      Effect.andThen(new Failed({ reason: fault.errorMessage })),
    )
  const failInit = failWith(api.initError)
  const failRun = failWith(api.exitError)

  const context = yield* Layer.build(layer).pipe(
    Effect.catchTag("ConfigInvalid", ({ message }) =>
      failInit({ errorType: "Extension.ConfigInvalid", errorMessage: message }),
    ),
  )
  yield* serve(first, registration).pipe(
    Effect.catchTag("PortUnavailable", (error) => failInit(portFault(error))),
    Effect.provideContext(context),
  )
  yield* Context.get(context, EventLoop)
    .run(registration)
    .pipe(
      Effect.catchTag("ExtensionsApiError", ({ message }) =>
        failRun({ errorType: "Extension.EventLoop", errorMessage: message }),
      ),
      Effect.tapDefect((defect) =>
        Effect.ignore(
          api.exitError(registration, {
            errorType: "Extension.Defect",
            errorMessage: describeDefect(defect),
          }),
        ),
      ),
    )
})
