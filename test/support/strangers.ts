/**
 * Servers in place of AWS, the credentials endpoint, a collector or Lambda's API that misbehave: redirect, send endless
 * bodies, compress without being asked.
 */
import { Effect } from "effect"
import http from "node:http"
import { gzipSync } from "node:zlib"
import { listen, LOOPBACK } from "./extensionHttp.ts"

/** Serves for the scope. Returns host and port. */
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

/** Redirects to a server that would respond, and counts the requests to both. */
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

/** Sends endless bodies. Records the most bytes that were sent in one response. */
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

/** Responds with a compressed body of so many bytes. */
export const servePacked = Effect.fnUntraced(function* (bytes: number) {
  const body = gzipSync(Buffer.alloc(bytes, " "))
  return yield* serve((_request, response) => {
    response
      .writeHead(200, { "content-type": "application/x-amz-json-1.1", "content-encoding": "gzip" })
      .end(body)
  })
})
