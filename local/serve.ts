/**
 * The HTTP server of local AWS, local Lambda and the page: serves routes on a port until its scope closes.
 *
 * `HttpRouter` on `NodeHttpServer`, with two differences: paths match exactly, and closing the scope destroys every
 * connection at once, including those that wait for an answer.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Server } from "node:http"
import type { AddressInfo, Socket } from "node:net"

/** The port could not be opened. */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  /** The subject of the message, for example `The AWS emulator`. */
  name: Schema.String,
  host: Schema.String,
  port: Schema.Number,
  cause: Schema.Defect(),
}) {
  override get message(): string {
    return `${this.name} cannot listen on ${this.host}:${this.port}: ${String(this.cause)}`
  }
}

interface ServeOptions {
  /** Names the server in a `ListenError`. */
  readonly name: string
  /** From node:http or node:https, not listening yet. The caller chooses its timeouts. */
  readonly server: Server
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
}

const EXACT = {
  caseSensitive: true,
  ignoreDuplicateSlashes: false,
  ignoreTrailingSlash: false,
  maxParamLength: Infinity,
}

/** Destroys the TCP connections, so that neither keep-alive nor an unfinished TLS handshake keeps the server open. */
const closeAtOnce = (server: Server, sockets: ReadonlySet<Socket>): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
    for (const socket of sockets) socket.destroy()
  })

/** Opens the port, serves the routes and returns the bound address. Effect turns failures of the routes into responses. */
export const serve = Effect.fnUntraced(function* (
  { host, name, port, server }: ServeOptions,
  routes: Layer.Layer<never, never, HttpRouter.HttpRouter | HttpRouter.Request<"Error", unknown>>,
): Effect.fn.Return<AddressInfo, ListenError, Scope.Scope> {
  const sockets = new Set<Socket>()
  server.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  const listening = NodeHttpServer.layerServer(() => server, { host, port, disablePreemptiveShutdown: true })
  yield* HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true, routerConfig: EXACT }).pipe(
    Layer.provide(listening),
    Layer.build,
    Effect.mapError(({ cause }) => new ListenError({ name, host, port, cause })),
  )
  // Added last, so it runs first: waiting clients get a reset, not the response of an interrupted handler.
  yield* Effect.addFinalizer(() => closeAtOnce(server, sockets))
  return server.address() as AddressInfo
})
