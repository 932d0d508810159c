/**
 * A fake Extensions API for the benches: fixed replies, an `event/next` that never returns, and the time of each request.
 * It runs in the measuring process, so that all times are from one clock.
 */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"

/** Called when requests of an extension arrive. Faults come with the reported text. */
interface Arrivals {
  readonly registered: (at: number) => void
  readonly next: (at: number) => void
  readonly fault: (text: string) => void
}

export interface ExtensionsApi {
  /** AWS_LAMBDA_RUNTIME_API. */
  readonly address: string
  /** Replaces the callbacks. One extension runs at a time. */
  readonly listen: (arrivals: Arrivals) => void
  readonly close: () => void
}

const PREFIX = "/2020-01-01/extension"
const REGISTRATION = JSON.stringify({
  functionName: "bench",
  functionVersion: "$LATEST",
  handler: "index.handler",
})
const REGISTERED = {
  "content-type": "application/json",
  "lambda-extension-identifier": "00000000-0000-4000-8000-000000000000",
  "content-length": REGISTRATION.length,
}

const serve = (arrivals: () => Arrivals): Server =>
  createServer((request, response) => {
    const at = performance.now()
    switch (request.url) {
      case `${PREFIX}/register`:
        response.writeHead(200, REGISTERED).end(REGISTRATION)
        return arrivals().registered(at)
      case `${PREFIX}/event/next`:
        return arrivals().next(at)
      default: {
        let body = ""
        request.on("data", (chunk: Buffer) => (body += chunk.toString()))
        request.once("end", () => {
          response.writeHead(202).end("{}")
          arrivals().fault(`${request.url}: ${body}`)
        })
      }
    }
  })

const nobody: Arrivals = { registered: () => {}, next: () => {}, fault: () => {} }

export const startExtensionsApi = async (): Promise<ExtensionsApi> => {
  let current = nobody
  const server = serve(() => current)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    listen: (arrivals) => {
      current = arrivals
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
