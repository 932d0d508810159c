/**
 * The listeners, and what answers the requests that they accept.
 *
 * The shortcut answers with fresh values. The applications behind it (the routes, and those of other extensions on ports of
 * their own) are imported at the first request that needs them, or by `warmUp`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { Cache } from "../cache/Cache.ts"
import { PORT_VARIABLE } from "../config/fields/port.ts"
import { COMPATIBLE_PORT_VARIABLE } from "../config/environment/parametersAndSecrets.ts"
import { hasSecondPort, Plan, type PlanShape } from "../config/Plan.ts"
import { Settings, type SettingsShape } from "../config/Settings.ts"
import { Host, type Listener, type PortUnavailable } from "../host/Host.ts"
import type { HttpApp, Shortcut } from "../host/Platform.ts"
import { Tracing } from "../observability/Tracing.ts"
import { makeShortcut, noShortcut } from "./shortcut.ts"

/** Milliseconds before `warmUp` loads the routes, so that the first `event/next` is sent first. */
const WARM_UP_DELAY = 10

/** All listeners close within one grace period. */
const AT_ONCE = { concurrency: "unbounded", discard: true } as const

type AppServices = Cache | Plan | Settings | Scope.Scope

interface AppModule {
  readonly app: Effect.Effect<HttpApp, never, AppServices>
}

/** A port for functions that were written for another extension. */
interface CompatiblePort {
  readonly port: number
  /** The variable that chooses it. */
  readonly variable: string
  readonly load: () => Promise<AppModule>
}

/** The ports that config.yaml asks for by `compatibility`. */
const compatiblePorts = (plan: PlanShape, settings: SettingsShape): ReadonlyArray<CompatiblePort> => {
  const { appConfigAgent } = plan
  const second: CompatiblePort = {
    port: settings.parametersAndSecrets.port,
    variable: COMPATIBLE_PORT_VARIABLE,
    load: () => import("./compatible/routes.ts"),
  }
  const ofAgent =
    appConfigAgent === undefined
      ? []
      : [
          {
            port: appConfigAgent.port,
            variable: appConfigAgent.portVariable,
            load: () => import("./compatible/appConfigAgent.ts"),
          },
        ]
  return [...(hasSecondPort(plan) ? [second] : []), ...ofAgent]
}

export class Serving extends Context.Service<
  Serving,
  {
    /**
     * Answers requests from now on, and on the ports of other extensions too if they are configured. Before a request needs
     * them, `warmUp` loads the applications and the modules that fetch the listed entries, in the background. The listeners
     * close before the cache does, so requests in flight are still answered.
     */
    readonly start: Effect.Effect<{ readonly warmUp: Effect.Effect<void> }, PortUnavailable>
  }
>()("cache-extension/http/Serving") {
  static readonly layer: Layer.Layer<Serving, never, Cache | Host | Plan | Settings> = Layer.effect(
    Serving,
    Effect.gen(function* () {
      // Excludes the log level, which is set by the caller of `start`.
      const context = Context.pick(
        Cache,
        Plan,
        Scope.Scope,
        Settings,
        Tracing,
      )(yield* Effect.context<AppServices>())
      const scope = yield* Effect.scope
      const host = yield* Host
      const settings = yield* Settings
      const plan = yield* Plan
      const { isOn } = yield* Tracing

      /** The listener opened at boot, unless config.yaml names another port. */
      const chooseListener = Effect.suspend(() => {
        const { port } = plan
        if (port === undefined || settings.isPortGiven || port === settings.port) return host.listener
        const closeFirst = Effect.ignore(Effect.flatMap(host.listener, ({ close }) => close))
        return Effect.andThen(closeFirst, host.listen(port, PORT_VARIABLE))
      })

      const serveAt = Effect.fnUntraced(function* (
        listener: Listener,
        shortcut: Shortcut,
        load: () => Promise<AppModule>,
      ) {
        const app = Effect.flatMap(Effect.promise(load), (module) => module.app)
        const { warmUp } = yield* listener.serve(shortcut, Effect.provideContext(app, context))
        yield* Effect.logInfo(`Starting Httpserver on port ${listener.port}`)
        return { warmUp, close: listener.close }
      })

      /** Spans begin in the routes, so if they are collected, every request goes there. */
      const shortcut = settings.shortcut && !isOn ? makeShortcut : Effect.succeed(noShortcut)

      const serveMain = Effect.gen(function* () {
        const listener = yield* chooseListener
        return yield* serveAt(listener, yield* shortcut, () => import("./routes.ts"))
      })

      const serveCompatible = Effect.fnUntraced(function* ({ load, port, variable }: CompatiblePort) {
        return yield* serveAt(yield* host.listen(port, variable), noShortcut, load)
      })

      const start = Effect.gen(function* () {
        const main = yield* serveMain
        const others = yield* Effect.forEach(compatiblePorts(plan, settings), serveCompatible)
        const servers = [main, ...others]
        yield* Effect.addFinalizer(() => Effect.forEach(servers, ({ close }) => close, AT_ONCE))
        const cache = Context.get(context, Cache)
        const warmUp = Effect.andThen(
          Effect.forEach(servers, ({ warmUp }) => warmUp, { discard: true }),
          cache.importFor([
            ...plan.entries.values(),
            ...(plan.collections ?? []),
            ...(plan.appConfigAgent?.prefetched ?? []),
          ]),
        )
        return { warmUp: Effect.asVoid(Effect.forkIn(Effect.delay(warmUp, WARM_UP_DELAY), scope)) }
      })

      return Serving.of({ start: Effect.provideContext(start, context) })
    }),
  )
}
