/**
 * The platform of the standalone executable: `Bun.serve` for the port, `fetch` for the Extensions API and for
 * AWS. (`node:http` under Bun is no faster than under Node.)
 *
 * Loaded before `register`. What runs Effect applications and what calls AWS are modules of their own,
 * imported later.
 */
import type { Environment } from "../config/environment/variables.ts"
import {
  type ShortcutResponse,
  type Application,
  type Exchange,
  type ExchangeOptions,
  LOOPBACK,
  MAX_EXCHANGE_REPLY,
  type OpenPort,
  type Platform,
  type Reply,
  SHUTDOWN_GRACE,
} from "./Platform.ts"
import { makeDigest } from "./bunDigest.ts"
import { BROKEN, CLOSING, type FixedResponse, MAX_PENDING, TOO_MANY_PENDING } from "./fixedResponses.ts"

type Handler = (request: Request) => Response | Promise<Response>

interface BunServer {
  readonly port: number
  /** How long the connection of a request may stay idle, in seconds, from now on; 0: for ever. */
  readonly timeout: (request: Request, seconds: number) => void
  readonly stop: (closeActiveConnections?: boolean) => Promise<void>
}

/** The part of Bun's API that is used. https://bun.com/docs/api/http */
declare const Bun: {
  readonly serve: (options: {
    readonly port: number
    readonly hostname: string
    /** How long a connection may stay idle, in seconds. */
    readonly idleTimeout: number
    /** In bytes; more is answered with 413. The body of a GET is never kept. */
    readonly maxRequestBodySize: number
    /** Otherwise an exception is answered with a page that shows its message and the code around it. */
    readonly development: false
    readonly fetch: (request: Request, server: BunServer) => Response | Promise<Response>
  }) => BunServer
  readonly version: string
  readonly sleep: (milliseconds: number) => Promise<void>
  readonly fetch: { readonly preconnect: (url: string) => void }
}

/** The global: importing `node:process` takes half a millisecond. */
declare const process: {
  readonly env: Record<string, string | undefined>
  readonly argv: ReadonlyArray<string>
  readonly memoryUsage: { readonly rss: () => number }
}

/**
 * How long a connection may take to send its first request, in seconds. Bun counts in steps of four seconds, so it may be a
 * few more. A client on this machine needs less than one.
 */
const ARRIVAL_TIMEOUT = 8

/** No request has a use for a body. */
const MAX_BODY = 65_536

const responseOf = ({ body, ...init }: FixedResponse) => new Response(body, init)

/** `Headers` are quicker to send than a record, and those of an answer serve for a second. */
const headersMade = new WeakMap<ShortcutResponse["headers"], Headers>()

const headersOf = (record: ShortcutResponse["headers"]): Headers => {
  const known = headersMade.get(record)
  if (known !== undefined) return known
  const headers = new Headers(record)
  headersMade.set(record, headers)
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
      : responseOf(TOO_MANY_PENDING)
  #inFlight = 0
  #onIdle: (() => void) | undefined

  readonly dispatch: Handler = (request) => {
    if (this.#onIdle !== undefined) return responseOf(CLOSING)
    const response = this.#handle(request)
    return response instanceof Promise ? this.#track(response) : response
  }

  readonly attach = ({ handler, shortcut }: Application<Handler>): void => {
    this.#handle = (request) => {
      const answer =
        request.method === "GET"
          ? shortcut(pathAndQuery(request.url), (name) => request.headers.get(name))
          : undefined
      if (answer !== undefined) return new Response(answer.body, { headers: headersOf(answer.headers) })
      return handler().then(
        (handle) => handle(request),
        () => responseOf(BROKEN),
      )
    }
    this.#attached.resolve(this.#handle)
  }

  /** Takes no more requests; resolves once none is in flight. */
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

const ignoreMissingAddress = (error: unknown): ReadonlyArray<BunServer> => {
  if (!/EADDRNOTAVAIL|EAFNOSUPPORT/.test(String(error))) throw error
  return []
}

const attempt = (listen: () => BunServer): ReadonlyArray<BunServer> => {
  try {
    return [listen()]
  } catch (error) {
    return ignoreMissingAddress(error)
  }
}

const openPort = async (port: number): Promise<OpenPort<Handler>> => {
  const dispatcher = new Dispatcher()
  const listen = (at: number, hostname: string) =>
    Bun.serve({
      port: at,
      hostname,
      idleTimeout: ARRIVAL_TIMEOUT,
      maxRequestBodySize: MAX_BODY,
      development: false,
      fetch: (request, server) => {
        // Kept alive until the client or SHUTDOWN closes it, and for as long as the answer takes.
        server.timeout(request, 0)
        return dispatcher.dispatch(request)
      },
    })
  const first = listen(port, LOOPBACK.v4)
  const servers = [first, ...attempt(() => listen(first.port, LOOPBACK.v6))]

  const close = async (): Promise<void> => {
    await Promise.race([dispatcher.drain(), Bun.sleep(SHUTDOWN_GRACE)])
    // The last answer may still be on its way to the socket: the graceful stop lets it out.
    for (const server of servers) void server.stop()
    await Bun.sleep(1)
    for (const server of servers) void server.stop(true)
  }
  return { number: first.port, attach: dispatcher.attach, close }
}

/** Bun's `fetch` gives up after five minutes unless told otherwise, follows redirects, and unpacks bodies. */
interface BunRequestInit extends RequestInit {
  readonly timeout: false
  readonly redirect: "manual"
  readonly decompress: false
}

/** A body as text, up to a bound; beyond it, the connection is dropped. */
const textOf = async ({ body }: Response): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ""
  let size = 0
  // Leaving the loop cancels the body.
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
  // Another thread sends it from here on.
  onSent?.()
  const response = await replied
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    body: await textOf(response),
  }
}

/** What Bun's `fetch` would heed by itself, for every host: also for the credentials' endpoint and for spans. */
const PROXIES = ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"]

/** The environment, and whether it has proxies, which are taken away from Bun: they are for the calls to AWS alone. */
const takeProxies = (): { readonly environment: Environment; readonly hasProxies: boolean } => {
  const { env } = process
  if (!PROXIES.some((name) => env[name])) return { environment: env, hasProxies: false }
  const environment = { ...env }
  for (const name of PROXIES) delete env[name]
  return { environment, hasProxies: true }
}

const { environment, hasProxies } = takeProxies()

/** The launcher hands its own file name over as the first argument; see `scripts/launcher.sh`. */
export const platform: Platform<Handler> = {
  environment,
  extensionName: process.argv[2] ?? "cache-extension",
  processInfo: () => ({
    runtime: `bun ${Bun.version}`,
    startedAt: performance.timeOrigin,
    residentBytes: () => process.memoryUsage.rss(),
  }),
  openPort,
  exchange,
  adapter: () => import("./bunAdapter.ts"),
  // Through a proxy there is nothing to open ahead; past it, nothing may be opened.
  preconnect: hasProxies ? () => {} : (url) => Bun.fetch.preconnect(url),
  httpClient: () => import("./bunHttpClient.ts").then(({ layer }) => layer),
  digest: makeDigest(),
  awsTransport: (proxyFor) =>
    import("./bunAwsTransport.ts").then(({ makeTransport }) => makeTransport(proxyFor)),
}
