/**
 * Makes the HTTP servers of the Node layer, one per address, with their limits: how many connections there may be,
 * how long a request may take to arrive, and how a malformed one is refused.
 *
 * Loaded before `register`: imports only Node's own modules.
 */
import { readFileSync } from "node:fs"
import * as Http from "node:http"
import type { Socket } from "node:net"

interface AddressedServer {
  readonly address: string
  readonly server: Http.Server
}

/**
 * How long a request may take to arrive completely, in milliseconds. A client that stalls in the middle of a request is
 * disconnected. A client on this machine needs less than a second.
 */
const ARRIVAL_TIMEOUT = 5_000

/** How often Node checks `ARRIVAL_TIMEOUT`, in milliseconds. */
const ARRIVAL_CHECK_INTERVAL = 1_000

/** How many files a process may open in Lambda, sockets included. */
export const LAMBDA_OPEN_FILES = 1_024

/** How many of these are reserved for connections to AWS and for the runtime itself. */
export const RESERVED_FILES = 128

/** How many files this process may open. Node has raised the soft limit to the hard one. */
const openFilesLimit = (): number => {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? []
    return soft === undefined ? LAMBDA_OPEN_FILES : Number(soft)
  } catch {
    return LAMBDA_OPEN_FILES
  }
}

let connections = 0
let maxConnections: number | undefined

/** Closes new connections beyond the limit. All ports share it, because they share the process's files. */
const limitConnections = (socket: Socket): void => {
  maxConnections ??= openFilesLimit() - RESERVED_FILES
  if (connections >= maxConnections) {
    socket.destroy()
    return
  }
  connections += 1
  socket.once("close", () => (connections -= 1))
}

const REQUEST_TIMEOUT = "ERR_HTTP_REQUEST_TIMEOUT"

/** The status for an unreadable request, by Node's error code; any other is 400. */
const STATUSES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  [REQUEST_TIMEOUT]: "408 Request Timeout",
}

const refuseMalformed = ({ code = "" }: NodeJS.ErrnoException, socket: Socket): void => {
  // A client opened the connection in advance and has not used it yet. After a freeze it looks old although its first
  // request may be on the way, so it stays open.
  if (code === REQUEST_TIMEOUT && socket.bytesRead === 0) return
  if (socket.writable)
    socket.write(`HTTP/1.1 ${STATUSES[code] ?? "400 Bad Request"}\r\nConnection: close\r\n\r\n`)
  socket.destroySoon()
}

/** Settings that `createServer` does not take as options. */
const PROPERTIES = {
  /** A client that has closed its half of the connection still waits for its answer (RFC 9112). */
  httpAllowHalfOpen: true,
  /** No limit: older versions of Node drop further headers silently, and the guard could miss one. Their bytes are limited. */
  maxHeadersCount: 0,
}

/** Servers that do not listen yet. */
export const makeServers = (
  receive: Http.RequestListener,
  addresses: ReadonlyArray<string>,
): ReadonlyArray<AddressedServer> => {
  const options: Http.ServerOptions = {
    // Keep-alive connections stay open until the client or SHUTDOWN closes them, because time in a freeze would count as
    // idle.
    keepAliveTimeout: 0,
    headersTimeout: ARRIVAL_TIMEOUT,
    requestTimeout: ARRIVAL_TIMEOUT,
    connectionsCheckingInterval: ARRIVAL_CHECK_INTERVAL,
    // Two Host headers become one that the guard refuses. By default Node drops the second.
    joinDuplicateHeaders: true,
  }
  return addresses.map((address) => {
    const server = Object.assign(Http.createServer(options, receive), PROPERTIES)
    server.on("connection", limitConnections)
    server.on("clientError", refuseMalformed)
    return { address, server }
  })
}
