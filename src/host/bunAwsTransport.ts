/**
 * The transport to AWS under Bun: `fetch`, which does TLS on other threads and pools connections, and Bun's own SHA-256 for
 * signatures.
 *
 * Bun's pool cannot be emptied, but connections with different TLS options are never shared, even for plain HTTP. So a new
 * value for an option that has no effect starts a new pool, and Bun eventually closes the old connections.
 */
import { MAX_IDLE } from "../domain/defaults.ts"
import type { AwsTransport, SentRequest, AwsResponse, AwsRequest } from "./Platform.ts"
import type { ProxyFor } from "../config/environment/proxy.ts"
import { proxyRefused, replyTooLarge } from "./transportErrors.ts"

type Data = string | ArrayBuffer | ArrayBufferView

interface Hasher {
  readonly update: (data: Data) => unknown
  readonly digest: () => Uint8Array
}

/** The part of Bun's API that is used. https://bun.com/docs/api/hashing */
declare const Bun: {
  readonly CryptoHasher: new (algorithm: "sha256", key?: Data) => Hasher
}

/** SHA-256, or HMAC-SHA-256 with a secret, as the SDK's `ChecksumConstructor` describes it. */
class Sha256 {
  readonly #secret: Data | undefined
  #hasher: Hasher

  constructor(secret?: Data) {
    this.#secret = secret
    this.#hasher = new Bun.CryptoHasher("sha256", secret)
  }

  update(data: Data): void {
    this.#hasher.update(data)
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hasher.digest())
  }

  reset(): void {
    this.#hasher = new Bun.CryptoHasher("sha256", this.#secret)
  }
}

/** Bun's extensions of `fetch`: https://bun.com/docs/runtime/networking/fetch */
interface BunRequestInit extends RequestInit {
  readonly decompress: false
  readonly tls?: { readonly passphrase: string }
  readonly proxy?: string
}

// @effect-diagnostics-next-line globalDate:off -- connections are idle during a freeze, which only the wall clock shows
const wallClock = (): number => Date.now()

/** How many idle connections Bun keeps. */
const MAX_POOLED = 64

/** Mirrors one of Bun's pools: when each idle connection became idle. Bun uses the last one first. */
interface Pool {
  readonly generation: number
  readonly idleSince: Array<number>
}

/** Reads a body. A body that is too long drops the connection, before it arrives if its length is known. */
const collect = async (response: Response, maxBytes: number): Promise<Uint8Array> => {
  const { body } = response
  if (body === null) return new Uint8Array()
  const length = Number(response.headers.get("content-length") ?? Number.NaN)
  if (length <= maxBytes) return new Uint8Array(await response.arrayBuffer())
  if (length > maxBytes) {
    void body.cancel().catch(() => {})
    throw replyTooLarge(maxBytes, response.status, length)
  }
  const reader = body.getReader()
  const chunks: Array<Uint8Array> = []
  let size = 0
  while (true) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks, size)
    size += value.byteLength
    if (size > maxBytes) {
      void reader.cancel().catch(() => {})
      throw replyTooLarge(maxBytes, response.status)
    }
    chunks.push(value)
  }
}

const TUNNEL_REFUSED = "ERR_PROXY_TUNNEL"

/** Bun's message when the proxy refuses quotes the proxy's own message after the status. */
const withoutProxyMessage = (cause: unknown): unknown => {
  const { code, message = "" } = cause as { readonly code?: string; readonly message?: string }
  return code === TUNNEL_REFUSED ? proxyRefused(Number(/\b\d{3}\b/.exec(message)?.[0] ?? 0)) : cause
}

/** The transport to AWS, through the proxy that `proxyFor` gives for an origin. */
export const makeTransport = (proxyFor: ProxyFor = () => undefined): AwsTransport => {
  const pools = new Map<string, Pool>()

  const poolFor = (origin: string): Pool => {
    const pool = pools.get(origin) ?? { generation: 0, idleSince: [] }
    pools.set(origin, pool)
    return pool
  }

  const retirePool = (origin: string, { generation }: Pool): void => {
    if (pools.get(origin)?.generation === generation)
      pools.set(origin, { generation: generation + 1, idleSince: [] })
  }

  /** The pool of an origin, or a new one if its next connection has been idle for too long. */
  const usablePool = (origin: string): Pool => {
    const pool = poolFor(origin)
    if (wallClock() - (pool.idleSince.at(-1) ?? Infinity) > MAX_IDLE) retirePool(origin, pool)
    return poolFor(origin)
  }

  const retirePools = (): void => {
    for (const [origin, pool] of pools) retirePool(origin, pool)
  }

  const send = ({ body, isFresh, maxReplyBytes, origin, path, ...init }: AwsRequest): SentRequest => {
    const pool = usablePool(origin)
    const idleSince = isFresh ? undefined : pool.idleSince.pop()
    const idleFor = idleSince === undefined ? undefined : wallClock() - idleSince
    const proxy = proxyFor(origin)
    const options: BunRequestInit = {
      ...init,
      redirect: "manual",
      decompress: false,
      keepalive: !isFresh,
      ...(proxy === undefined ? {} : { proxy: proxy.href }),
      // `preconnect` opened its connections without TLS options, so the first pool has none.
      ...(pool.generation === 0 ? {} : { tls: { passphrase: `generation ${pool.generation}` } }),
      ...(body === undefined ? {} : { body: body as NonNullable<RequestInit["body"]> }),
    }
    let responseStarted = false
    const receive = async (): Promise<AwsResponse> => {
      const response = await fetch(origin + path, options).catch((cause: unknown) => {
        throw withoutProxyMessage(cause)
      })
      responseStarted = true
      const content = await collect(response, maxReplyBytes)
      if (!isFresh && pool.idleSince.length < MAX_POOLED) pool.idleSince.push(wallClock())
      return {
        status: response.status,
        reason: response.statusText,
        headers: Object.fromEntries(response.headers),
        body: content,
      }
    }
    return {
      reply: receive(),
      idleFor: () => idleFor,
      responseStarted: () => responseStarted,
      retirePool: () => retirePool(origin, pool),
    }
  }

  return { send, retirePools, sha256: Sha256 }
}
