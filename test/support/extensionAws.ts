/**
 * An AWS that answers whatever a test wants, for what the real one and its emulator never send: a value that is
 * empty, or a reply that breaks off in the middle of a secret although it looks whole.
 */
import { Effect } from "effect"
import http from "node:http"
import { listen, LOOPBACK } from "./extensionHttp.ts"

/** Starts it for the scope; gives its endpoint. Every request gets the status and the text, whatever it asks. */
export const serveAnswer = Effect.fnUntraced(function* (text: string, status = 200) {
  const server = http.createServer((request, response) => {
    request.resume()
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(text)
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
  return `http://${LOOPBACK}:${yield* listen(server)}`
}, Effect.orDie)
