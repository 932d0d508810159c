/**
 * The way to AWS on Node: `node:http` and `node:https`, with a pool of connections per origin. A module of its own,
 * imported when the first call is due.
 *
 * Neither module follows a redirect or unpacks a body: what comes is what `aws/requestHandler.ts` sees.
 */
import * as Http from "node:http"
import * as Https from "node:https"
import type { Socket } from "node:net"
import { CONNECT_TIMEOUT, MAX_IDLE } from "../domain/defaults.ts"
import type { ProxyFor } from "../config/environment/proxy.ts"
import { replyTooLarge } from "./transportErrors.ts"
import type { AwsTransport, SentRequest, AwsResponse, AwsRequest } from "./Platform.ts"

// @effect-diagnostics-next-line globalDate:off -- a freeze counts as idle, and only the wall clock shows it
const wallClock = (): number => Date.now()

/** What the pool knows of connections: those that are free have been so since then. */
type Idling = WeakMap<Socket, number>

interface Pool {
  readonly agent: Http.Agent
  readonly idling: Idling
  /** Closes what is free, and what is in use as soon as it is free. */
  readonly retire: () => void
}

const freeOf = (agent: Http.Agent): ReadonlyArray<Socket> =>
  Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? [])

/** Makes the agent for an origin that is reached through a proxy. */
type Proxied = (origin: string, options: Https.AgentOptions) => Https.Agent | undefined

const KEPT = { keepAlive: true }
const FRESH = { keepAlive: false }

const makePool = (isEncrypted: boolean, proxied: Https.Agent | undefined): Pool => {
  const agent = proxied ?? new (isEncrypted ? Https : Http).Agent(KEPT)
  const idling: Idling = new WeakMap()
  let isRetired = false
  // Node asks this before it keeps a connection.
  const keep = agent.keepSocketAlive.bind(agent)
  agent.keepSocketAlive = (socket) => {
    idling.set(socket as Socket, wallClock())
    return !isRetired && keep(socket)
  }
  return {
    agent,
    idling,
    retire: () => {
      isRetired = true
      for (const socket of freeOf(agent)) socket.destroy()
    },
  }
}

/** The request's error where it took too long to connect, under the name that the SDK gives it. */
const connectTimeout = (): Error =>
  Object.assign(new Error(`no connection within ${CONNECT_TIMEOUT} ms`), { name: "TimeoutError" })

const boundConnecting = (request: Http.ClientRequest, socket: Socket, event: string): void => {
  // @effect-diagnostics-next-line globalTimers:off -- a promise of the runtime, outside of Effect
  const timer = setTimeout(() => request.destroy(connectTimeout()), CONNECT_TIMEOUT)
  const clear = () => clearTimeout(timer)
  socket.once(event, clear).once("close", clear)
}

const headersOf = (headers: Http.IncomingHttpHeaders): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]))

/** Reads a body up to a bound; beyond it, the connection is dropped. */
const collect = (
  response: Http.IncomingMessage,
  maxBytes: number,
  resolve: (body: Uint8Array) => void,
  reject: (cause: unknown) => void,
): void => {
  const chunks: Array<Buffer> = []
  let size = 0
  response.on("data", (chunk: Buffer) => {
    size += chunk.byteLength
    if (size > maxBytes) {
      reject(replyTooLarge(maxBytes))
      response.destroy()
    } else chunks.push(chunk)
  })
  response.on("error", reject)
  response.once("end", () => resolve(Buffer.concat(chunks, size)))
}

export const makeTransport = (proxied: Proxied = () => undefined): AwsTransport => {
  const pools = new Map<string, Pool>()

  const poolOf = (origin: string, isEncrypted: boolean): Pool => {
    const pool = pools.get(origin) ?? makePool(isEncrypted, proxied(origin, KEPT))
    pools.set(origin, pool)
    return pool
  }

  const retirePool = (origin: string, pool: Pool): void => {
    if (pools.get(origin) === pool) pools.delete(origin)
    pool.retire()
  }

  /** Closes connections that have been idle for too long; the most recently used one stands last. */
  const prune = ({ agent, idling }: Pool): void => {
    const oldest = wallClock() - MAX_IDLE
    for (const socket of freeOf(agent)) if ((idling.get(socket) ?? 0) < oldest) socket.destroy()
  }

  const send = ({
    body,
    headers,
    isFresh,
    maxReplyBytes,
    method,
    origin,
    path,
    signal,
  }: AwsRequest): SentRequest => {
    const isEncrypted = origin.startsWith("https:")
    const pool = isFresh ? undefined : poolOf(origin, isEncrypted)
    if (pool !== undefined) prune(pool)

    const request = (isEncrypted ? Https : Http).request(origin, {
      agent: pool?.agent ?? proxied(origin, FRESH) ?? false,
      headers,
      method,
      path,
    })
    let idleFor: number | undefined
    let responseStarted = false
    request.once("socket", (socket) => {
      if (request.reusedSocket) idleFor = wallClock() - (pool?.idling.get(socket) ?? 0)
      else boundConnecting(request, socket, isEncrypted ? "secureConnect" : "connect")
    })
    const reply = new Promise<AwsResponse>((resolve, reject) => {
      const abort = () => request.destroy(signal.reason instanceof Error ? signal.reason : undefined)
      if (signal.aborted) abort()
      signal.addEventListener("abort", abort, { once: true })
      request.once("close", () => {
        signal.removeEventListener("abort", abort)
        reject(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }))
      })
      request.on("error", reject)
      request.once("response", (response) => {
        responseStarted = true
        const { statusCode: status = 0, statusMessage: reason = "" } = response
        const answer = (content: Uint8Array) =>
          resolve({ status, reason, headers: headersOf(response.headers), body: content })
        collect(response, maxReplyBytes, answer, reject)
      })
      request.end(body)
    })
    return {
      reply,
      idleFor: () => idleFor,
      responseStarted: () => responseStarted,
      retirePool: () => {
        if (pool !== undefined) retirePool(origin, pool)
      },
    }
  }

  const retirePools = (): void => {
    for (const [origin, pool] of pools) retirePool(origin, pool)
  }

  return { send, retirePools }
}

/** The way to AWS, through a proxy where there is one for an origin. Without any, nothing more is loaded. */
export const transportThrough = async (proxyFor: ProxyFor | undefined): Promise<AwsTransport> => {
  if (proxyFor === undefined) return makeTransport()
  const { ProxyAgent } = await import("./nodeProxyAgent.ts")
  return makeTransport((origin, options) => {
    const proxy = proxyFor(origin)
    return proxy && new ProxyAgent(proxy, options)
  })
}
