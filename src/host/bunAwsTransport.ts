/**
 * The way to AWS under Bun: `fetch`, whose threads do TLS and which keeps connections alive, and Bun's own SHA-256 for the
 * signature.
 *
 * Its pool cannot be emptied. But it keeps connections apart by their TLS options, so that another value of an option
 * that changes nothing is another pool, for plain HTTP too; the old one is given up by Bun in time.
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

/** SHA-256, or HMAC-SHA-256 with a secret, in the form that the SDK asks for. */
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

/** What Bun's `fetch` takes beyond the standard: https://bun.com/docs/runtime/networking/fetch */
interface BunRequestInit extends RequestInit {
  readonly decompress: false
  readonly tls?: { readonly passphrase: string }
  readonly proxy?: string
}

// @effect-diagnostics-next-line globalDate:off -- a freeze counts as idle, and only the wall clock shows it
const wallClock = (): number => Date.now()

/** As many connections as Bun keeps. */
const MAX_POOLED = 64

/** What is known of one of Bun's pools: since when each connection in it is free. The last one is used first. */
interface Pool {
  readonly generation: number
  readonly freeSince: Array<number>
}

/** Reads a body up to a bound; beyond it, the connection is dropped. */
const collect = async (response: Response, maxBytes: number): Promise<Uint8Array> => {
  const { body } = response
  if (body === null) return new Uint8Array()
  const length = Number(response.headers.get("content-length") ?? Number.NaN)
  if (length <= maxBytes) return new Uint8Array(await response.arrayBuffer())
  const reader = body.getReader()
  const chunks: Array<Uint8Array> = []
  let size = 0
  while (true) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks, size)
    size += value.byteLength
    if (size > maxBytes || length > maxBytes) {
      void reader.cancel().catch(() => {})
      throw replyTooLarge(maxBytes)
    }
    chunks.push(value)
  }
}

const TUNNEL_REFUSED = "ERR_PROXY_TUNNEL"

/** A proxy's refusal without its words; Bun quotes them behind the status. */
const withoutWordsOfProxy = (cause: unknown): unknown => {
  const { code, message = "" } = cause as { readonly code?: string; readonly message?: string }
  return code === TUNNEL_REFUSED ? proxyRefused(Number(/\b\d{3}\b/.exec(message)?.[0] ?? 0)) : cause
}

/** The way to AWS, through a proxy where there is one for an origin. */
export const makeTransport = (proxyFor: ProxyFor = () => undefined): AwsTransport => {
  const pools = new Map<string, Pool>()

  const poolOf = (origin: string): Pool => {
    const pool = pools.get(origin) ?? { generation: 0, freeSince: [] }
    pools.set(origin, pool)
    return pool
  }

  const retirePool = (origin: string, { generation }: Pool): void => {
    if (pools.get(origin)?.generation === generation)
      pools.set(origin, { generation: generation + 1, freeSince: [] })
  }

  /** The pool of an origin, another one if the next connection of the old one has been idle for too long. */
  const usablePool = (origin: string): Pool => {
    const pool = poolOf(origin)
    if (wallClock() - (pool.freeSince.at(-1) ?? Infinity) > MAX_IDLE) retirePool(origin, pool)
    return poolOf(origin)
  }

  const retirePools = (): void => {
    for (const [origin, pool] of pools) retirePool(origin, pool)
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
    const pool = usablePool(origin)
    const freeSince = isFresh ? undefined : pool.freeSince.pop()
    const idleFor = freeSince === undefined ? undefined : wallClock() - freeSince
    const proxy = proxyFor(origin)
    const options: BunRequestInit = {
      method,
      headers,
      signal,
      redirect: "manual",
      decompress: false,
      keepalive: !isFresh,
      ...(proxy === undefined ? {} : { proxy: proxy.href }),
      // The connections that `preconnect` opened are those of the first.
      ...(pool.generation === 0 ? {} : { tls: { passphrase: `generation ${pool.generation}` } }),
      ...(body === undefined ? {} : { body: body as NonNullable<RequestInit["body"]> }),
    }
    let responseStarted = false
    const receive = async (): Promise<AwsResponse> => {
      const response = await fetch(origin + path, options).catch((cause: unknown) => {
        throw withoutWordsOfProxy(cause)
      })
      responseStarted = true
      const content = await collect(response, maxReplyBytes)
      if (!isFresh && pool.freeSince.length < MAX_POOLED) pool.freeSince.push(wallClock())
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
