/**
 * Malformed and hostile replies, byte by byte, that something in AWS's place may send by mistake or on purpose.
 *
 * The name of a reply is also the name of the parameter that gets it. `hostileReplies.test.ts` reads them all.
 */
import { Effect, type Fiber, Schedule, type Scope } from "effect"
import net from "node:net"
import { LOOPBACK } from "./extensionHttp.ts"

/** The value that replies carry which may be served. */
export const VALUE = "the value"

const jsonOf = (name: string, value = JSON.stringify(VALUE)): string =>
  `{"Parameter":{"Name":"${name}","Type":"String","Value":${value},"Version":1}}`

interface Parts {
  readonly status?: string
  readonly headers?: ReadonlyArray<string>
  readonly body: string | Buffer
  readonly length?: number
}

const TYPE = "Content-Type: application/x-amz-json-1.1"

const reply = ({ body, headers = [], length, status = "HTTP/1.1 200 OK" }: Parts): Buffer =>
  Buffer.concat([
    Buffer.from(
      `${[status, TYPE, `Content-Length: ${length ?? Buffer.byteLength(body)}`, ...headers].join("\r\n")}\r\n\r\n`,
      "latin1",
    ),
    Buffer.from(body),
  ])

interface OddReply {
  /** `value`: it may be served; `refused`: it must not be; `either`: that depends on the runtime. */
  readonly end: "value" | "refused" | "either"
  /** What is sent. */
  readonly bytes: (name: string) => Buffer
  /** What is then repeated until the other side closes the connection. */
  readonly drip?: Buffer
  readonly closes?: boolean
}

const times = (count: number, text: (index: number) => string): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => text(index))

const chunked = (name: string, trailer: string): Buffer => {
  const body = jsonOf(name)
  const size = Buffer.byteLength(body).toString(16)
  return Buffer.from(
    `HTTP/1.1 200 OK\r\n${TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n${body}\r\n0\r\n${trailer}\r\n`,
  )
}

export const ODD_REPLIES: Readonly<Record<string, OddReply>> = {
  plain: { end: "value", bytes: (name) => reply({ body: jsonOf(name) }) },
  drip: {
    end: "refused",
    bytes: (name) => reply({ body: jsonOf(name).slice(0, 9), length: 1_000 }),
    drip: Buffer.from(" "),
  },
  dripOfHeaders: {
    end: "refused",
    bytes: () => Buffer.from("HTTP/1.1 200 OK\r\n"),
    drip: Buffer.from("x: y\r\n"),
  },
  manyHeaders: {
    end: "either",
    bytes: (name) => reply({ body: jsonOf(name), headers: times(100_000, (index) => `x-${index}: y`) }),
  },
  longHeader: {
    end: "either",
    bytes: (name) => reply({ body: jsonOf(name), headers: [`x: ${"y".repeat(1_000_000)}`] }),
  },
  trailers: {
    end: "either",
    bytes: (name) => chunked(name, times(1_000, (index) => `t-${index}: v\r\n`).join("")),
  },
  chunkedWell: { end: "value", bytes: (name) => chunked(name, "") },
  badChunk: {
    end: "refused",
    bytes: () =>
      Buffer.from(`HTTP/1.1 200 OK\r\n${TYPE}\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n`),
    closes: true,
  },
  earlyHints: {
    end: "either",
    bytes: (name) =>
      Buffer.concat([
        Buffer.from("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(1_000)),
        reply({ body: jsonOf(name) }),
      ]),
  },
  endlessHints: {
    end: "refused",
    bytes: () => Buffer.alloc(0),
    drip: Buffer.from("HTTP/1.1 100 Continue\r\n\r\n"),
  },
  http10: {
    end: "either",
    bytes: (name) => Buffer.from(`HTTP/1.0 200 OK\r\n${TYPE}\r\n\r\n${jsonOf(name)}`),
    closes: true,
  },
  lengthTooLong: {
    end: "refused",
    bytes: (name) => reply({ body: jsonOf(name), length: 100_000 }),
    closes: true,
  },
  lengthTooShort: {
    end: "refused",
    bytes: (name) => reply({ body: jsonOf(name), length: 20 }),
    closes: true,
  },
  twoLengths: {
    end: "either",
    bytes: (name) => reply({ body: jsonOf(name), headers: ["Content-Length: 3"] }),
    closes: true,
  },
  notHttp: { end: "refused", bytes: () => Buffer.from("SSH-2.0-OpenSSH_9.6\r\n"), closes: true },
  oddStatus: {
    end: "refused",
    bytes: () => reply({ body: "{}", status: "HTTP/1.1 999 \u001b[31mFORGED" }),
    closes: true,
  },
  invalidUtf8: {
    end: "refused",
    bytes: (name) => reply({ body: Buffer.from(jsonOf(name, '"\xff\xfe\xc3"'), "latin1") }),
  },
  deepJson: { end: "refused", bytes: () => reply({ body: "[".repeat(100_000) }) },
  deepMember: {
    end: "either",
    bytes: (name) =>
      reply({ body: jsonOf(name).replace(/}$/, `,"x":${"[".repeat(10_000)}${"]".repeat(10_000)}}`) }),
  },
  longNumber: {
    end: "either",
    bytes: (name) => reply({ body: jsonOf(name).replace("1}}", `${"1".repeat(100_000)}}}`) }),
  },
  duplicateKeys: {
    end: "value",
    bytes: (name) => reply({ body: jsonOf(name).replace('"Value"', '"Value":"another","Value"') }),
  },
  prototype: {
    end: "value",
    bytes: (name) =>
      reply({ body: jsonOf(name).replace("{", '{"__proto__":{"Parameter":1},"constructor":1,') }),
  },
  dateSkew: {
    end: "value",
    bytes: (name) =>
      reply({ body: jsonOf(name), headers: ["Date: Thu, 01 Jan 1970 00:00:00 GMT", "x-amz-date: x"] }),
  },
  forgedError: {
    end: "refused",
    bytes: () =>
      reply({
        status: "HTTP/1.1 400 Bad Request",
        body: JSON.stringify({
          __type: "Odd\nFORGED\u001b[31m",
          message: 'x\n{"_aws":{}}\u2028FORGED\u009b',
        }),
      }),
  },
  forgedErrorHeader: {
    end: "refused",
    bytes: () =>
      reply({
        status: "HTTP/1.1 400 Bad Request",
        body: "{}",
        headers: [`x-amzn-errortype: ${"E".repeat(5_000)}\u0085FORGED`, "retry-after: 1e99"],
      }),
  },
}

/** Milliseconds between two drips. */
const DRIP = 20

const dripOn = (socket: net.Socket, drip: Buffer) =>
  Effect.repeat(
    Effect.sync(() => socket.write(drip)),
    Schedule.spaced(DRIP),
  )

/** A server in AWS's place that sends the reply named like the parameter. */
export const serveOddReplies: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function* () {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    let received = ""
    let dripping: Fiber.Fiber<unknown> | undefined
    socket.on("error", () => {})
    socket.on("close", () => {
      dripping?.interruptUnsafe()
      sockets.delete(socket)
    })
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1")
      const [, name = ""] = /"Name":"(\w+)"/.exec(received) ?? []
      const odd = ODD_REPLIES[name]
      if (odd === undefined) return
      received = ""
      socket.write(odd.bytes(name))
      const { drip } = odd
      if (drip !== undefined) dripping = Effect.runFork(dripOn(socket, drip))
      if (odd.closes === true) socket.end()
    })
  })
  yield* Effect.callback<void>((resume) => {
    server.listen(0, LOOPBACK, () => resume(Effect.void))
  })
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      server.close()
      sockets.forEach((socket) => socket.destroy())
    }),
  )
  const address = server.address()
  return `http://${LOOPBACK}:${typeof address === "object" && address !== null ? address.port : 0}`
})
