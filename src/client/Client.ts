/**
 * The client that a function imports to read from the extension: `lambda-cache-extension/client`.
 *
 * On the `fetch` of Node 18.17, Bun or Deno and nothing else; built into one file, dist/client/Client.js, that may as well
 * be copied. Kinds and names are those of config.yaml, failures the extension's problem details (RFC 9457).
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

/** To the letter as the extension expects it of a read that it can answer at once. */
const encoded = (query: Query): string =>
  Object.entries(query)
    .flatMap(([key, value]) => [value ?? []].flat().map((one) => `${key}=${encodeURIComponent(one)}`))
    .join("&")

/** The options of all methods together. */
type Options = Selectors[Kind] & ReadOptions & JsonOptions & { readonly noCache?: boolean | undefined }

/** RFC 9111, section 5.2.1. */
const cacheControlOf = ({ maxAge, noCache, onlyIfCached }: Options): string =>
  [noCache && "no-cache", maxAge !== undefined && `max-age=${maxAge}`, onlyIfCached && "only-if-cached"]
    .filter(Boolean)
    .join(", ")

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

  /** Sends until there is an answer (all methods are idempotent), and gives it if it is a good one. */
  const send = async (method: string, kind: Kind, query: Query, options: Options = {}): Promise<Reply> => {
    const { maxAge, noCache, onlyIfCached, pointer, signal: caller, ...selector } = options
    const url = `${origin}/${kind}?${encoded({ ...query, ...selector, json: pointer })}`
    const cacheControl = cacheControlOf({ maxAge, noCache, onlyIfCached })
    const headers = {
      ...(token && { "x-aws-parameters-secrets-token": token }),
      ...(cacheControl && { "cache-control": cacheControl }),
    }
    const limit = AbortSignal.timeout(timeout)
    const signal = caller ? AbortSignal.any([limit, caller]) : limit
    const deadline = performance.now() + timeout

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
        if (limit.aborted) throw failed("Timeout", `no answer from ${origin} in ${timeout} ms`)
        failure = failed("Unreachable", `${origin}: ${reasonOf(error as Error)}`)
        wait = BACKOFF[attempt]
      }
      if (wait === undefined || performance.now() + wait > deadline) throw failure
      await pause(wait, signal)
    }
  }

  const read = (kind: Kind, query: Query, options?: Options) => send("GET", kind, query, options)

  const get: Client["get"] = async (kind, name, options) => textOf(await read(kind, { name }, options))

  /** One name is answered by the value itself, or with its problem. */
  const getOne = <Value>(kind: Kind, name: string, options?: ReadOptions): Promise<Many<Value>> =>
    read(kind, { name }, options).then(
      (reply) => ({ values: { [name]: valueOf(reply) }, errors: {} }),
      (error: CacheExtensionError) => {
        if (!error.status) throw error
        return { values: {}, errors: { [name]: error } }
      },
    )

  return {
    get,
    getJson: async (kind, name, options) => {
      const reply = await read(kind, { name }, options)
      return options?.pointer === undefined ? jsonOf(reply) : valueOf(reply)
    },
    getBytes: async (kind, name, options) => (await read(kind, { name }, options)).bytes,
    getMany: async (kind, names, options) => {
      const [name, ...others] = new Set(names)
      if (name === undefined) return { values: {}, errors: {} }
      if (others.length === 0) return getOne(kind, name, options)
      return manyOf(await read(kind, { name: [name, ...others] }, options))
    },
    getByPath: async (path, options) => jsonOf(await read("parameters", { path }, options)),
    refresh: (kind, name, options) => get(kind, name, { ...options, noCache: true }),
    invalidate: async (kind, name, options) => {
      await send("DELETE", kind, { name }, options)
    },
  }
}
