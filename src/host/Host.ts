/**
 * The platform as an Effect service: listeners, HTTP calls, the transport to AWS. Tests swap this layer.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { HttpClient } from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { PORT_VARIABLE, portToOpen } from "../config/fields/port.ts"
import type { ProxyFor } from "../config/environment/proxy.ts"
import type { Environment } from "../config/environment/variables.ts"
import { type FileRead, readConfigFile } from "../config/readConfigFile.ts"
import type { Outside } from "../config/Settings.ts"
import type { ProcessInfo } from "../observability/ProcessMetrics.ts"
import { Digest } from "./Digest.ts"
import type { ConnectRedis } from "./RedisClient.ts"
import type {
  AwsTransport,
  ColdStart,
  Exchange,
  HttpApp,
  OpenPort,
  Platform,
  Providers,
  Reply,
  Settled,
  Shortcut,
} from "./Platform.ts"

/** An open port that can serve Effect applications. */
export interface Listener {
  readonly port: number
  /**
   * Answers all requests from now on, pending ones first: by the shortcut if it has an answer, otherwise by `app`, which is
   * built at the first request that needs it or at `warmUp`.
   */
  readonly serve: (
    shortcut: Shortcut,
    app: Effect.Effect<HttpApp>,
  ) => Effect.Effect<{ readonly warmUp: Effect.Effect<void> }>
  /** Closes the port before its scope closes; see `OpenPort.close` for how. */
  readonly close: Effect.Effect<void>
}

/** The port could not be opened. `variable` is the environment variable that chooses it, `detail` the system's error. */
export class PortUnavailable extends Data.TaggedError("PortUnavailable")<{
  readonly port: number
  readonly variable: string
  readonly detail: string
}> {}

/** No complete reply: the connection was refused, reset or closed early. */
export class ExchangeFailed extends Data.TaggedError("ExchangeFailed")<{
  readonly url: string
  readonly detail: string
}> {}

const errorMessage = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const fromSettled = <A, E>(
  promise: Promise<Settled<A>>,
  onError: (cause: unknown) => E,
): Effect.Effect<A, E> =>
  Effect.flatMap(
    Effect.promise(() => promise),
    (settled) => (settled.ok ? Effect.succeed(settled.value) : Effect.fail(onError(settled.error))),
  )

export class Host extends Context.Service<
  Host,
  {
    readonly environment: Environment
    readonly extensionName: string
    readonly processInfo: Effect.Effect<ProcessInfo>
    /** What is at the path of config.yaml, as it was read at the start. */
    readonly configFile: Effect.Effect<FileRead>
    /** Reads a file that config.yaml includes. */
    readonly readFile: (path: string) => Effect.Effect<FileRead>
    /** What holds outside of Lambda; undefined in Lambda. */
    readonly outside: Effect.Effect<Outside | undefined>
    /** The port that was opened at the start. It closes with the host. */
    readonly listener: Effect.Effect<Listener, PortUnavailable>
    /** Opens another port; `variable` is the environment variable that chose it. */
    readonly listen: (port: number, variable: string) => Effect.Effect<Listener, PortUnavailable, Scope.Scope>
    /** The reply to the `register` request that was sent at the start. */
    readonly registered: Effect.Effect<Reply, ExchangeFailed>
    /** Makes one HTTP call, without a time-out. */
    readonly exchange: (exchange: Exchange) => Effect.Effect<Reply, ExchangeFailed>
    readonly providers: Effect.Effect<Providers>
    readonly awsTransport: (proxyFor: ProxyFor | undefined) => Effect.Effect<AwsTransport>
    readonly httpClient: Effect.Effect<Layer.Layer<HttpClient>>
    readonly preconnect: (url: string) => Effect.Effect<void>
    /** Opens a connection to Valkey or Redis. */
    readonly connectRedis: ConnectRedis
  }
>()("cache-extension/host/Host") {
  /** The host on a platform. It takes over the cold start that `begin.ts` started. */
  static readonly layer = <Handler>(
    platform: Platform<Handler>,
    coldStart: ColdStart<Handler>,
  ): Layer.Layer<Host> => {
    const makeListener = Effect.fnUntraced(function* (port: OpenPort<Handler>) {
      const close = yield* Effect.cached(Effect.promise(port.close))
      // The scope of requests closes after the port, so that requests in flight can be answered until then.
      const requests = yield* Effect.acquireRelease(Scope.make(), (scope, exit) => Scope.close(scope, exit))
      yield* Effect.addFinalizer(() => close)

      const serve: Listener["serve"] = Effect.fnUntraced(function* (shortcut, app) {
        const context = yield* Effect.context<never>()
        const make = Effect.gen(function* () {
          const { makeHandler } = yield* Effect.promise(platform.adapter)
          return yield* makeHandler(yield* app, requests)
        }).pipe(Effect.tapCause((cause) => Effect.logError("the routes could not be made", cause)))
        let made: Promise<Handler> | undefined
        const handler = () => (made ??= Effect.runPromiseWith(context)(make))
        port.attach({ shortcut, handler })
        return { warmUp: Effect.ignoreCause(Effect.promise(handler)) }
      })
      return { port: port.number, serve, close }
    })

    const unavailable = (port: number, variable: string) => (cause: unknown) =>
      new PortUnavailable({ port, variable, detail: errorMessage(cause) })
    const first = portToOpen(platform.environment)

    const host = Effect.gen(function* () {
      const opened = yield* Effect.result(
        Effect.flatMap(fromSettled(coldStart.port, unavailable(first, PORT_VARIABLE)), makeListener),
      )
      return Host.of({
        environment: platform.environment,
        extensionName: platform.extensionName,
        processInfo: Effect.sync(platform.processInfo),
        configFile: Effect.promise(() => coldStart.configFile),
        readFile: (path) => Effect.promise(() => readConfigFile(platform.files, path)),
        outside: Effect.promise(async () => coldStart.outside),
        listener: Effect.fromResult(opened),
        listen: (port, variable) =>
          Effect.flatMap(
            Effect.tryPromise({ try: () => platform.openPort(port), catch: unavailable(port, variable) }),
            makeListener,
          ),
        registered: fromSettled(
          coldStart.registered,
          (cause) => new ExchangeFailed({ url: "register", detail: errorMessage(cause) }),
        ),
        exchange: (exchange) =>
          Effect.tryPromise({
            try: (signal) => platform.exchange(exchange, { signal }),
            catch: (cause) => new ExchangeFailed({ url: exchange.url, detail: errorMessage(cause) }),
          }),
        httpClient: Effect.promise(platform.httpClient),
        providers: Effect.promise(platform.providers),
        awsTransport: (proxyFor) => Effect.promise(() => platform.awsTransport(proxyFor)),
        connectRedis: (options) =>
          Effect.flatMap(Effect.promise(platform.redis), ({ connectRedis }) => connectRedis(options)),
        preconnect: (url) => Effect.ignore(Effect.try(() => platform.preconnect(url))),
      })
    })
    return Layer.merge(Layer.effect(Host, host), Layer.succeed(Digest, platform.digest))
  }
}
