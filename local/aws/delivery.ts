/**
 * How a reply reaches the caller: complete, or broken off as by a failing network.
 *
 * The last step of a call in `AwsEmulator`. Broken deliveries use the TCP socket below HTTP and TLS, which an
 * `HttpServerResponse` cannot express.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type { Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { type Outcome } from "./answer.ts"
import { type AwsReply } from "./protocol.ts"

/** A complete reply. Its body is raw, so that Effect adds no content type. */
export const toResponse = ({ body, headers, status }: AwsReply): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.raw(body, { status, headers, contentLength: Buffer.byteLength(body) })

/** Sends half of a reply or nothing, and ends the connection by its TCP socket. */
export const breakOff = (
  response: ServerResponse,
  { delivery, reply }: Outcome,
  socket: Socket | null | undefined,
): void => {
  const { body, headers, status } = reply
  const length = Buffer.byteLength(body)
  const reset = () => socket?.resetAndDestroy()
  if (delivery === "resetBefore") {
    reset()
    return
  }
  response.writeHead(status, { ...headers, "content-length": length })
  // Only once the half has left this process: a reset discards what is still buffered.
  response.write(Buffer.from(body).subarray(0, Math.floor(length / 2)), () =>
    delivery === "resetMid" ? reset() : response.socket?.end(),
  )
}

/** The deliveries over the connections of a server that does not listen yet. */
export const makeDelivery = (server: Server) => {
  // Under TLS a response has the encrypted socket only; the remote port leads to the TCP socket below.
  const sockets = new Map<number, Socket>()
  server.on("connection", (socket: Socket) => {
    const port = socket.remotePort ?? -1
    sockets.set(port, socket)
    socket.once("close", () => sockets.delete(port))
  })

  const tcpSocketOf = ({ socket }: ServerResponse) => sockets.get(socket?.remotePort ?? -1)

  return (
    request: HttpServerRequest,
    outcome: Outcome,
  ): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
    outcome.delivery === "whole"
      ? Effect.succeed(toResponse(outcome.reply))
      : Effect.andThen(
          Effect.sync(() => {
            const response = NodeHttpServerRequest.toServerResponse(request) as ServerResponse
            breakOff(response, outcome, tcpSocketOf(response))
          }),
          // The end of the connection ends the request.
          Effect.never,
        )
}
