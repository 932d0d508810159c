/**
 * Raw HTTP, for requests that no client sends: writes bytes to a TCP connection and splits what comes back into responses by
 * Content-Length or chunks.
 */
import { Effect, type Scope } from "effect"
import type net from "node:net"
import { connect } from "./extensionHttp.ts"

interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Conversation {
  readonly socket: net.Socket
  readonly send: (bytes: string | Uint8Array) => Effect.Effect<void>
  /** Half-closes the connection. */
  readonly finish: Effect.Effect<void>
  /** Waits for so many responses. A connection that closes before is a defect. */
  readonly answers: (count: number) => Effect.Effect<ReadonlyArray<RawAnswer>>
  /** All responses until the other end closes the connection. */
  readonly untilClosed: Effect.Effect<ReadonlyArray<RawAnswer>>
}

const HEAD_END = "\r\n\r\n"
const LAST_CHUNK = "0\r\n\r\n"

/** The length of the body after the head, or undefined while it is unknown. */
const lengthOf = (status: number, headers: RawAnswer["headers"], rest: string): number | undefined => {
  if (status < 200 || status === 204) return 0
  if (headers["transfer-encoding"] !== "chunked") return Number(headers["content-length"] ?? 0)
  const last = rest.indexOf(LAST_CHUNK)
  return last === -1 ? undefined : last + LAST_CHUNK.length
}

/** The complete responses at the start of a text (Latin-1). */
const parse = (received: string): ReadonlyArray<RawAnswer> => {
  const end = received.indexOf(HEAD_END)
  if (end === -1) return []
  const [start = "", ...lines] = received.slice(0, end).split("\r\n")
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(start)?.[1])
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  )
  const rest = received.slice(end + HEAD_END.length)
  const length = lengthOf(status, headers, rest)
  if (length === undefined || rest.length < length) return []
  return [{ status, headers, body: rest.slice(0, length) }, ...parse(rest.slice(length))]
}

/** Opens a connection to the extension, closed with the scope. */
export const converse = (port: number, host?: string): Effect.Effect<Conversation, never, Scope.Scope> =>
  Effect.map(Effect.orDie(connect(port, host)), (socket) => {
    let received = ""
    let isClosed = false
    socket.on("data", (chunk) => (received += chunk.toString("latin1")))
    socket.on("close", () => (isClosed = true))

    /** Waits until there is what is looked for. */
    const until = <A>(look: () => A | undefined): Effect.Effect<A> =>
      Effect.callback((resume) => {
        const stop = () => socket.off("data", check).off("close", check)
        const end = (result: Effect.Effect<A>) => {
          stop()
          resume(result)
        }
        const check = () => {
          const found = look()
          if (found !== undefined) end(Effect.succeed(found))
          else if (isClosed) end(Effect.die(new Error(`closed after ${JSON.stringify(received)}`)))
        }
        socket.on("data", check).on("close", check)
        check()
        return Effect.sync(stop)
      })

    return {
      socket,
      send: (bytes) => Effect.sync(() => void socket.write(bytes)),
      finish: Effect.sync(() => void socket.end()),
      answers: (count) =>
        until(() => {
          const answers = parse(received)
          return answers.length < count ? undefined : answers.slice(0, count)
        }),
      untilClosed: until(() => (isClosed ? parse(received) : undefined)),
    }
  })

/** A request without a body, as text. */
export const requestText = (
  target: string,
  headers: ReadonlyArray<string> = ["Host: localhost"],
  method = "GET",
): string => [`${method} ${target} HTTP/1.1`, ...headers, "", ""].join("\r\n")
