/**
 * How a reply reaches the caller: whole, or torn as a dying network would tear it.
 *
 * The last step of a call in `AwsEmulator`. Torn deliveries work on the TCP socket below HTTP (and below TLS), which no
 * `HttpServerResponse` can do.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type { Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { type Outcome } from "./answer.ts"
import { type AwsReply } from "./protocol.ts"

/** A reply as it is. A raw body gets no content type that AWS did not give it. */
export const whole = ({ body, headers, status }: AwsReply): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.raw(body, { status, headers, contentLength: Buffer.byteLength(body) })

/** Delivers over the connections of a server that does not listen yet. After a torn delivery nothing is left to send. */
export const makeDelivery = (server: Server) => {
  // Under TLS a response knows its encrypted socket only; both have the same remote port.
  const sockets = new Map<number, Socket>()
  server.on("connection", (socket: Socket) => {
    const port = socket.remotePort ?? -1
    sockets.set(port, socket)
    socket.once("close", () => sockets.delete(port))
  })

  const tear = (response: ServerResponse, { delivery, reply }: Outcome): void => {
    const { body, headers, status } = reply
    const length = Buffer.byteLength(body)
    const reset = () => sockets.get(response.socket?.remotePort ?? -1)?.resetAndDestroy()
    if (delivery === "resetBefore") {
      reset()
      return
    }
    response.writeHead(status, { ...headers, "content-length": length })
    // Only once the half is out of this process: a reset throws away what still waits to be sent.
    response.write(Buffer.from(body).subarray(0, Math.floor(length / 2)), () =>
      delivery === "resetMid" ? reset() : response.socket?.end(),
    )
  }

  return (
    request: HttpServerRequest,
    outcome: Outcome,
  ): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
    outcome.delivery === "whole"
      ? Effect.succeed(whole(outcome.reply))
      : Effect.andThen(
          Effect.sync(() => tear(NodeHttpServerRequest.toServerResponse(request) as ServerResponse, outcome)),
          // The end of the connection ends the request.
          Effect.never,
        )
}
