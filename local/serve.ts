/**
 * The HTTP server of local AWS, local Lambda and the page: routes on a port for as long as a scope is open.
 *
 * `HttpRouter` on `NodeHttpServer`, with what a server of tests needs beside them: paths match to the letter, and the
 * end of the scope closes every connection at once, also those that wait for an answer.
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
  /** What would have been served there, as the subject of a sentence. */
  name: Schema.String,
  host: Schema.String,
  port: Schema.Number,
  cause: Schema.Defect(),
}) {
  override get message(): string {
    return `${this.name} cannot listen on ${this.host}:${this.port}: ${String(this.cause)}`
  }
}

export interface ServeOptions {
  /** What is served, for a `ListenError`. */
  readonly name: string
  /** Not listening yet; its timeouts are the caller's choice. A server of node:https has this type, too. */
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

/** Destroys the connections below HTTP and TLS, so that neither keep-alive nor a handshake keeps the server open. */
const closeAtOnce = (server: Server, sockets: ReadonlySet<Socket>): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
    for (const socket of sockets) socket.destroy()
  })

/** Opens the port and serves the routes. What they fail with is answered as Effect answers it: see HttpServerRespondable. */
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
  // Added last, so it comes first: those who wait meet a reset, not the answer of an interrupted handler.
  yield* Effect.addFinalizer(() => closeAtOnce(server, sockets))
  return server.address() as AddressInfo
})
