/**
 * Servers in the place of AWS, of the credentials' endpoint, of a collector or of Lambda's own API that do what none of
 * those does: lead elsewhere, never end a body, pack it although nobody asked.
 */
import { Effect } from "effect"
import http from "node:http"
import { gzipSync } from "node:zlib"
import { listen, LOOPBACK } from "./extensionHttp.ts"

/** Serves for the scope; gives the address as host and port. */
const serve = (respond: http.RequestListener) =>
  Effect.gen(function* () {
    const server = http.createServer((request, response) => {
      request.resume()
      response.on("error", () => {})
      respond(request, response)
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
    return `${LOOPBACK}:${yield* listen(server)}`
  }).pipe(Effect.orDie)

/** Leads to a place that would answer, and counts who comes to either. */
export const serveRedirect = Effect.fnUntraced(function* (status: number, answer = "{}") {
  let asked = 0
  let followed = 0
  const elsewhere = yield* serve((_request, response) => {
    followed += 1
    response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(answer)
  })
  const address = yield* serve((request, response) => {
    asked += 1
    response
      .writeHead(status, {
        location: `http://${elsewhere}${request.url}`,
        "content-type": "application/json",
      })
      .end(answer)
  })
  return { address, asked: () => asked, followed: () => followed }
})

const CHUNK = Buffer.alloc(65_536, "a")

/** Never ends a body. Tells the most bytes that went out in one answer. */
export const serveWithoutEnd = Effect.fnUntraced(function* () {
  let most = 0
  const address = yield* serve((_request, response) => {
    let bytes = 0
    response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).write('{"Value":"')
    const write = () => {
      let goesOn = true
      while (goesOn) {
        goesOn = response.write(CHUNK)
        bytes += CHUNK.byteLength
        most = Math.max(most, bytes)
      }
    }
    response.on("drain", write)
    write()
  })
  return { address, most: () => most }
})

/** Answers with a body of so many bytes, packed into few. */
export const servePacked = Effect.fnUntraced(function* (bytes: number) {
  const body = gzipSync(Buffer.alloc(bytes, " "))
  return yield* serve((_request, response) => {
    response
      .writeHead(200, { "content-type": "application/x-amz-json-1.1", "content-encoding": "gzip" })
      .end(body)
  })
})
