/**
 * What the program needs from a JavaScript runtime, in plain promises: ports, HTTP calls, and adapters that are loaded
 * later. `node.ts` and `bun.ts` implement it; `Host` wraps it as an Effect service.
 *
 * Loaded before `register`, which every cold start waits for: types and constants, no Effect.
 */
import type { ChecksumConstructor } from "@smithy/types"
import type * as Effect from "effect/Effect"
import type { HttpClient } from "effect/http/HttpClient"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { ProxyFor } from "../config/environment/proxy.ts"
import type { Environment } from "../config/environment/variables.ts"
import type * as ProvidersModule from "./providers.ts"
import type { FileRead, Files } from "../config/readConfigFile.ts"
import type { Outside } from "../config/Settings.ts"
import type { ProcessInfo } from "../observability/ProcessMetrics.ts"
import type { ConnectRedis } from "./RedisClient.ts"

/** The addresses to listen on: loopback only. `::1` is skipped if the machine has no IPv6. */
export const LOOPBACK = { v4: "127.0.0.1", v6: "::1" } as const

/** The errors of listening on an address that the machine does not have. */
export const MISSING_ADDRESS = /EADDRNOTAVAIL|EAFNOSUPPORT/

/** How long requests in flight may take after SHUTDOWN, in milliseconds. Lambda allows 2,000 ms for the whole shutdown. */
export const SHUTDOWN_GRACE = 300

/** The application that answers requests. It turns every failure into a response, so anything else is a bug. */
export type HttpApp = Effect.Effect<HttpServerResponse, never, HttpServerRequest | Scope.Scope>

/** The complete response of a shortcut, with status 200. */
export interface ShortcutResponse {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** Looks a header of a request up by its name in lower case. Repeated headers are joined by commas. */
export type HeaderLookup = (name: string) => string | null | undefined

/** Answers a GET at once, or gives undefined to leave it to the application. `url` is path and query. */
export type Shortcut = (url: string, header: HeaderLookup) => ShortcutResponse | undefined

/** Answers requests: first the shortcut, then the handler, which is loaded when it is needed. */
export interface Application<Handler> {
  readonly shortcut: Shortcut
  readonly handler: () => Promise<Handler>
}

/** An open port. Requests are pending until an application is attached. */
export interface OpenPort<Handler> {
  readonly number: number
  readonly attach: (application: Application<Handler>) => void
  /** Refuses new requests, gives those in flight the grace period, then closes every socket. */
  readonly close: () => Promise<void>
}

export interface OpenPortOptions {
  /** Called when the port is open on the first address: a cold start sends `register` then. */
  readonly onFirst?: () => void
  /** The second address may wait for this. */
  readonly beforeSecond?: Promise<void>
  /** The only address to listen on. Default: both of the loopback interface. */
  readonly address?: string
  /** How long requests in flight may take once the port closes, in milliseconds. Default: `SHUTDOWN_GRACE`. */
  readonly grace?: number
}

/** A call of the Extensions API or the credentials endpoint. Redirects are not followed, bodies not decompressed. */
export interface Exchange {
  readonly method: "GET" | "POST"
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Whether to use a new connection because an idle one may be dead. Default: false. */
  readonly isFresh?: boolean
}

/** The longest reply to an exchange, in bytes. Events and credentials take a few hundred. */
export const MAX_EXCHANGE_REPLY = 1_048_576

export interface ExchangeOptions {
  readonly signal?: AbortSignal
  /** Called when the request has been sent, or no longer needs this thread. */
  readonly onSent?: () => void
}

export interface Reply {
  readonly status: number
  /** The named header's value, or undefined. Names in lower case. */
  readonly header: (name: string) => string | undefined
  readonly body: string
}

/**
 * HMAC-SHA-256 of the concatenated parts, in base64url. The key is random and belongs to this process, so nobody can check
 * guessed parts against the digest.
 */
export type DigestFunction = (...parts: ReadonlyArray<string | Uint8Array>) => string

/** In bytes: the length of SHA-256's output, as RFC 2104, section 3, recommends. */
export const DIGEST_KEY_LENGTH = 32

/** A signed request to AWS. */
export interface AwsRequest {
  readonly method: string
  /** Scheme, host and port. */
  readonly origin: string
  /** Path and query, as they were signed. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** A longer body fails the call. */
  readonly maxReplyBytes: number
  /** Whether to use a new connection rather than one from the pool. */
  readonly isFresh: boolean
  readonly signal: AbortSignal
}

/** The reply as AWS sent it: redirects are not followed, the body is not decompressed. */
export interface AwsResponse {
  readonly status: number
  readonly reason: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** A request in flight. */
export interface SentRequest {
  /** Rejects unless a complete reply arrives. */
  readonly reply: Promise<AwsResponse>
  /** How long its connection had been idle, in milliseconds of the wall clock; undefined for a new connection. */
  readonly idleFor: () => number | undefined
  /** Whether the reply has begun to arrive. */
  readonly responseStarted: () => boolean
  /** Retires the pool that this request used: later requests get new connections, those in flight continue. */
  readonly retirePool: () => void
}

/** Sends signed requests to AWS. One transport serves all services. */
export interface AwsTransport {
  readonly send: (request: AwsRequest) => SentRequest
  /** Retires the pools of all origins. */
  readonly retirePools: () => void
  /** The hash that requests are signed with. */
  readonly sha256: ChecksumConstructor
}

/** A JavaScript runtime. `Handler` is the runtime's own type of request handler. */
export interface Platform<Handler> {
  readonly environment: Environment
  /** The name to register under: the file name in /opt/extensions. */
  readonly extensionName: string
  /** What the command line says after the name; empty in Lambda. */
  readonly args: ReadonlyArray<string>
  readonly processInfo: () => ProcessInfo
  readonly files: Files
  /** Rejects with the operating system's error if the port cannot be opened. */
  readonly openPort: (port: number, options?: OpenPortOptions) => Promise<OpenPort<Handler>>
  /** Makes one call **without a time-out**: `event/next` blocks for as long as the environment is idle. */
  readonly exchange: (exchange: Exchange, options?: ExchangeOptions) => Promise<Reply>
  /** Imports the code that turns an application into a handler. */
  readonly adapter: () => Promise<{
    readonly makeHandler: (app: HttpApp, scope: Scope.Scope) => Effect.Effect<Handler>
  }>
  /**
   * Opens a connection for a later call to this URL. DNS, TCP and TLS run in the background while this thread loads the SDK.
   * Does nothing on a runtime that cannot do so.
   */
  readonly preconnect: (url: string) => void
  /** Imports the client that exports spans. */
  readonly httpClient: () => Promise<Layer.Layer<HttpClient>>
  /** Loads its implementation at the first call. */
  readonly digest: DigestFunction
  /** Imports the client of Valkey and Redis. */
  readonly redis: () => Promise<{ readonly connectRedis: ConnectRedis }>
  /** Imports the SDK's own providers of credentials and region, outside of Lambda. */
  readonly providers: () => Promise<Providers>
  /** Imports the transport to AWS, which pools connections and goes through a proxy if one is given. */
  readonly awsTransport: (proxyFor: ProxyFor | undefined) => Promise<AwsTransport>
}

/** What `providers.ts` exports. */
export type Providers = Pick<typeof ProvidersModule, "findRegion" | "obtainCredentials">

/** The outcome of a promise, kept until a failure can be reported. */
export type Settled<A> =
  | { readonly ok: true; readonly value: A }
  | { readonly ok: false; readonly error: unknown }

/** Keeps the outcome of a promise. */
export const settle = <A>(promise: Promise<A>): Promise<Settled<A>> =>
  promise.then(
    (value) => ({ ok: true, value }),
    (error: unknown) => ({ ok: false, error }),
  )

/** A cold start that is under way: the steps that `begin.ts` started before Effect was loaded. */
export interface ColdStart<Handler> {
  readonly port: Promise<Settled<OpenPort<Handler>>>
  /** The reply to `register`. */
  readonly registered: Promise<Settled<Reply>>
  readonly configFile: Promise<FileRead>
  /** What replaces Lambda's variables outside of Lambda; absent in Lambda. */
  readonly outside?: Promise<Outside>
}
