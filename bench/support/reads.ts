/**
 * Single reads and their latency, for a function that opens a connection for each.
 */
import { setTimeout as delay } from "node:timers/promises"
import { connect } from "node:net"

export interface Read {
  /** Milliseconds from the first attempt to connect to the last byte. */
  readonly took: number
  /** The response with its head. */
  readonly text: string
}

const requestOf = (target: string): string =>
  `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`

/** The text of a response. Rejects if the port is closed. */
const attempt = (port: number, target: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => socket.write(requestOf(target)))
    let text = ""
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()))
    socket.once("end", () => resolve(text))
    socket.once("error", reject)
  })

/** Reads a value. A port that is not open yet is tried again each millisecond, as a function would. */
export const read = async (port: number, target: string, signal: AbortSignal): Promise<Read> => {
  const startedAt = performance.now()
  for (;;) {
    try {
      const text = await attempt(port, target)
      return { took: performance.now() - startedAt, text }
    } catch (error) {
      if (signal.aborted) throw error
      await delay(1)
    }
  }
}
