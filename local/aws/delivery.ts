/**
 * The sockets: reads a request's body, writes a reply whole or torn, and closes everything at once at the end.
 *
 * Under `AwsEmulator`, above node:http. The torn deliveries work on the TCP socket below HTTP (and below TLS),
 * so that callers meet what a dying network would show them.
 */
import * as Http from "node:http"
import * as Https from "node:https"
import { type AddressInfo, type Socket } from "node:net"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Outcome } from "./answer.ts"
import { type AwsReply } from "./protocol.ts"

/** The port could not be opened. */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  host: Schema.String,
  port: Schema.Number,
  cause: Schema.Defect(),
}) {
  override get message(): string {
    return `The AWS emulator cannot listen on ${this.host}:${this.port}: ${String(this.cause)}`
  }
}

export interface ListenOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** PEM texts; with them the server speaks TLS only. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined
}

export interface Exchange {
  readonly request: Http.IncomingMessage
  readonly response: Http.ServerResponse
  /** The TCP connection. */
  readonly socket: Socket | undefined
}

/** Idle connections are kept far longer than a client would, so that it is never the server that ends them. */
const KEEP_ALIVE_MILLIS = 120_000

/**
 * Listens for as long as the scope is open. Closing it destroys every connection, so that neither keep-alive nor
 * a request that hangs holds the process up. `handle` is called for each request.
 */
export const listen = Effect.fnUntraced(function* (
  options: ListenOptions,
  handle: (exchange: Exchange) => void,
) {
  const sockets = new Map<number, Socket>()
  const onRequest = (request: Http.IncomingMessage, response: Http.ServerResponse) =>
    handle({ request, response, socket: sockets.get(request.socket.remotePort ?? -1) })

  const server =
    options.tls === undefined
      ? Http.createServer(onRequest)
      : Https.createServer({ key: options.tls.key, cert: options.tls.cert }, onRequest)
  server.keepAliveTimeout = KEEP_ALIVE_MILLIS
  server.on("connection", (socket: Socket) => {
    // Under TLS a request knows its encrypted socket only; both share the remote port.
    const port = socket.remotePort ?? -1
    sockets.set(port, socket)
    socket.once("close", () => sockets.delete(port))
  })

  yield* Effect.acquireRelease(
    Effect.callback<void, ListenError>((resume) => {
      const fail = (cause: Error) =>
        resume(Effect.fail(new ListenError({ host: options.host, port: options.port, cause })))
      server.once("error", fail)
      server.listen(options.port, options.host, () => {
        server.off("error", fail)
        resume(Effect.void)
      })
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of sockets.values()) socket.destroy()
        server.closeAllConnections()
      }),
  )
  const { port } = server.address() as AddressInfo
  return { port }
})

/** The whole body of a request. Ends early, with what has come, when the caller goes away. */
export const readBody = (request: Http.IncomingMessage): Effect.Effect<string> =>
  Effect.callback((resume) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.once("end", () => resume(Effect.succeed(Buffer.concat(chunks).toString())))
    request.once("error", () => resume(Effect.interrupt))
  })

const writeHead = (response: Http.ServerResponse, reply: AwsReply) =>
  response.writeHead(reply.status, { ...reply.headers, "content-length": Buffer.byteLength(reply.body) })

/** Writes a reply as it is. */
export const deliverWhole = ({ response }: Exchange, reply: AwsReply): void => {
  writeHead(response, reply).end(reply.body)
}

/** Writes an outcome: whole, or torn in the way that its fault asks for. */
export const deliver = (exchange: Exchange, { reply, delivery }: Outcome): void => {
  const { response, socket } = exchange
  const half = Buffer.from(reply.body).subarray(0, Math.floor(Buffer.byteLength(reply.body) / 2))
  switch (delivery) {
    case "whole":
      deliverWhole(exchange, reply)
      return
    case "resetBefore":
      socket?.resetAndDestroy()
      return
    case "resetMid":
      // Only once the half is out of this process: a reset throws away what still waits to be sent.
      writeHead(response, reply).write(half, () => socket?.resetAndDestroy())
      return
    case "truncate":
      writeHead(response, reply).write(half, () => response.socket?.end())
  }
}
