/**
 * A fake AWS that sends whatever a test wants, for what AWS and its emulator never send: an empty value, or a reply that
 * ends in the middle of a secret although it looks complete.
 */
import { Effect } from "effect"
import http from "node:http"
import { listen, LOOPBACK } from "./extensionHttp.ts"

/** Starts it for the scope; gives its endpoint. Every request gets the status and the text, whatever it asks. */
export const serveAnswer = (text: string, status?: number) => serveAnswers([text], status)

/** The same with several texts, for each operation in turn. */
export const serveAnswers = Effect.fnUntraced(function* (texts: ReadonlyArray<string>, status = 200) {
  const asked = new Map<string, number>()
  const server = http.createServer((request, response) => {
    request.resume()
    const operation = String(request.headers["x-amz-target"] ?? request.url)
    const turn = asked.get(operation) ?? 0
    asked.set(operation, turn + 1)
    response
      .writeHead(status, { "content-type": "application/x-amz-json-1.1" })
      .end(texts[turn % texts.length])
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
  return `http://${LOOPBACK}:${yield* listen(server)}`
}, Effect.orDie)
