/**
 * The platform of the Node layer: `node:http` for the port and the Extensions API.
 *
 * Loaded before `register`: imports only Node's own modules. The adapter for Effect applications and the transport to AWS
 * are imported later.
 */
import { readFileSync, statSync } from "node:fs"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import process from "node:process"
import { framingRefusal } from "./nodeFraming.ts"
import { makeServers } from "./nodeServers.ts"
import {
  type ShortcutResponse,
  type Application,
  type Exchange,
  type ExchangeOptions,
  type HeaderLookup,
  LOOPBACK,
  MAX_EXCHANGE_REPLY,
  MISSING_ADDRESS,
  type OpenPort,
  type OpenPortOptions,
  type Platform,
  type Reply,
  SHUTDOWN_GRACE,
} from "./Platform.ts"
import { makeDigest } from "./nodeDigest.ts"
import { BROKEN, CLOSING, type FixedResponse, MAX_PENDING, TOO_MANY_PENDING } from "./fixedResponses.ts"

type Handler = (request: Http.IncomingMessage, response: Http.ServerResponse) => void

const write = (response: Http.ServerResponse, { body, headers }: ShortcutResponse): void => {
  response.writeHead(200, { ...headers, "content-length": Buffer.byteLength(body) }).end(body)
}

const refuse = (response: Http.ServerResponse, { body, headers, status }: FixedResponse): void => {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body)
}

const headerOf =
  ({ headers }: Http.IncomingMessage): HeaderLookup =>
  (name) => {
    const value = headers[name]
    return Array.isArray(value) ? value.join(", ") : value
  }

/** Hands requests to the application. They are pending until it is attached, and refused once the port closes. */
class Dispatcher {
  #pending: Array<Parameters<Handler>> = []
  #handle: Handler = (request, response) => {
    if (this.#pending.length >= MAX_PENDING) return refuse(response, TOO_MANY_PENDING)
    this.#track(response)
    this.#pending.push([request, response])
  }
  #inFlight = 0
  #onIdle: (() => void) | undefined

  readonly dispatch: Handler = (request, response) => {
    const refusal = this.#onIdle === undefined ? framingRefusal(request) : CLOSING
    if (refusal === undefined) this.#handle(request, response)
    else refuse(response, refusal)
  }

  readonly attach = ({ handler, shortcut }: Application<Handler>): void => {
    const shortcutOr =
      (otherwise: Handler): Handler =>
      (request, response) => {
        const answer = request.method === "GET" ? shortcut(request.url ?? "/", headerOf(request)) : undefined
        if (answer === undefined) otherwise(request, response)
        else write(response, answer)
      }
    const handle: Handler = (request, response) =>
      void handler().then(
        (ready) => ready(request, response),
        () => refuse(response, BROKEN),
      )
    this.#handle = shortcutOr((request, response) => {
      this.#track(response)
      handle(request, response)
    })
    for (const [request, response] of this.#pending) shortcutOr(handle)(request, response)
    this.#pending = []
  }

  /** Stops taking requests; resolves once none is in flight. */
  readonly drain = (): Promise<void> =>
    new Promise((resolve) => {
      this.#onIdle = resolve
      if (this.#inFlight === 0) resolve()
    })

  #track(response: Http.ServerResponse): void {
    this.#inFlight += 1
    response.once("close", () => {
      this.#inFlight -= 1
      if (this.#inFlight === 0) this.#onIdle?.()
    })
  }
}

const listen = (server: Http.Server, port: number, address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, address, () => {
      server.off("error", reject)
      resolve((server.address() as AddressInfo).port)
    })
  })

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    // @effect-diagnostics-next-line globalTimers:off -- this runs before Effect is loaded
    setTimeout(resolve, milliseconds)
  })

const openPort = async (
  port: number,
  { address: only, beforeSecond, grace = SHUTDOWN_GRACE, onFirst }: OpenPortOptions = {},
): Promise<OpenPort<Handler>> => {
  const dispatcher = new Dispatcher()
  const addresses = only === undefined ? [LOOPBACK.v4, LOOPBACK.v6] : [only]
  const servers = makeServers(dispatcher.dispatch, addresses)
  let bound = port
  for (const [index, { address, server }] of servers.entries()) {
    // To listen on an IPv6 address, Node compiles a regular expression for 4 ms, and `register` need not wait for that.
    if (index > 0) await beforeSecond
    bound = await listen(server, bound, address).catch((error: Error) => {
      if (index === 0 || !MISSING_ADDRESS.test(error.message)) throw error
      return bound
    })
    if (index === 0) onFirst?.()
  }

  const close = async (): Promise<void> => {
    for (const { server } of servers) server.close()
    await Promise.race([dispatcher.drain(), sleep(grace)])
    for (const { server } of servers) server.closeAllConnections()
  }
  return { number: bound, attach: dispatcher.attach, close }
}

const agent = new Http.Agent({ keepAlive: true })

const replyTooLong = (): Error => new Error(`a reply longer than ${MAX_EXCHANGE_REPLY} bytes`)

const exchange = async (
  { body, headers, isFresh = false, method, url }: Exchange,
  { onSent, signal }: ExchangeOptions = {},
): Promise<Reply> => {
  // Imported here because only the credentials endpoint may use TLS, and `register` must not wait for the module.
  const send = url.startsWith("https:") ? (await import("node:https")).request : Http.request
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method,
      headers,
      agent: isFresh ? false : agent,
      ...(signal === undefined ? {} : { signal }),
    })
    request.on("error", reject)
    request.once("response", (response) => {
      const chunks: Array<Buffer> = []
      let size = 0
      response.on("data", (chunk: Buffer) => {
        size += chunk.byteLength
        if (size > MAX_EXCHANGE_REPLY) request.destroy(replyTooLong())
        else chunks.push(chunk)
      })
      response.on("error", reject)
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          header: (name) => [response.headers[name]].flat()[0],
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      )
    })
    if (onSent !== undefined) request.once("finish", onSent)
    request.end(body)
  })
}

/** The first argument is the launcher's file name, the others are the launcher's own; see `scripts/launcher.sh`. */
export const platform: Platform<Handler> = {
  environment: process.env,
  extensionName: process.argv[2] ?? "cache-extension",
  args: process.argv.slice(3),
  processInfo: () => ({
    runtime: `node ${process.versions.node}`,
    startedAt: performance.timeOrigin,
    residentBytes: () => process.memoryUsage.rss(),
  }),
  // `node:fs` is loaded by now, and its functions for promises are slower.
  files: { stat: async (path) => statSync(path), read: async (path) => readFileSync(path) },
  openPort,
  exchange,
  adapter: () => import("./nodeAdapter.ts"),
  // Node does TLS on this thread, so connecting early would not save time.
  preconnect: () => {},
  httpClient: () => import("./nodeHttpClient.ts").then(({ layer }) => layer),
  digest: makeDigest(),
  redis: () => import("./nodeRedis.ts"),
  providers: () => import("./providers.ts"),
  awsTransport: (proxyFor) =>
    import("./nodeAwsTransport.ts").then(({ transportThrough }) => transportThrough(proxyFor)),
}
