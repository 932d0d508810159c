/**
 * The transport to AWS on Node: `node:http` and `node:https`, with a pool of connections per origin. Imported on the first
 * call. Neither module follows redirects or decompresses bodies.
 */
import * as Http from "node:http"
import * as Https from "node:https"
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto"
import type { Socket } from "node:net"
import type { Checksum, SourceData } from "@smithy/types"
import { CONNECT_TIMEOUT, MAX_IDLE } from "../domain/defaults.ts"
import type { ProxyFor } from "../config/environment/proxy.ts"
import { replyTooLarge } from "./transportErrors.ts"
import type { AwsTransport, SentRequest, AwsResponse, AwsRequest } from "./Platform.ts"

// @effect-diagnostics-next-line globalDate:off -- connections are idle during a freeze, which only the wall clock shows
const wallClock = (): number => Date.now()

const bytesOf = (data: SourceData): string | Uint8Array => {
  if (typeof data === "string") return data
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}

const makeHash = (secret: SourceData | undefined): Hash | Hmac =>
  secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret))

/** SHA-256, or HMAC-SHA-256 with a secret, as the SDK's `ChecksumConstructor` describes it. */
class Sha256 implements Checksum {
  readonly #secret: SourceData | undefined
  #hash: Hash | Hmac

  constructor(secret?: SourceData) {
    this.#secret = secret
    this.#hash = makeHash(secret)
  }

  update(data: SourceData): void {
    this.#hash.update(bytesOf(data))
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }

  reset(): void {
    this.#hash = makeHash(this.#secret)
  }
}

interface Pool {
  readonly agent: Http.Agent
  /** When each connection became idle, in epoch milliseconds. */
  readonly idleSince: WeakMap<Socket, number>
  /** Closes idle connections at once, and those in use when they become idle. */
  readonly retire: () => void
}

const idleSockets = (agent: Http.Agent): ReadonlyArray<Socket> =>
  Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? [])

/** Makes the agent for an origin; undefined if it is reached without a proxy. */
type ProxyAgents = (origin: string, options: Https.AgentOptions) => Https.Agent | undefined

const KEPT = { keepAlive: true }
const FRESH = { keepAlive: false }

const makePool = (isEncrypted: boolean, proxyAgent: Https.Agent | undefined): Pool => {
  const agent = proxyAgent ?? new (isEncrypted ? Https : Http).Agent(KEPT)
  const idleSince: Pool["idleSince"] = new WeakMap()
  let isRetired = false
  // Node calls this when a connection becomes idle, and closes the connection on false.
  const keep = agent.keepSocketAlive.bind(agent)
  agent.keepSocketAlive = (socket) => {
    idleSince.set(socket as Socket, wallClock())
    return !isRetired && keep(socket)
  }
  return {
    agent,
    idleSince,
    retire: () => {
      isRetired = true
      for (const socket of idleSockets(agent)) socket.destroy()
    },
  }
}

/** Has the SDK's name for time-outs. */
const connectTimeout = (): Error =>
  Object.assign(new Error(`no connection within ${CONNECT_TIMEOUT} ms`), { name: "TimeoutError" })

const limitConnecting = (request: Http.ClientRequest, socket: Socket, event: string): void => {
  // @effect-diagnostics-next-line globalTimers:off -- outside of Effect
  const timer = setTimeout(() => request.destroy(connectTimeout()), CONNECT_TIMEOUT)
  const clear = () => clearTimeout(timer)
  socket.once(event, clear).once("close", clear)
}

const joinHeaders = (headers: Http.IncomingHttpHeaders): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]))

/** Reads a body. A body that is too long drops the connection, before it arrives if its length is known. */
const collect = (
  response: Http.IncomingMessage,
  maxBytes: number,
  resolve: (body: Uint8Array) => void,
  reject: (cause: unknown) => void,
): void => {
  const { statusCode: status = 0 } = response
  const length = Number(response.headers["content-length"] ?? Number.NaN)
  if (length > maxBytes) {
    reject(replyTooLarge(maxBytes, status, length))
    response.destroy()
    return
  }
  const chunks: Array<Buffer> = []
  let size = 0
  response.on("data", (chunk: Buffer) => {
    size += chunk.byteLength
    if (size > maxBytes) {
      reject(replyTooLarge(maxBytes, status))
      response.destroy()
    } else chunks.push(chunk)
  })
  response.on("error", reject)
  response.once("end", () => resolve(Buffer.concat(chunks, size)))
}

export const makeTransport = (proxyAgents: ProxyAgents = () => undefined): AwsTransport => {
  const pools = new Map<string, Pool>()

  const poolFor = (origin: string, isEncrypted: boolean): Pool => {
    const pool = pools.get(origin) ?? makePool(isEncrypted, proxyAgents(origin, KEPT))
    pools.set(origin, pool)
    return pool
  }

  const retirePool = (origin: string, pool: Pool): void => {
    if (pools.get(origin) === pool) pools.delete(origin)
    pool.retire()
  }

  /** Closes connections that have been idle for too long. */
  const prune = ({ agent, idleSince }: Pool): void => {
    const oldest = wallClock() - MAX_IDLE
    for (const socket of idleSockets(agent)) if ((idleSince.get(socket) ?? 0) < oldest) socket.destroy()
  }

  const send = ({ body, isFresh, maxReplyBytes, origin, signal, ...options }: AwsRequest): SentRequest => {
    const isEncrypted = origin.startsWith("https:")
    const pool = isFresh ? undefined : poolFor(origin, isEncrypted)
    if (pool !== undefined) prune(pool)

    const agent = pool?.agent ?? proxyAgents(origin, FRESH) ?? false
    const request = (isEncrypted ? Https : Http).request(origin, { ...options, agent })
    let idleFor: number | undefined
    let responseStarted = false
    request.once("socket", (socket) => {
      if (request.reusedSocket) idleFor = wallClock() - (pool?.idleSince.get(socket) ?? 0)
      else limitConnecting(request, socket, isEncrypted ? "secureConnect" : "connect")
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
          resolve({ status, reason, headers: joinHeaders(response.headers), body: content })
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

  return { send, retirePools, sha256: Sha256 }
}

/**
 * The transport to AWS, through the proxy that `proxyFor` gives for an origin. Without `proxyFor`, the proxy agent is not
 * loaded.
 */
export const transportThrough = async (proxyFor: ProxyFor | undefined): Promise<AwsTransport> => {
  if (proxyFor === undefined) return makeTransport()
  const { ProxyAgent } = await import("./nodeProxyAgent.ts")
  return makeTransport((origin, options) => {
    const proxy = proxyFor(origin)
    return proxy && new ProxyAgent(proxy, options)
  })
}
