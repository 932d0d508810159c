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
import { Cache } from "./cache/Cache.ts"
import { logLoad } from "./cache/loadLine.ts"
import { Refresher, SNAP_START } from "./cache/Refresher.ts"
import { hasSecondPort, Plan } from "./config/Plan.ts"
import { COMPATIBLE_PORT_VARIABLE } from "./config/environment/parametersAndSecrets.ts"
import { PORT_VARIABLE } from "./config/fields/port.ts"
import { Settings } from "./config/Settings.ts"
import { type Listener, Host, type PortUnavailable } from "./host/Host.ts"
import type { HttpApp, Shortcut } from "./host/Platform.ts"
import { makeShortcut, noShortcut } from "./http/shortcut.ts"
import { EventLoop } from "./lambda/EventLoop.ts"
import { ExtensionsApi, type Fault, type Registration } from "./lambda/ExtensionsApi.ts"
import { Failed } from "./lambda/Failed.ts"
import { describeDefect } from "./observability/defects.ts"
import { Reporter } from "./lambda/Reporter.ts"
import { Tracing } from "./observability/Tracing.ts"
import { observeProcess, reached } from "./observability/ProcessMetrics.ts"
import * as Log from "./observability/Log.ts"

const configuration = Layer.unwrap(Effect.map(Host, ({ environment }) => Plan.layerFrom(environment)))

/** Spans are collected if an endpoint is configured. Only then is the code that sends them loaded. */
const tracing = Layer.unwrap(
  Effect.gen(function* () {
    const settings = yield* Settings
    const endpoint = settings.otlpEndpoint ?? (yield* Plan).otlpEndpoint
    if (endpoint === undefined) return Layer.empty
    const otlp = yield* Effect.promise(() => import("./host/otlp.ts"))
    return otlp.layer({ endpoint, functionName: settings.functionName, region: settings.region })
  }),
)

const layer = EventLoop.layer.pipe(
  Layer.provideMerge(Reporter.layer),
  Layer.provideMerge(Refresher.layer),
  Layer.provideMerge(Cache.layer),
  Layer.provideMerge(tracing),
  Layer.provideMerge(configuration),
)

const portFault = ({ detail, port, variable }: PortUnavailable): Fault => ({
  errorType: "Extension.PortInUse",
  errorMessage: `port ${port} cannot be opened (${detail}); ${variable} chooses another`,
})

/** The listener that requests come through: the one opened at boot, unless config.yaml asks for another port. */
const chooseListener = Effect.fnUntraced(function* (first: Result.Result<Listener, PortUnavailable>) {
  const host = yield* Host
  const settings = yield* Settings
  const { port } = yield* Plan
  if (port === undefined || settings.isPortGiven || port === settings.port)
    return yield* Effect.fromResult(first)
  if (Result.isSuccess(first)) yield* first.success.close
  return yield* host.listen(port, PORT_VARIABLE)
})

/** Both listeners close within one grace period. */
const AT_ONCE = { concurrency: "unbounded", discard: true } as const

/** Milliseconds until the router is loaded although no request needs it yet: after the first `next` is sent. */
const WARM_UP_DELAY = 10

type AppServices = Cache | Plan | Settings | Scope.Scope

interface AppModule {
  readonly app: Effect.Effect<HttpApp, never, AppServices>
}

/** An application whose module is imported when a request needs it. */
const whenNeeded = (load: () => Promise<AppModule>) =>
  Effect.contextWith((context: Context.Context<AppServices>) =>
    Effect.succeed(
      Effect.promise(load).pipe(
        Effect.flatMap(({ app }) => app),
        Effect.provideContext(context),
      ),
    ),
  )

/** Not needed for a fresh value in memory, which the shortcut serves. */
const routes = whenNeeded(() => import("./http/routes.ts"))

/** The routes of other extensions. */
const compatibleRoutes = whenNeeded(() => import("./http/compatible/routes.ts"))

/** Where spans are collected, the routes make them. */
const shortcut = Effect.gen(function* () {
  const settings = yield* Settings
  const { isOn } = yield* Tracing
  return settings.shortcut && !isOn ? yield* makeShortcut : noShortcut
})

/** Answers what comes through a listener. */
const serveAt = Effect.fnUntraced(function* (
  listener: Listener,
  shortcut: Shortcut,
  app: Effect.Effect<HttpApp>,
) {
  const { warmUp } = yield* listener.serve(shortcut, app)
  yield* Effect.logInfo(`Starting Httpserver on port ${listener.port}`)
  return { warmUp, close: listener.close }
})

/** Opens a second port for functions that were written for another extension. */
const serveCompatible = Effect.gen(function* () {
  const host = yield* Host
  const { parametersAndSecrets } = yield* Settings
  const listener = yield* host.listen(parametersAndSecrets.port, COMPATIBLE_PORT_VARIABLE)
  return yield* serveAt(listener, noShortcut, yield* compatibleRoutes)
})

const serve = Effect.fnUntraced(function* (
  first: Result.Result<Listener, PortUnavailable>,
  registration: Registration,
) {
  const cache = yield* Cache
  const refresher = yield* Refresher
  const settings = yield* Settings
  const { processInfo } = yield* Host
  const plan = yield* Plan
  const { entries, warnings } = plan
  yield* Effect.forEach(warnings, (warning) => Effect.logWarning(warning))

  const main = yield* serveAt(yield* chooseListener(first), yield* shortcut, yield* routes)
  const listeners = hasSecondPort(plan) ? [main, yield* serveCompatible] : [main]
  // Closed before the cache is: requests in flight are answered while there is still something to answer with.
  yield* Effect.addFinalizer(() => Effect.forEach(listeners, ({ close }) => close, AT_ONCE))

  const isSnapshot = settings.initializationType === SNAP_START
  if (isSnapshot) yield* cache.keep(false)
  const failures = settings.preload && !isSnapshot ? yield* cache.load(entries.values()) : undefined
  yield* reached(yield* processInfo, "loaded")
  yield* logLoad({ listed: entries.size, failures, isSnapshot: isSnapshot && settings.preload })
  yield* Effect.forkScoped(
    Effect.delay(
      Effect.forEach(listeners, ({ warmUp }) => warmUp),
      WARM_UP_DELAY,
    ),
  )
  if (!registration.events.includes("INVOKE")) yield* Effect.forkScoped(refresher.onSchedule)
})

/** The level that the AWS Parameters and Secrets extension's variable asks for, where its port is open. */
const compatibleLogLevel = (context: Context.Context<Plan | Settings>): string | undefined =>
  hasSecondPort(Context.get(context, Plan))
    ? Context.get(context, Settings).parametersAndSecrets.logLevel
    : undefined

/** Runs the extension until SHUTDOWN. `first` is the listener that `Boot` opened, or why it could not. */
export const run = Effect.fnUntraced(function* (
  first: Result.Result<Listener, PortUnavailable>,
  registration: Registration,
) {
  const api = yield* ExtensionsApi
  const { processInfo } = yield* Host
  const process = yield* processInfo
  yield* observeProcess(process)
  yield* reached(process, "registered")

  const failWith = (report: typeof api.initError) => (fault: Fault) =>
    Effect.forEach(fault.errorMessage.split("\n"), (line) => Effect.logError(line)).pipe(
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
  yield* reached(process, "configured")
  const start = serve(first, registration).pipe(
    Effect.catchTag("PortUnavailable", (error) => failInit(portFault(error))),
    Effect.provideContext(context),
    Effect.andThen(reached(process, "ready")),
  )
  const loop = Context.get(context, EventLoop)
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
      Effect.ensuring(Context.get(context, Reporter).onEnd),
    )
  yield* Effect.andThen(start, loop).pipe(Log.withLevel(compatibleLogLevel(context)))
})
