/**
 * Finds the time at which a port opens and the time at which it first responds, by polling without a pause. Bare servers and
 * extensions are polled alike, so that the cost of polling is in both figures.
 */
import { connect, type Socket } from "node:net"

const GET = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

const attempt = (port: number): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true })
    socket.once("connect", () => resolve(socket))
    socket.once("error", () => resolve(undefined))
  })

/** Connects as soon as the port accepts connections. Undefined after `signal`. */
const connection = async (port: number, signal: AbortSignal): Promise<Socket | undefined> => {
  while (!signal.aborted) {
    const socket = await attempt(port)
    if (socket !== undefined) return socket
  }
  return undefined
}

/** Calls back once with the time (`performance.now`) when the port opens. */
export const onOpen = async (
  port: number,
  signal: AbortSignal,
  opened: (at: number) => void,
): Promise<void> => {
  const socket = await connection(port, signal)
  if (socket === undefined) return
  opened(performance.now())
  socket.destroy()
}

/** Calls back when the port opens, and when the first bytes of a response to a GET arrive. */
export const onAnswer = async (
  port: number,
  signal: AbortSignal,
  opened: (at: number) => void,
  answered: (at: number) => void,
): Promise<void> => {
  const socket = await connection(port, signal)
  if (socket === undefined) return
  opened(performance.now())
  socket.once("data", () => {
    answered(performance.now())
    socket.destroy()
  })
  socket.write(GET)
}
