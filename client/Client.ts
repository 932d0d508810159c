/**
 * The client that a function imports to read from the extension: `lambda-cache-extension-client`.
 *
 * It needs nothing but the `fetch` of Node 18.17, Bun or Deno. The build makes one file of it, dist/Client.js, which
 * can also be copied. Kinds and names are those of config.yaml, failures the extension's problem details (RFC 9457).
 * docs/client.md shows how it is used.
 */
// @effect-diagnostics globalTimers:off -- a function that copies this file need not have Effect

import {
  CacheExtensionError,
  type Client,
  type ClientOptions,
  type JsonOptions,
  type Kind,
  type Many,
  type Problem,
  type ReadOptions,
  type Selectors,
} from "./contract.ts"

export * from "./contract.ts"

const DEFAULT_PORT = 4000
const DEFAULT_TIMEOUT = 10_000

/** The content type of a binary secret. */
const BINARY = "application/octet-stream"

/**
 * The pause after each attempt that brought no answer, in milliseconds; after the last, the call fails. The first is
 * none: after a freeze, a connection that was kept open is dead. The others wait for a port that is not open yet.
 */
const BACKOFF = [0, 10, 20, 50, 100, 200, 400]

/** How many names the extension takes in one request. */
const MAX_NAMES = 100

/** The longest query of a request: the extension takes 16 KiB together with the headers, the token among them. */
const MAX_QUERY = 8_192

/** How many requests of one call are under way at once. */
const CONCURRENCY = 4

/** Statuses of a request that may be refused for a single one of its names, or for its length. */
const SPLIT_ON = new Set([400, 431])

/** A failure that the client finds itself. */
const failed = (title: "Timeout" | "Unreachable" | "Unusable", detail: string): CacheExtensionError =>
  new CacheExtensionError({
    status: 0,
    type: `urn:lambda-cache-extension:problem:${title.toLowerCase()}`,
    title,
    detail,
  })

/** A reply with its whole body. */
interface Reply {
  readonly contentType: string
  readonly bytes: Uint8Array
}

const decode = ({ bytes }: Reply): string => new TextDecoder().decode(bytes)

const textOf = (reply: Reply): string => {
  if (reply.contentType === BINARY) throw failed("Unusable", "binary: use getBytes")
  return decode(reply)
}

/** Undefined, which is no JSON value, where the text is none. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const jsonOf = <Value>(reply: Reply): Value => {
  const value = parse(decode(reply))
  if (value === undefined) throw failed("Unusable", "not JSON: use get")
  return value as Value
}

/** As `Many` has it. A field of a JSON value comes in the same way. */
const valueOf = <Value>(reply: Reply): Value => {
  if (reply.contentType === "application/json") return jsonOf(reply)
  const text = reply.contentType === BINARY ? btoa(String.fromCharCode(...reply.bytes)) : decode(reply)
  return text as Value
}

/** The answer to a read of several names as it is sent. */
interface Answers<Value> {
  readonly values: Readonly<Record<string, Value>>
  readonly errors: Readonly<Record<string, Problem>>
}

const manyOf = <Value>(reply: Reply): Many<Value> => {
  const { errors, values } = jsonOf<Answers<Value>>(reply)
  const thrown = Object.entries(errors).map(([name, problem]) => [name, new CacheExtensionError(problem)])
  return { values, errors: Object.fromEntries(thrown) }
}

/** All of them in one, in their order. */
const merged = <Value>(parts: ReadonlyArray<Many<Value>>): Many<Value> => ({
  values: Object.fromEntries(parts.flatMap(({ values }) => Object.entries(values))),
  errors: Object.fromEntries(parts.flatMap(({ errors }) => Object.entries(errors))),
})

/** Every name once, in parts that one request can ask for. */
const partsOf = (names: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => {
  const parts: Array<Array<string>> = []
  let room = 0
  for (const name of new Set(names)) {
    const length = encoded({ name }).length + 1
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

/** The results of all tasks in their order, a few under way at a time. After a failure no further one begins. */
const inTurn = async <A, B>(tasks: ReadonlyArray<A>, run: (task: A) => Promise<B>): Promise<Array<B>> => {
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

/** The problem of a refusal. One without is the host's, which closes with a bare 503. */
const problemOf = (status: number, reply: Reply): Problem => ({
  type: "about:blank",
  title: `Status ${status}`,
  detail: "",
  ...(parse(decode(reply)) as Partial<Problem> | undefined),
  status,
})

/** What went wrong on the way, which `fetch` hides behind "fetch failed". */
const reasonOf = (error: Error): string => ((error.cause as Error | undefined) ?? error).message

/** Milliseconds to wait for what is said to be there soon; undefined where it is not (RFC 9110, section 10.2.3). */
const retryAfter = ({ headers, status }: Response): number | undefined =>
  status === 503 ? Number(headers.get("retry-after")) * 1_000 || undefined : undefined

/** Shorter where the caller gives up. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    setTimeout(resolve, signal.aborted ? 0 : milliseconds)
    signal.addEventListener("abort", resolve, { once: true })
  })

type Query = Readonly<Record<string, number | string | ReadonlyArray<string> | undefined>>

/** In UTF-8, percent-encoded. */
const encode = (text: number | string): string => {
  try {
    return encodeURIComponent(text)
  } catch {
    throw failed("Unusable", "half a surrogate pair, which UTF-8 has no bytes for")
  }
}

/** To the letter as the extension expects it of a read that it can answer at once. */
const encoded = (query: Query): string =>
  Object.entries(query)
    .flatMap(([key, value]) => [value ?? []].flat().map((one) => `${key}=${encode(one)}`))
    .join("&")

/** The options of all methods together. */
type Options = Selectors[Kind] & ReadOptions & JsonOptions & { readonly noCache?: boolean | undefined }

/** RFC 9111, section 5.2.1. */
const cacheControlOf = ({ maxAge, noCache, onlyIfCached }: Options): string =>
  [noCache && "no-cache", maxAge !== undefined && `max-age=${maxAge}`, onlyIfCached && "only-if-cached"]
    .filter(Boolean)
    .join(", ")

/** When a call is over, with all its requests. */
interface Limit {
  readonly end: AbortSignal
  /** On the clock of `performance`. */
  readonly deadline: number
}

/** A client. It sends nothing before the first call. */
export const createClient = (options: ClientOptions = {}): Client => {
  const env = globalThis.process?.env ?? {}
  const {
    fetch = globalThis.fetch,
    port = env["CACHE_EXTENSION_PORT"] || DEFAULT_PORT,
    timeout = DEFAULT_TIMEOUT,
    token = env["AWS_SESSION_TOKEN"] ?? "",
  } = options
  const origin = `http://127.0.0.1:${port}`

  /** The end of a call that begins now. */
  const limitOf = (): Limit => ({ end: AbortSignal.timeout(timeout), deadline: performance.now() + timeout })

  /** Sends until there is an answer (all methods are idempotent), and gives it if it is a good one. */
  const send = async (
    method: string,
    kind: Kind,
    query: Query,
    options: Options = {},
    { deadline, end }: Limit = limitOf(),
  ): Promise<Reply> => {
    const { maxAge, noCache, onlyIfCached, pointer, signal: caller, ...selector } = options
    const url = `${origin}/${kind}?${encoded({ ...query, ...selector, json: pointer })}`
    const cacheControl = cacheControlOf({ maxAge, noCache, onlyIfCached })
    const headers = {
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
        failure = new CacheExtensionError(problemOf(response.status, reply))
        wait = retryAfter(response)
      } catch (error) {
        caller?.throwIfAborted()
        if (end.aborted) throw failed("Timeout", `no answer from ${origin} in ${timeout} ms`)
        failure = failed("Unreachable", `${origin}: ${reasonOf(error as Error)}`)
        wait = BACKOFF[attempt]
      }
      if (wait === undefined || performance.now() + wait > deadline) throw failure
      await pause(wait, signal)
    }
  }

  const read = (kind: Kind, query: Query, options?: Options, limit?: Limit) =>
    send("GET", kind, query, options, limit)

  const get: Client["get"] = async (kind, name, options) => textOf(await read(kind, { name }, options))

  /** Some names by one request. What the extension refuses as a whole is the error of each; no answer is a failure. */
  const getSome = async <Value>(
    kind: Kind,
    names: ReadonlyArray<string>,
    options: ReadOptions | undefined,
    limit: Limit,
  ): Promise<Many<Value>> => {
    const [name = "", ...others] = names
    try {
      const reply = await read(kind, { name: names }, options, limit)
      // One name is answered by the value itself.
      return others.length ? manyOf(reply) : { values: { [name]: valueOf(reply) }, errors: {} }
    } catch (error) {
      if (!(error instanceof CacheExtensionError && error.status)) throw error
      if (others.length && SPLIT_ON.has(error.status)) {
        const half = names.length >> 1
        const halves = [names.slice(0, half), names.slice(half)]
        return merged(await inTurn(halves, (some) => getSome<Value>(kind, some, options, limit)))
      }
      return { values: {}, errors: Object.fromEntries(names.map((one) => [one, error])) }
    }
  }

  return {
    get,
    getJson: async (kind, name, options) => {
      const reply = await read(kind, { name }, options)
      return options?.pointer === undefined ? jsonOf(reply) : valueOf(reply)
    },
    getBytes: async (kind, name, options) => (await read(kind, { name }, options)).bytes,
    getMany: async (kind, names, options) => {
      const limit = limitOf()
      return merged(await inTurn(partsOf(names), (some) => getSome(kind, some, options, limit)))
    },
    getByPath: async (path, options) => jsonOf(await read("parameters", { path }, options)),
    refresh: (kind, name, options) => get(kind, name, { ...options, noCache: true }),
    invalidate: async (kind, name, options) => {
      await send("DELETE", kind, { name }, options)
    },
  }
}
