/**
 * The load generator of the warm bench: keeps a number of connections busy for a while, with one request at a time on each, and
 * prints the result as a line of JSON.
 *
 * Runs on Bun (`bun bench/load.ts --port 4000 --path /parameters?name=A`), whose plain sockets send several times as
 * many requests per second as a load generator on Node, so that the generator is not the bottleneck. Latencies are counted in
 * microseconds.
 */
import process from "node:process"
import { COUNT, NUMBER, parseOptions } from "../scripts/options.ts"

interface Socket {
  readonly write: (data: Uint8Array) => number
  readonly end: () => void
  data: Connection
}

/** The part of Bun's API that is used. https://bun.com/docs/api/tcp */
declare const Bun: {
  readonly connect: (options: {
    readonly hostname: string
    readonly port: number
    readonly data: Connection
    readonly socket: {
      readonly open: (socket: Socket) => void
      readonly data: (socket: Socket, chunk: Buffer) => void
      readonly close: (socket: Socket) => void
      readonly error: (socket: Socket, error: Error) => void
    }
  }) => Promise<Socket>
  readonly sleep: (milliseconds: number) => Promise<void>
}

interface Connection {
  sentAt: number
  /** The part of the response that has arrived, if it comes in pieces. */
  pending: Buffer | undefined
}

/** The result of a round. */
export interface Load {
  readonly requestsPerSecond: number
  /** All requests, including those of the warm-up. */
  readonly requests: number
  /** Latencies in microseconds. */
  readonly p50: number
  readonly p99: number
  /** The generator's own share of a CPU. Near 1, the generator is the bottleneck. */
  readonly ownCpu: number
}

/** Requests of the warm-up, in which both ends are compiled. */
const WARM_UP_SECONDS = 0.5
const SLOWEST = 1_000_000
const MICROSECONDS = 1_000

const options = parseOptions("Loads a server of this machine; needs Bun.", {
  port: { type: "string", default: "4000", check: COUNT, description: "Port of the server" },
  path: { type: "string", default: "/health", description: "What is asked for" },
  connections: { type: "string", default: "1", check: COUNT, description: "Connections kept busy" },
  seconds: { type: "string", default: "3", check: NUMBER, description: "Length of the load" },
  "cache-control": { type: "string", default: "", description: "Sent with each request" },
})
const { connections, path, port, seconds } = options
const cacheControl = options["cache-control"]
const header = cacheControl === "" ? "" : `Cache-Control: ${cacheControl}\r\n`
const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n${header}\r\n`)

/** The number of requests by microseconds. */
const histogram = new Uint32Array(SLOWEST + 1)
let counting = false
let over = false
let count = 0
let requests = 0

const fail = (reason: string): never => {
  console.error(reason)
  process.exit(1)
}

const send = (socket: Socket): void => {
  socket.data.sentAt = performance.now()
  socket.write(request)
}

/** Whether the bytes are a complete response. Throws unless the status is 200. */
const isComplete = (answer: Buffer): boolean => {
  const end = answer.indexOf("\r\n\r\n")
  if (end === -1) return false
  const head = answer.toString("latin1", 0, end)
  if (!head.startsWith("HTTP/1.1 200")) fail(`answered ${head}`)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? fail(`no length in ${head}`)
  return answer.length >= end + 4 + Number(length)
}

const receive = (socket: Socket, chunk: Buffer): void => {
  const { pending, sentAt } = socket.data
  const answer = pending === undefined ? chunk : Buffer.concat([pending, chunk])
  if (!isComplete(answer)) {
    socket.data.pending = Buffer.from(answer)
    return
  }
  socket.data.pending = undefined
  requests += 1
  if (counting) {
    const took = Math.min(SLOWEST, Math.round((performance.now() - sentAt) * MICROSECONDS))
    histogram[took] = (histogram[took] ?? 0) + 1
    count += 1
  }
  if (!over) send(socket)
}

/** A quantile of the latencies. */
const percentile = (share: number): number => {
  let seen = 0
  return histogram.findIndex((requests) => (seen += requests) >= share * count)
}

const sockets = await Promise.all(
  Array.from({ length: Number(connections) }, () =>
    Bun.connect({
      hostname: "127.0.0.1",
      port: Number(port),
      data: { sentAt: 0, pending: undefined },
      socket: {
        open: send,
        data: receive,
        close: () => over || fail("the server closed a connection"),
        error: (_, error) => fail(error.message),
      },
    }),
  ),
)

await Bun.sleep(WARM_UP_SECONDS * 1_000)
const before = process.cpuUsage()
const startedAt = performance.now()
counting = true
await Bun.sleep(Number(seconds) * 1_000)
counting = false
const elapsed = performance.now() - startedAt
const { system, user } = process.cpuUsage(before)
over = true
for (const socket of sockets) socket.end()

const load: Load = {
  requestsPerSecond: (count / elapsed) * 1_000,
  requests,
  p50: percentile(0.5),
  p99: percentile(0.99),
  ownCpu: (user + system) / MICROSECONDS / elapsed,
}
console.log(JSON.stringify(load))
process.exit(0)
