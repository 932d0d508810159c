/**
 * The client that a function imports to read from the extension: `lambda-cache-extension/client`.
 *
 * It needs only the `fetch` of Node 18.17, Bun or Deno. The build bundles it into one file, dist/client/index.js, which can also
 * be copied. Kinds and names are those of config.yaml, failures are the extension's problem details (RFC 9457).
 * docs/client.md shows how to use it.
 */
// @effect-diagnostics globalTimers:off -- a function that copies this file need not have Effect

import {
  CacheExtensionError,
  type Client,
  type ClientOptions,
  type JsonOptions,
  type Kind,
  type Many,
  type ReadOptions,
  type Selectors,
  type Views,
} from "./contract.ts"
import { failed, merge, type Reply, toJson, toMany, toProblem, toText, toValue } from "./replies.ts"

export * from "./contract.ts"

const DEFAULT_PORT = 4000
const DEFAULT_TIMEOUT = 10_000

/**
 * Pauses between attempts without an answer, in milliseconds; after the last the call fails. The first retry is immediate,
 * because kept-alive connections are dead after a freeze. The others wait for a port that is not open yet.
 */
const BACKOFF = [0, 10, 20, 50, 100, 200, 400]

/** The extension's limit of names in one request. */
const MAX_NAMES = 100

/** The longest query in bytes. The extension accepts 16 KiB for query and headers, including the token. */
const MAX_QUERY = 8_192

/** The number of concurrent requests of one call. */
const CONCURRENCY = 4

/** Statuses that a single name, or the length of the query, may have caused for a whole request. */
const SPLIT_ON = new Set([400, 431])

/** Splits the names, without duplicates, into requests. */
const splitNames = (names: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => {
  const parts: Array<Array<string>> = []
  let room = 0
  for (const name of new Set(names)) {
    const length = encodeQuery({ name }).length + 1
    const last = parts[parts.length - 1]
    if (last === undefined || last.length === MAX_NAMES || length > room) {
      parts.push([name])
      room = MAX_QUERY - length
    } else {
      last.push(name)
      room -= length
    }
  }
  return parts
}

/** Runs tasks, a few at a time, and returns their results in order. After a failure no further task starts. */
const mapConcurrently = async <A, B>(
  tasks: ReadonlyArray<A>,
  run: (task: A) => Promise<B>,
): Promise<Array<B>> => {
  const results: Array<B> = []
  const waiting = [...tasks.entries()]
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results[next[0]] = await run(next[1])
  }
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, work))
  } finally {
    waiting.length = 0
  }
  return results
}

/** The network error behind the "fetch failed" of `fetch`. */
const networkError = (error: Error): string => ((error.cause as Error | undefined) ?? error).message

/** The Retry-After of a 503 in milliseconds; undefined without one (RFC 9110, section 10.2.3). */
const retryAfter = ({ headers, status }: Response): number | undefined =>
  status === 503 ? Number(headers.get("retry-after")) * 1_000 || undefined : undefined

/** Waits; ends early if the signal aborts. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    setTimeout(resolve, signal.aborted ? 0 : milliseconds)
    signal.addEventListener("abort", resolve, { once: true })
  })

type Query = Readonly<Record<string, number | string | ReadonlyArray<string> | undefined>>

/** Percent-encodes text as UTF-8. */
const encode = (text: number | string): string => {
  try {
    return encodeURIComponent(text)
  } catch {
    throw failed("Unusable", "half a surrogate pair, which UTF-8 has no bytes for")
  }
}

/** The exact form that the extension's fast path recognizes. */
const encodeQuery = (query: Query): string =>
  Object.entries(query)
    .flatMap(([key, value]) => [value ?? []].flat().map((one) => `${key}=${encode(one)}`))
    .join("&")

/** Selects variants of flags. */
type Context = NonNullable<Views["appconfig"]["context"]>

/** A header has the bytes of UTF-8, which `fetch` wants as characters of Latin-1. */
const inHeader = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text))

/** The header `Context`. */
const toContext = (context: Context = {}): string =>
  Object.entries(context)
    .map(([key, value]) => inHeader(`${key}=${value}`))
    .join(", ")

/** The options of all methods together. */
type Options = Selectors[Kind] &
  Views[Kind] &
  ReadOptions &
  JsonOptions & { readonly noCache?: boolean | undefined; readonly context?: Context | undefined }

/** RFC 9111, section 5.2.1. */
const toCacheControl = ({ maxAge, noCache, onlyIfCached }: Options): string =>
  [noCache && "no-cache", maxAge !== undefined && `max-age=${maxAge}`, onlyIfCached && "only-if-cached"]
    .filter(Boolean)
    .join(", ")

/** The time limit of a call with all its requests. */
interface Limit {
  readonly end: AbortSignal
  /** In milliseconds of `performance.now()`. */
  readonly deadline: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** The token that an agent keeps in a file; it may be replaced at any time. Undefined if it cannot be read. */
const tokenIn = (file: string): string | undefined => {
  try {
    return globalThis.process.getBuiltinModule("node:fs").readFileSync(file, "utf8").trim()
  } catch {
    return undefined
  }
}

/** The function's token in Lambda. Outside of Lambda that of the agent. */
const readToken = (env: Environment): string => {
  const own = env["AWS_SESSION_TOKEN"] ?? ""
  if (env["AWS_LAMBDA_RUNTIME_API"]) return own
  const file = env["CACHE_EXTENSION_TOKEN_FILE"]
  return env["CACHE_EXTENSION_TOKEN"] || (file && tokenIn(file)) || own
}

/** Creates a client. It sends nothing before the first call. */
export const createClient = (options: ClientOptions = {}): Client => {
  const env: Environment = globalThis.process?.env ?? {}
  const {
    fetch = globalThis.fetch,
    port = env["CACHE_EXTENSION_PORT"] || DEFAULT_PORT,
    timeout = DEFAULT_TIMEOUT,
    token: given,
  } = options
  const origin = `http://127.0.0.1:${port}`

  /** The limit of a call that starts now. */
  const startLimit = (): Limit => ({
    end: AbortSignal.timeout(timeout),
    deadline: performance.now() + timeout,
  })

  /** Sends a request, with retries, because all methods are idempotent. Throws for an error response. */
  const send = async (
    method: string,
    kind: Kind,
    query: Query,
    options: Options = {},
    { deadline, end }: Limit = startLimit(),
  ): Promise<Reply> => {
    const { context, maxAge, noCache, onlyIfCached, pointer, signal: caller, ...selector } = options
    const url = `${origin}/${kind}?${encodeQuery({ ...query, ...selector, json: pointer })}`
    const cacheControl = toCacheControl({ maxAge, noCache, onlyIfCached })
    const token = given ?? readToken(env)
    const variants = toContext(context)
    const headers = {
      ...(variants && { context: variants }),
      ...(token && { "x-aws-parameters-secrets-token": token }),
      ...(cacheControl && { "cache-control": cacheControl }),
    }
    const signal = caller ? AbortSignal.any([end, caller]) : end

    for (let attempt = 0; ; attempt++) {
      let failure: CacheExtensionError
      let wait: number | undefined
      try {
        const response = await fetch(url, { method, headers, signal })
        const contentType = response.headers.get("content-type") ?? ""
        const reply = { contentType, bytes: new Uint8Array(await response.arrayBuffer()) }
        if (response.ok) return reply
        failure = new CacheExtensionError(toProblem(response.status, reply))
        wait = retryAfter(response)
      } catch (error) {
        caller?.throwIfAborted()
        if (end.aborted) throw failed("Timeout", `no answer from ${origin} in ${timeout} ms`)
        failure = failed("Unreachable", `${origin}: ${networkError(error as Error)}`)
        wait = BACKOFF[attempt]
      }
      if (wait === undefined || performance.now() + wait > deadline) throw failure
      await pause(wait, signal)
    }
  }

  const read = (kind: Kind, query: Query, options?: Options, limit?: Limit) =>
    send("GET", kind, query, options, limit)

  const get: Client["get"] = async (kind, name, options) => toText(await read(kind, { name }, options))

  /** Reads names in one request. If the extension refuses the request, each name gets the error. Throws if there is no answer. */
  const getSome = async <Value>(
    kind: Kind,
    names: ReadonlyArray<string>,
    options: ReadOptions | undefined,
    limit: Limit,
  ): Promise<Many<Value>> => {
    const [name = "", ...others] = names
    try {
      const reply = await read(kind, { name: names }, options, limit)
      // The response to a single name is the value itself.
      return others.length ? toMany(reply) : { values: { [name]: toValue(reply) }, errors: {} }
    } catch (error) {
      if (!(error instanceof CacheExtensionError && error.status)) throw error
      if (others.length && SPLIT_ON.has(error.status)) {
        const half = names.length >> 1
        const halves = [names.slice(0, half), names.slice(half)]
        return merge(await mapConcurrently(halves, (some) => getSome<Value>(kind, some, options, limit)))
      }
      return { values: {}, errors: Object.fromEntries(names.map((one) => [one, error])) }
    }
  }

  return {
    get,
    getJson: async (kind, name, options) => {
      const reply = await read(kind, { name }, options)
      return options?.pointer === undefined ? toJson(reply) : toValue(reply)
    },
    getBytes: async (kind, name, options) => (await read(kind, { name }, options)).bytes,
    getMany: async (kind, names, options) => {
      const limit = startLimit()
      return merge(await mapConcurrently(splitNames(names), (some) => getSome(kind, some, options, limit)))
    },
    getByPath: async (path, options) => toJson(await read("parameters", { path }, options)),
    refresh: (kind, name, options) => get(kind, name, { ...options, noCache: true }),
    invalidate: async (kind, name, options) => {
      await send("DELETE", kind, { name }, options)
    },
  }
}
