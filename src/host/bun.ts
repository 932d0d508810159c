/**
 * The platform of the standalone executable: `Bun.serve` for the port, `fetch` for the Extensions API. (`node:http` is no
 * faster under Bun than under Node.)
 *
 * Loaded before `register`. The adapter for Effect applications and the transport to AWS are imported later.
 */
import type { Environment } from "../config/environment/variables.ts"
import type { Files } from "../config/readConfigFile.ts"
import {
  type ShortcutResponse,
  type Application,
  type Exchange,
  type ExchangeOptions,
  LOOPBACK,
  MAX_EXCHANGE_REPLY,
  MISSING_ADDRESS,
  type OpenPort,
  type OpenPortOptions,
  type Platform,
  type Reply,
  SHUTDOWN_GRACE,
} from "./Platform.ts"
import { makeDigest } from "./bunDigest.ts"
import { BROKEN, CLOSING, type FixedResponse, MAX_PENDING, TOO_MANY_PENDING } from "./fixedResponses.ts"

type Handler = (request: Request) => Response | Promise<Response>

interface BunServer {
  readonly port: number
  /** Sets how long a request's connection may be idle from now on, in seconds; 0 means for ever. */
  readonly timeout: (request: Request, seconds: number) => void
  readonly stop: (closeActiveConnections?: boolean) => Promise<void>
}

/** The part of Bun's API that is used. https://bun.com/docs/api/http */
declare const Bun: {
  readonly serve: (options: {
    readonly port: number
    readonly hostname: string
    /** How long a connection may be idle, in seconds. */
    readonly idleTimeout: number
    /** In bytes; a longer body gets 413. */
    readonly maxRequestBodySize: number
    /** In development, Bun answers an exception with a page that shows its message and code. */
    readonly development: false
    readonly fetch: (request: Request, server: BunServer) => Response | Promise<Response>
  }) => BunServer
  /** https://bun.com/docs/runtime/file-io */
  readonly file: (path: string) => {
    readonly stat: () => ReturnType<Files["stat"]>
    readonly bytes: () => Promise<Uint8Array>
  }
  readonly version: string
  readonly sleep: (milliseconds: number) => Promise<void>
  readonly fetch: { readonly preconnect: (url: string) => void }
}

/** The global, because importing `node:process` takes 0.5 ms. */
declare const process: {
  readonly env: Record<string, string | undefined>
  readonly argv: ReadonlyArray<string>
  readonly memoryUsage: { readonly rss: () => number }
}

/**
 * How long a connection may take to send its first request, in seconds. Bun's timers have a resolution of four seconds. A
 * client on this machine needs less than one second.
 */
const ARRIVAL_TIMEOUT = 8

/** In bytes. No request needs a body. */
const MAX_BODY = 65_536

const toResponse = ({ body, ...init }: FixedResponse) => new Response(body, init)

/** The shortcut reuses a value's headers for a second, and Bun sends a `Headers` object faster than a record. */
const headersCache = new WeakMap<ShortcutResponse["headers"], Headers>()

const toHeaders = (record: ShortcutResponse["headers"]): Headers => {
  const cached = headersCache.get(record)
  if (cached !== undefined) return cached
  const headers = new Headers(record)
  headersCache.set(record, headers)
  return headers
}

/** The path and query of a request's absolute URL. */
const pathAndQuery = (url: string): string => url.slice(url.indexOf("/", "http://".length))

/** Hands requests to the application. They are pending until it is attached, and refused once the port closes. */
class Dispatcher {
  readonly #attached = Promise.withResolvers<Handler>()
  #handle: Handler = (request) =>
    this.#inFlight < MAX_PENDING
      ? this.#attached.promise.then((handle) => handle(request))
      : toResponse(TOO_MANY_PENDING)
  #inFlight = 0
  #onIdle: (() => void) | undefined

  readonly dispatch: Handler = (request) => {
    if (this.#onIdle !== undefined) return toResponse(CLOSING)
    const response = this.#handle(request)
    return response instanceof Promise ? this.#track(response) : response
  }

  readonly attach = ({ handler, shortcut }: Application<Handler>): void => {
    this.#handle = (request) => {
      const answer =
        request.method === "GET"
          ? shortcut(pathAndQuery(request.url), (name) => request.headers.get(name))
          : undefined
      if (answer !== undefined) return new Response(answer.body, { headers: toHeaders(answer.headers) })
      return handler().then(
        (handle) => handle(request),
        () => toResponse(BROKEN),
      )
    }
    this.#attached.resolve(this.#handle)
  }

  /** Stops taking requests; resolves once none is in flight. */
  readonly drain = (): Promise<void> =>
    new Promise((resolve) => {
      this.#onIdle = resolve
      if (this.#inFlight === 0) resolve()
    })

  #track(response: Promise<Response>): Promise<Response> {
    this.#inFlight += 1
    return response.finally(() => {
      this.#inFlight -= 1
      if (this.#inFlight === 0) this.#onIdle?.()
    })
  }
}

const unlessMissing = (listen: () => BunServer): ReadonlyArray<BunServer> => {
  try {
    return [listen()]
  } catch (error) {
    if (!MISSING_ADDRESS.test(String(error))) throw error
    return []
  }
}

const openPort = async (
  port: number,
  { address, beforeSecond, grace = SHUTDOWN_GRACE, onFirst }: OpenPortOptions = {},
): Promise<OpenPort<Handler>> => {
  const dispatcher = new Dispatcher()
  const listen = (at: number, hostname: string) =>
    Bun.serve({
      port: at,
      hostname,
      idleTimeout: ARRIVAL_TIMEOUT,
      maxRequestBodySize: MAX_BODY,
      development: false,
      fetch: (request, server) => {
        // From now on the connection stays open until the client or SHUTDOWN closes it.
        server.timeout(request, 0)
        return dispatcher.dispatch(request)
      },
    })
  const first = listen(port, address ?? LOOPBACK.v4)
  onFirst?.()
  await beforeSecond
  const others = address === undefined ? unlessMissing(() => listen(first.port, LOOPBACK.v6)) : []
  const servers = [first, ...others]

  const close = async (): Promise<void> => {
    await Promise.race([dispatcher.drain(), Bun.sleep(grace)])
    // The last response may not have reached the socket yet: the graceful stop sends it.
    for (const server of servers) void server.stop()
    await Bun.sleep(1)
    for (const server of servers) void server.stop(true)
  }
  return { number: first.port, attach: dispatcher.attach, close }
}

/** By default Bun's `fetch` times out after five minutes, follows redirects and decompresses bodies. */
interface BunRequestInit extends RequestInit {
  readonly timeout: false
  readonly redirect: "manual"
  readonly decompress: false
}

/** Reads a body as text. A body that is too long drops the connection. */
const readText = async ({ body }: Response): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ""
  let size = 0
  // Throwing out of the loop cancels the body.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > MAX_EXCHANGE_REPLY) throw new Error(`a reply longer than ${MAX_EXCHANGE_REPLY} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

const exchange = async (
  { body, headers, isFresh = false, method, url }: Exchange,
  { onSent, signal }: ExchangeOptions = {},
): Promise<Reply> => {
  const options: BunRequestInit = {
    method,
    headers: { ...headers },
    timeout: false,
    redirect: "manual",
    decompress: false,
    keepalive: !isFresh,
    ...(signal === undefined ? {} : { signal }),
    ...(body === undefined ? {} : { body }),
  }
  const replied = fetch(url, options)
  // From here on, another thread sends the request.
  onSent?.()
  const response = await replied
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    body: await readText(response),
  }
}

/** Variables that Bun's `fetch` applies to every host, the credentials endpoint and the collector included. */
const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"]

/** Hides the proxy variables from Bun, because only calls to AWS use the proxy. Returns the environment as it was. */
const takeProxies = (): { readonly environment: Environment; readonly hasProxies: boolean } => {
  const { env } = process
  if (!PROXY_VARIABLES.some((name) => env[name])) return { environment: env, hasProxies: false }
  const environment = { ...env }
  for (const name of PROXY_VARIABLES) delete env[name]
  return { environment, hasProxies: true }
}

const { environment, hasProxies } = takeProxies()

/** The first argument is the launcher's file name, the others are the launcher's own; see `scripts/launcher.sh`. */
export const platform: Platform<Handler> = {
  environment,
  extensionName: process.argv[2] ?? "cache-extension",
  args: process.argv.slice(3),
  processInfo: () => ({
    runtime: `bun ${Bun.version}`,
    startedAt: performance.timeOrigin,
    residentBytes: () => process.memoryUsage.rss(),
  }),
  // Importing `node:fs` takes 1.4 ms.
  files: { stat: (path) => Bun.file(path).stat(), read: (path) => Bun.file(path).bytes() },
  openPort,
  exchange,
  adapter: () => import("./bunAdapter.ts"),
  // Bun would connect directly, not through the proxy.
  preconnect: hasProxies ? () => {} : (url) => Bun.fetch.preconnect(url),
  httpClient: () => import("./bunHttpClient.ts").then(({ layer }) => layer),
  digest: makeDigest(),
  redis: () => import("./bunRedis.ts"),
  providers: () => import("./bunProviders.ts").then(({ loadProviders }) => loadProviders()),
  awsTransport: (proxyFor) =>
    import("./bunAwsTransport.ts").then(({ makeTransport }) => makeTransport(proxyFor)),
}
