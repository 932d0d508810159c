/**
 * The host on Node: `node:http` for the port and for the Extensions API.
 *
 * The port is opened with a bare server before anything else is loaded; the adapter that runs Effect
 * applications (`@effect/platform-node`) is imported when there is one to serve.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import process from "node:process"
import {
  type Door,
  type Exchange,
  ExchangeFailed,
  Host,
  LOOPBACK,
  PortUnavailable,
  type Reply,
  SHUTDOWN_GRACE,
} from "./Host.ts"

type Listener = (request: Http.IncomingMessage, response: Http.ServerResponse) => void

/** Requests pass through here: held back until there is a listener, refused once the door closes. */
class Reception {
  #listener: Listener | undefined
  #closing = false
  #waiting: Array<Parameters<Listener>> = []
  readonly #open = new Set<Http.ServerResponse>()
  #onIdle: () => void = () => {}

  readonly receive: Listener = (request, response) => {
    if (this.#closing) {
      response.writeHead(503, { connection: "close" }).end()
      return
    }
    this.#open.add(response)
    response.once("close", () => {
      this.#open.delete(response)
      if (this.#open.size === 0) this.#onIdle()
    })
    if (this.#listener === undefined) this.#waiting.push([request, response])
    else this.#listener(request, response)
  }

  attach(listener: Listener): void {
    this.#listener = listener
    for (const [request, response] of this.#waiting) listener(request, response)
    this.#waiting = []
  }

  /** Takes no more requests, and calls back once none is in flight. */
  close(onIdle: () => void): void {
    this.#closing = true
    this.#onIdle = onIdle
    if (this.#open.size === 0) onIdle()
  }
}

const listen = (server: Http.Server, port: number, address: string) =>
  Effect.callback<number, PortUnavailable>((resume) => {
    const onError = (cause: Error) =>
      resume(Effect.fail(new PortUnavailable({ port, detail: cause.message })))
    server.once("error", onError)
    server.listen(port, address, () => {
      server.off("error", onError)
      resume(Effect.succeed((server.address() as AddressInfo).port))
    })
  })

const hasNoSuchAddress = ({ detail }: PortUnavailable) => /EADDRNOTAVAIL|EAFNOSUPPORT|EINVAL/.test(detail)

const open = Effect.fnUntraced(function* (port: number) {
  const scope = yield* Effect.scope
  const reception = new Reception()
  // Node's own limits on slow requests stay; keep-alive connections live until the client or SHUTDOWN closes them.
  const makeServer = () => Http.createServer({ keepAliveTimeout: 0 }, reception.receive)
  const servers = [makeServer(), makeServer()] as const

  const close = yield* Effect.callback<void>((resume) => {
    for (const server of servers) server.close()
    reception.close(() => resume(Effect.void))
  }).pipe(
    Effect.timeoutOption(SHUTDOWN_GRACE),
    Effect.andThen(
      Effect.sync(() => {
        for (const server of servers) server.closeAllConnections()
      }),
    ),
    Effect.cached,
  )
  yield* Effect.addFinalizer(() => close)

  const bound = yield* listen(servers[0], port, LOOPBACK.v4)
  yield* listen(servers[1], bound, LOOPBACK.v6).pipe(Effect.catchIf(hasNoSuchAddress, () => Effect.void))

  const serve: Door["serve"] = Effect.fnUntraced(function* (app) {
    const { makeHandler } = yield* Effect.promise(() => import("./nodeHttpApp.ts"))
    const handler = yield* makeHandler(app, { scope })
    reception.attach(handler)
  })

  return { port: bound, serve, close }
})

const extensionsApiAgent = new Http.Agent({ keepAlive: true })

const exchange = ({ body, headers, method, url }: Exchange): Effect.Effect<Reply, ExchangeFailed> =>
  Effect.callback((resume) => {
    const fail = (cause: Error) => resume(Effect.fail(new ExchangeFailed({ url, detail: cause.message })))
    const request = Http.request(url, { method, headers, agent: extensionsApiAgent }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("error", fail)
      response.on("end", () =>
        resume(
          Effect.succeed({
            status: response.statusCode ?? 0,
            header: (name) => [response.headers[name]].flat()[0],
            body: Buffer.concat(chunks).toString("utf8"),
          }),
        ),
      )
    })
    request.on("error", fail)
    request.end(body)
    return Effect.sync(() => request.destroy())
  })

const awsRequestHandler = Effect.map(
  Effect.promise(() => import("./nodeAwsHandler.ts")),
  ({ makeRequestHandler }) => makeRequestHandler(),
)

/** The launcher hands its own file name over as the first argument; see `scripts/launcher.sh`. */
export const layer: Layer.Layer<Host> = Layer.succeed(Host, {
  environment: process.env,
  extensionName: process.argv[2] ?? "cache-extension",
  open,
  exchange,
  awsRequestHandler,
})
