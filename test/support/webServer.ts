/**
 * A server on the web, as far as a test needs one: on a free port of this machine, with answers of the test and a record of what
 * it was asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import * as Https from "node:https"
import type { AddressInfo } from "node:net"
import { Effect, type Scope } from "effect"

export type WebAnswer = (request: IncomingMessage, response: ServerResponse) => void

export interface WebServer {
  /** Without a slash at its end. */
  readonly url: string
  readonly asked: Array<IncomingMessage>
}

/** A server. With a certificate for `localhost`, it speaks TLS. */
export const serve = (
  answer: WebAnswer,
  tls?: { readonly key: string; readonly cert: string },
): Effect.Effect<WebServer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<WebServer & { readonly stop: () => void }>((resume) => {
      const asked: Array<IncomingMessage> = []
      const listener: WebAnswer = (request, response) => {
        asked.push(request)
        answer(request, response)
      }
      const server = tls === undefined ? createServer(listener) : Https.createServer(tls, listener)
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        const stop = () => {
          server.closeAllConnections()
          server.close()
        }
        const url = tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`
        resume(Effect.succeed({ url, asked, stop }))
      })
    }),
    ({ stop }) => Effect.sync(stop),
  )

/** The answer with a body and headers. */
export const page =
  (body: string | Uint8Array, headers: Record<string, string> = {}, status = 200): WebAnswer =>
  (_, response) =>
    response.writeHead(status, headers).end(body)
