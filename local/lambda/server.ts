/**
 * The HTTP server behind AWS_LAMBDA_RUNTIME_API: sockets in, `Request`s out, `Reply`s back.
 *
 * Each request runs as a fiber of the server's scope. A poll may wait for ever, so no timeout of node's applies;
 * a client that goes away interrupts its fiber, and a fiber that is interrupted closes its socket.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import http, { type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { type AddressInfo } from "node:net"
import { EmulatorError } from "./errors.ts"
import { MAX_RESPONSE_BYTES } from "./limits.ts"
import { type Reply, type Request } from "./wire.ts"

const LOOPBACK = "127.0.0.1"

/** Opens the port (0 for any) and serves until the scope closes. Gives `host:port`. */
export const serve = (
  port: number,
  handle: (request: Request) => Effect.Effect<Reply>,
): Effect.Effect<string, EmulatorError, Scope.Scope> =>
  Effect.gen(function* () {
    const run = yield* FiberSet.makeRuntime()
    const server = yield* Effect.acquireRelease(listen(port), close)
    server.on("request", (incoming, outgoing) => {
      const fiber = run(Effect.flatMap(readRequest(incoming), handle))
      outgoing.once("close", () => {
        if (!outgoing.writableFinished) fiber.interruptUnsafe()
      })
      fiber.addObserver((exit) => {
        if (Exit.isSuccess(exit)) write(outgoing, exit.value)
        else outgoing.destroy()
      })
    })
    const { address, port: bound } = server.address() as AddressInfo
    return `${address}:${bound}`
  })

const listen = (port: number): Effect.Effect<Server, EmulatorError> =>
  Effect.callback((resume) => {
    const server = http.createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 })
    server.once("error", (cause) =>
      resume(
        Effect.fail(
          new EmulatorError({ message: `The Runtime API cannot listen on ${LOOPBACK}:${port}`, cause }),
        ),
      ),
    )
    server.listen(port, LOOPBACK, () => resume(Effect.succeed(server)))
  })

const close = (server: Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

/** Reads a whole request. Of a body past the limit only the size is kept. */
const readRequest = (incoming: IncomingMessage): Effect.Effect<Request> =>
  Effect.callback((resume) => {
    const chunks: Array<Buffer> = []
    let bytes = 0
    incoming.on("data", (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MAX_RESPONSE_BYTES) chunks.push(chunk)
    })
    incoming.once("end", () =>
      resume(
        Effect.succeed({
          method: incoming.method ?? "GET",
          path: (incoming.url ?? "/").split("?", 1)[0] ?? "/",
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString("utf8"),
          bytes,
          trailers: incoming.trailers,
        }),
      ),
    )
    incoming.once("error", () => resume(Effect.interrupt))
  })

const write = (outgoing: ServerResponse, reply: Reply): void => {
  outgoing.writeHead(reply.status, { ...reply.headers, "Content-Length": Buffer.byteLength(reply.body) })
  outgoing.end(reply.body)
}
