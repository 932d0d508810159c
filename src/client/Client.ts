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
  type ReadOptions,
  type Selectors,
} from "./contract.ts"

export * from "./contract.ts"

const DEFAULT_PORT = 4000
const DEFAULT_TIMEOUT = 10_000

/** How many names one request may have. */
const MAX_NAMES = 100

/** The content type of a binary secret. */
const BINARY = "application/octet-stream"

/**
 * The pause after each attempt that brought no answer, in milliseconds; after the last, the call fails. The first is
 * none: after a freeze, a connection that was kept open is dead. The others wait for a port that is not open yet.
 */
const BACKOFF = [0, 10, 20, 50, 100, 200, 400]

/** A failure that the client finds itself. */
const failed = (name: string, title: string, detail: string): CacheExtensionError =>
  new CacheExtensionError(0, `urn:lambda-cache-extension:problem:${name}`, title, detail)

/** A reply with its whole body. */
interface Reply {
  readonly status: number
  readonly contentType: string
  /** Milliseconds; undefined where the reply does not say. */
  readonly retryAfter: number | undefined
  readonly bytes: Uint8Array
}

const replyOf = async (response: Response): Promise<Reply> => ({
  status: response.status,
  contentType: response.headers.get("content-type") ?? "",
  retryAfter: Number(response.headers.get("retry-after")) * 1_000 || undefined,
  bytes: new Uint8Array(await response.arrayBuffer()),
})

const decode = ({ bytes }: Reply): string => new TextDecoder().decode(bytes)

const textOf = (reply: Reply): string => {
  if (reply.contentType === BINARY) throw failed("unusable", "Unusable value", "it is binary: use getBytes")
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

/** A field that is a string comes as its text, any other as JSON. */
const fieldOf = <Value>(reply: Reply): Value =>
  reply.contentType.startsWith("application/json") ? jsonOf(reply) : (decode(reply) as Value)

const jsonOf = <Value>(reply: Reply): Value => {
  const value = parse(decode(reply))
  if (value === undefined) throw failed("unusable", "Unusable value", "it is not JSON: use get")
  return value as Value
}

/** Problem details as they are sent: RFC 9457, section 3.1. */
interface Problem {
  readonly status: number
  readonly type: string
  readonly title: string
  readonly detail: string
}

/** The answer to a read of many names as it is sent. */
interface Answers {
  readonly values: Readonly<Record<string, string>>
  readonly errors: Readonly<Record<string, Problem>>
}

const errorOf = ({ detail, status, title, type }: Problem): CacheExtensionError =>
  new CacheExtensionError(status, type, title, detail)

const manyOf = (reply: Reply): Many => {
  const { errors, values } = jsonOf<Answers>(reply)
  const thrown = Object.entries(errors).map(([name, problem]) => [name, errorOf(problem)] as const)
  return { values, errors: Object.fromEntries(thrown) }
}

/** As own properties, whatever the names are: not by assignment. */
const merged = <A>(parts: ReadonlyArray<Readonly<Record<string, A>>>): Readonly<Record<string, A>> =>
  Object.fromEntries(parts.flatMap(Object.entries<A>))

const chunksOf = <A>(items: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )

/** The problem of a refusal. One without is the host's, which closes with a bare 503. */
const problemOf = (reply: Reply): Problem => ({
  type: "about:blank",
  title: `Status ${reply.status}`,
  detail: "the extension gives no reason",
  ...(parse(decode(reply)) as Partial<Problem> | undefined),
  status: reply.status,
})

/** What went wrong on the way, which `fetch` hides behind "fetch failed". */
const reasonOf = ({ cause, message }: Error): string => (cause instanceof Error ? cause.message : message)

/** Shorter where the caller gives up. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, signal.aborted ? 0 : milliseconds)
    signal.addEventListener("abort", () => resolve(), { once: true })
  })

type Parameters = Readonly<Record<string, number | string | ReadonlyArray<string> | undefined>>

/** To the letter as the extension expects it of a read that it can answer at once. */
const queryOf = (parameters: Parameters): string =>
  Object.entries(parameters)
    .flatMap(([key, value]) => [value ?? []].flat().map((one) => `${key}=${encodeURIComponent(one)}`))
    .join("&")

/** What is asked for, and how. */
interface Wanted {
  readonly query: string
  readonly cacheControl: string
  readonly signal: AbortSignal | undefined
}

type AllOptions = Selectors[Kind] & ReadOptions & JsonOptions

const wantedOf = (parameters: Parameters, options: AllOptions = {}): Wanted => {
  const { maxAge, onlyIfCached, pointer, signal, ...selector } = options
  const directives = [maxAge === undefined ? "" : `max-age=${maxAge}`, onlyIfCached ? "only-if-cached" : ""]
  return {
    query: queryOf({ ...parameters, ...selector, json: pointer }),
    cacheControl: directives.filter(Boolean).join(", "),
    signal,
  }
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

  /** Sends until there is an answer (all methods are idempotent), and gives it if it is a good one. */
  const send = async (method: string, kind: Kind, wanted: Wanted): Promise<Reply> => {
    const url = `${origin}/${kind}?${wanted.query}`
    const headers = {
      ...(token === "" ? {} : { "x-aws-parameters-secrets-token": token }),
      ...(wanted.cacheControl === "" ? {} : { "cache-control": wanted.cacheControl }),
    }
    const limit = AbortSignal.timeout(timeout)
    const signal = wanted.signal === undefined ? limit : AbortSignal.any([limit, wanted.signal])
    const deadline = performance.now() + timeout

    for (let attempt = 0; ; attempt++) {
      let failure: CacheExtensionError
      let wait: number | undefined
      try {
        const reply = await replyOf(await fetch(url, { method, headers, signal }))
        if (reply.status < 300) return reply
        failure = errorOf(problemOf(reply))
        wait = reply.status === 503 ? reply.retryAfter : undefined
      } catch (error) {
        wanted.signal?.throwIfAborted()
        if (limit.aborted) throw failed("timed-out", "Timed out", `no answer from ${origin} in ${timeout} ms`)
        failure = failed("unreachable", "Unreachable", `${origin}: ${reasonOf(error as Error)}`)
        wait = BACKOFF[attempt]
      }
      if (wait === undefined || performance.now() + wait > deadline) throw failure
      await pause(wait, signal)
    }
  }

  const read = (kind: Kind, parameters: Parameters, options?: AllOptions) =>
    send("GET", kind, wantedOf(parameters, options))

  /** One name is answered by the value itself, more of them by an object. */
  const readSome = async (kind: Kind, names: ReadonlyArray<string>, options?: ReadOptions): Promise<Many> => {
    const [name] = names
    if (name === undefined || names.length > 1) return manyOf(await read(kind, { name: names }, options))
    return read(kind, { name }, options)
      .then(textOf)
      .then(
        (text) => ({ values: { [name]: text }, errors: {} }),
        (error: unknown) => {
          if (!(error instanceof CacheExtensionError) || error.status === 0) throw error
          return { values: {}, errors: { [name]: error } }
        },
      )
  }

  return {
    get: async (kind, name, options) => textOf(await read(kind, { name }, options)),
    getJson: async (kind, name, options) => {
      const reply = await read(kind, { name }, options)
      return options?.pointer === undefined ? jsonOf(reply) : fieldOf(reply)
    },
    getBytes: async (kind, name, options) => (await read(kind, { name }, options)).bytes,
    getMany: async (kind, names, options) => {
      const chunks = chunksOf([...new Set(names)], MAX_NAMES)
      const parts = await Promise.all(chunks.map((chunk) => readSome(kind, chunk, options)))
      return {
        values: merged(parts.map(({ values }) => values)),
        errors: merged(parts.map(({ errors }) => errors)),
      }
    },
    getByPath: async (path, options) => jsonOf(await read("parameters", { path }, options)),
    refresh: async (kind, name, options) =>
      textOf(await send("GET", kind, { ...wantedOf({ name }, options), cacheControl: "no-cache" })),
    invalidate: async (kind, name, options) => {
      await send("DELETE", kind, wantedOf({ name }, options))
    },
  }
}
