/**
 * The platform as an Effect service: the port that was opened at the start, further calls, the HTTP handler
 * for AWS. Tests swap this layer.
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
import { Digest } from "./Digest.ts"
import type {
  AwsTransport,
  ColdStart,
  Exchange,
  HttpApp,
  OpenPort,
  Platform,
  ProcessInfo,
  Reply,
  Settled,
  Shortcut,
} from "./Platform.ts"

/** An open port, in the program's terms. */
export interface Listener {
  readonly port: number
  /**
   * Answers all requests from now on, first those that have been waiting: by the shortcut where it has an
   * answer, else by `app`, which is made at the first request that needs it or at `warmUp`.
   */
  readonly serve: (
    shortcut: Shortcut,
    app: Effect.Effect<HttpApp>,
  ) => Effect.Effect<{ readonly warmUp: Effect.Effect<void> }>
  /** Closes the port before its scope does; see `OpenPort.close` for how. */
  readonly close: Effect.Effect<void>
}

/** The port could not be opened; `variable` chooses another, `detail` is what the operating system said. */
export class PortUnavailable extends Data.TaggedError("PortUnavailable")<{
  readonly port: number
  readonly variable: string
  readonly detail: string
}> {}

/** The exchange brought no reply: refused, reset, torn. */
export class ExchangeFailed extends Data.TaggedError("ExchangeFailed")<{
  readonly url: string
  readonly detail: string
}> {}

const detailOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

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
    /** The port that was opened at the start. The scope closes it. */
    readonly listener: Effect.Effect<Listener, PortUnavailable, Scope.Scope>
    /** Opens another port, which the named environment variable chooses. */
    readonly listen: (port: number, variable: string) => Effect.Effect<Listener, PortUnavailable, Scope.Scope>
    /** The reply to the `register` request that was sent at the start. */
    readonly registered: Effect.Effect<Reply, ExchangeFailed>
    /** Makes one call, without any timeout. */
    readonly exchange: (exchange: Exchange) => Effect.Effect<Reply, ExchangeFailed>
    readonly awsTransport: (proxyFor: ProxyFor | undefined) => Effect.Effect<AwsTransport>
    readonly httpClient: Effect.Effect<Layer.Layer<HttpClient>>
    readonly preconnect: (url: string) => Effect.Effect<void>
  }
>()("cache-extension/host/Host") {
  /** The host on a platform, going on with the cold start that `begin` began. */
  static readonly layer = <Handler>(
    platform: Platform<Handler>,
    coldStart: ColdStart<Handler>,
  ): Layer.Layer<Host> => {
    const makeListener = Effect.fnUntraced(function* (port: OpenPort<Handler>) {
      const close = yield* Effect.cached(Effect.promise(port.close))
      // Requests run in a scope that ends after the port has closed: until then they may still be answered.
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
      new PortUnavailable({ port, variable, detail: detailOf(cause) })
    const first = portToOpen(platform.environment)

    const host = Layer.succeed(Host, {
      environment: platform.environment,
      extensionName: platform.extensionName,
      processInfo: Effect.sync(platform.processInfo),
      listener: Effect.flatMap(fromSettled(coldStart.port, unavailable(first, PORT_VARIABLE)), makeListener),
      listen: (port, variable) =>
        Effect.flatMap(
          Effect.tryPromise({ try: () => platform.openPort(port), catch: unavailable(port, variable) }),
          makeListener,
        ),
      registered: fromSettled(
        coldStart.registered,
        (cause) => new ExchangeFailed({ url: "register", detail: detailOf(cause) }),
      ),
      exchange: (exchange) =>
        Effect.tryPromise({
          try: (signal) => platform.exchange(exchange, { signal }),
          catch: (cause) => new ExchangeFailed({ url: exchange.url, detail: detailOf(cause) }),
        }),
      httpClient: Effect.promise(platform.httpClient),
      awsTransport: (proxyFor) => Effect.promise(() => platform.awsTransport(proxyFor)),
      preconnect: (url) => Effect.ignore(Effect.try(() => platform.preconnect(url))),
    })
    return Layer.merge(host, Layer.succeed(Digest, platform.digest))
  }
}
