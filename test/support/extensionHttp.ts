/**
 * HTTP requests on new connections or on those of an agent, free ports, and raw TCP connections. Used by `extension.ts`,
 * and by tests that need more than a read.
 */
import { Effect, type Scope } from "effect"
import dgram from "node:dgram"
import http from "node:http"
import net from "node:net"
import process from "node:process"

export const LOOPBACK = "127.0.0.1"

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** The body as UTF-8 text, and as it came. */
  readonly text: string
  readonly bytes: Buffer
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Default 127.0.0.1. */
  readonly host?: string
  /** For keep-alive. Default: a connection of its own. */
  readonly agent?: http.Agent
}

/** One request, without a timeout; interruption closes its connection. Fails with what the network says. */
export const ask = (
  port: number,
  target: string,
  { agent, headers = {}, host = LOOPBACK, method = "GET" }: AskOptions = {},
): Effect.Effect<Answer, NodeJS.ErrnoException> =>
  Effect.callback((resume) => {
    const fail = (error: Error) => resume(Effect.fail(error))
    const request = http.request(
      { host, port, path: target, method, headers, agent: agent ?? false },
      (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.once("error", fail)
        response.once("end", () => {
          const bytes = Buffer.concat(chunks)
          const { headers, statusCode: status = 0 } = response
          resume(Effect.succeed({ status, headers, text: bytes.toString("utf8"), bytes }))
        })
      },
    )
    request.on("error", fail)
    request.end()
    return Effect.sync(() => request.destroy())
  })

/** An agent that keeps connections open; they are closed with the scope. */
export const keepAliveAgent: Effect.Effect<http.Agent, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => new http.Agent({ keepAlive: true })),
  (agent) => Effect.sync(() => agent.destroy()),
)

/** Opens a TCP connection, closed with the scope. Fails with what the network says. */
export const connect = (
  port: number,
  host: string = LOOPBACK,
): Effect.Effect<net.Socket, NodeJS.ErrnoException, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<net.Socket, NodeJS.ErrnoException>((resume) => {
      const socket = net.connect({ port, host })
      socket.once("connect", () => resume(Effect.succeed(socket)))
      socket.on("error", (error) => resume(Effect.fail(error)))
    }),
    (socket) => Effect.sync(() => socket.destroy()),
  )

/** Listens on a port of 127.0.0.1 (0: any) until the scope closes; gives the port. */
export const listen = (
  server: net.Server,
  port = 0,
): Effect.Effect<number, NodeJS.ErrnoException, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<number, NodeJS.ErrnoException>((resume) => {
      server.once("error", (error) => resume(Effect.fail(error)))
      server.listen(port, LOOPBACK, () => resume(Effect.succeed((server.address() as net.AddressInfo).port)))
    }),
    () => Effect.sync(() => server.close()),
  )

/** Below the range from which systems choose the ports of outgoing connections, so nothing takes it by chance. */
const LOWEST_PORT = 20_000
const HIGHEST_PORT = 32_000

/** Where test processes start to look, apart from each other. */
let candidate = LOWEST_PORT + ((process.pid * 97) % (HIGHEST_PORT - LOWEST_PORT))

/** Claims a port's number for as long as this process runs: tests elsewhere cannot bind the same UDP port, which nobody else uses. */
const claim = (port: number): Effect.Effect<void, NodeJS.ErrnoException> =>
  Effect.callback((resume) => {
    const socket = dgram.createSocket("udp4").unref()
    socket.once("error", (error) => {
      socket.close()
      resume(Effect.fail(error))
    })
    socket.bind({ port, address: LOOPBACK, exclusive: true }, () => resume(Effect.void))
  })

/** A port that nobody listens on, and that no other test will be given. */
export const freePort: Effect.Effect<number> = Effect.suspend(() => {
  candidate = candidate >= HIGHEST_PORT ? LOWEST_PORT : candidate + 1
  const port = candidate
  return Effect.andThen(claim(port), Effect.scoped(listen(net.createServer(), port)))
}).pipe(Effect.eventually)
