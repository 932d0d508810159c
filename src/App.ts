/**
 * The extension after `register`: its layer graph, the order of its start, and how its faults are reported. A value that
 * cannot be loaded from AWS is not a fault: it is fetched again at its first read.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AwsClients } from "./aws/AwsClients.ts"
import { Cache } from "./cache/Cache.ts"
import { hasSecondPort, Plan, type PlanShape } from "./config/Plan.ts"
import { Settings, type SettingsShape } from "./config/Settings.ts"
import { Host } from "./host/Host.ts"
import { Serving } from "./http/Serving.ts"
import { EventLoop } from "./lambda/EventLoop.ts"
import { ExtensionsApi, type Registration } from "./lambda/ExtensionsApi.ts"
import { Failed } from "./lambda/Failed.ts"
import { Lifecycle } from "./lambda/Lifecycle.ts"
import { Reporter } from "./lambda/Reporter.ts"
import { describeDefect } from "./observability/defects.ts"
import * as Log from "./observability/Log.ts"
import { observeProcess, reached } from "./observability/ProcessMetrics.ts"

const configuration = Layer.unwrap(
  Effect.flatMap(Host, ({ configFile, environment, outside, readFile }) =>
    Effect.map(outside, (found) => Plan.layerFrom(environment, configFile, { outside: found, readFile })),
  ),
)

/** Spans are collected if an endpoint is configured. Only then is the code that sends them loaded. */
const tracing = Layer.unwrap(
  Effect.gen(function* () {
    const { functionName, otlpEndpoint, region } = yield* Settings
    const endpoint = otlpEndpoint ?? (yield* Plan).otlpEndpoint
    if (endpoint === undefined) return Layer.empty
    const otlp = yield* Effect.promise(() => import("./observability/otlp.ts"))
    const httpClient = yield* Effect.flatMap(Host, (host) => host.httpClient)
    return Layer.provide(otlp.layer({ endpoint, functionName, region }), httpClient)
  }),
)

/** The shared tier, if config.yaml has one. Only then is its code loaded. */
const sharedTier = Layer.unwrap(
  Effect.gen(function* () {
    const { shared } = yield* Plan
    if (shared === undefined) return Layer.empty
    const tier = yield* Effect.promise(() => import("./SharedTier.ts"))
    return Layer.provide(tier.layer(shared), AwsClients.layer)
  }),
)

/** The web, if config.yaml lists a URL. Only then is its code loaded. */
const web = Layer.unwrap(
  Effect.gen(function* () {
    const { entries } = yield* Plan
    if (!Array.from(entries.values()).some(({ address }) => address.kind === "http")) return Layer.empty
    return (yield* Effect.promise(() => import("./web/Web.ts"))).layer
  }),
)

const layer = EventLoop.layer.pipe(
  Layer.provideMerge(Serving.layer),
  Layer.provideMerge([Lifecycle.layer, Reporter.layer]),
  Layer.provideMerge(Cache.layer),
  Layer.provideMerge(sharedTier),
  Layer.provideMerge(web),
  Layer.provideMerge(tracing),
  Layer.provideMerge(configuration),
)

/** Outside of Lambda: makes the token's file, and says how this runs. */
const prepareAgent = Effect.fnUntraced(function* (settings: SettingsShape, plan: PlanShape) {
  const { prepare } = yield* Effect.promise(() => import("./agent/prepare.ts"))
  yield* prepare(settings, plan)
})

/** Runs the extension until SHUTDOWN. */
export const run = Effect.fnUntraced(function* (registration: Registration) {
  const api = yield* ExtensionsApi
  const processInfo = yield* Effect.flatMap(Host, (host) => host.processInfo)
  yield* observeProcess(processInfo)
  yield* reached(processInfo, "registered")

  /** Logs a fault and reports it to Lambda, then ends the program. */
  const failWith = (report: typeof api.initError) => (reason: string, errorMessage: string) =>
    Effect.forEach(errorMessage.split("\n"), (line) => Effect.logError(line)).pipe(
      Effect.andThen(Effect.ignore(report(registration, { errorType: `Extension.${reason}`, errorMessage }))),
      Effect.andThen(new Failed({ reason: errorMessage })),
    )
  const [failInit, failRun] = [failWith(api.initError), failWith(api.exitError)]
  const reportDefect = (defect: unknown) =>
    api.exitError(registration, { errorType: "Extension.Defect", errorMessage: describeDefect(defect) })

  const context = yield* Layer.build(layer).pipe(
    Effect.catchTag("ConfigInvalid", ({ message }) => failInit("ConfigInvalid", message)),
  )
  yield* reached(processInfo, "configured")
  const [plan, settings] = [Context.get(context, Plan), Context.get(context, Settings)]

  const start = Effect.gen(function* () {
    yield* Effect.forEach(plan.warnings, (warning) => Effect.logWarning(warning))
    if (settings.isAgent) yield* prepareAgent(settings, plan)
    const { warmUp } = yield* Context.get(context, Serving).start
    yield* Context.get(context, Lifecycle).start(registration.events)
    yield* reached(processInfo, "loaded")
    yield* warmUp
    yield* reached(processInfo, "ready")
  }).pipe(
    Effect.catchTag("PortUnavailable", ({ detail, port, variable }) =>
      failInit("PortInUse", `port ${port} cannot be opened (${detail}); ${variable} chooses another`),
    ),
    Effect.catchTag("TokenFileInvalid", ({ message }) => failInit("TokenFileInvalid", message)),
  )
  const loop = Context.get(context, EventLoop)
    .run(registration)
    .pipe(
      Effect.catchTag("ExtensionsApiError", ({ message }) => failRun("EventLoop", message)),
      Effect.tapDefect((defect) => Effect.ignore(reportDefect(defect))),
      Effect.ensuring(Context.get(context, Reporter).onEnd),
    )
  // The variable of another extension applies if its port is open.
  const { logLevel } = settings.parametersAndSecrets
  const level = (hasSecondPort(plan) ? logLevel : undefined) ?? plan.appConfigAgent?.logLevel
  yield* Effect.andThen(start, loop).pipe(Log.withLevel(level))
})
