/**
 * What the program needs of a JavaScript runtime, in plain promises: a port, an HTTP call, adapters that are
 * loaded later. `node.ts` and `bun.ts` implement it; `Host` is the same as an Effect service.
 *
 * Everything here is used before `register`, which every cold start waits for: types only, no Effect.
 */
import type { SSMClientConfig } from "@aws-sdk/client-ssm"
import type * as Effect from "effect/Effect"
import type { HttpClient } from "effect/http/HttpClient"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { ProxyFor } from "../config/environment/proxy.ts"
import type { Environment } from "../config/environment/variables.ts"

/** The addresses the extension listens on: loopback only. `::1` is left out where the machine has none. */
export const LOOPBACK = { v4: "127.0.0.1", v6: "::1" } as const

/** How long requests in flight may go on after SHUTDOWN, in milliseconds. Lambda allows 2,000 ms for everything. */
export const SHUTDOWN_GRACE = 300

/** The application that answers requests. Failures are already answers; what is left is a bug. */
export type HttpApp = Effect.Effect<HttpServerResponse, never, HttpServerRequest | Scope.Scope>

/** A complete answer that was at hand. */
export interface ShortcutResponse {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** The named header of a request, or nothing; one that is there several times is joined. Names in lower case. */
export type HeaderLookup = (name: string) => string | null | undefined

/** Answers a GET for a URL (path and query) with these headers at once, if it is sure of the answer. */
export type Shortcut = (url: string, header: HeaderLookup) => ShortcutResponse | undefined

/** What answers requests: the shortcut first, then the handler, which is loaded when it is needed. */
export interface Application<Handler> {
  readonly shortcut: Shortcut
  readonly handler: () => Promise<Handler>
}

/** An open port. Requests wait from the first moment on, until an application is attached. */
export interface OpenPort<Handler> {
  readonly number: number
  readonly attach: (application: Application<Handler>) => void
  /** Refuses new requests, gives those in flight `SHUTDOWN_GRACE`, then closes every socket. */
  readonly close: () => Promise<void>
}

/** One call of the Extensions API, or of the credentials' endpoint. No redirect is followed, nothing is unpacked. */
export interface Exchange {
  readonly method: "GET" | "POST"
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** On a connection of its own: one that was kept for long may be dead. Default: on a kept one. */
  readonly isFresh?: boolean
}

/** The longest reply to an exchange, in bytes: events and credentials have a few hundred. */
export const MAX_EXCHANGE_REPLY = 1_048_576

export interface ExchangeOptions {
  readonly signal?: AbortSignal
  /** Called once the request is on its way and needs this thread no more. */
  readonly onSent?: () => void
}

export interface Reply {
  readonly status: number
  /** The named header's value, or undefined. Names in lower case. */
  readonly header: (name: string) => string | undefined
  readonly body: string
}

/**
 * A digest of parts of text or bytes, one behind the other: HMAC-SHA-256 in base64url, with a random key of this
 * process, so that it tells nothing about what it was made of, not even to who guesses.
 */
export type DigestFunction = (...parts: ReadonlyArray<string | Uint8Array>) => string

/** In bytes: as long as what SHA-256 gives (RFC 2104, section 3). */
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
  /** A body that is longer ends the call. */
  readonly maxReplyBytes: number
  /** On a connection of its own rather than on a kept one. */
  readonly isFresh: boolean
  readonly signal: AbortSignal
}

/** A reply as it came: no redirect is followed, nothing is unpacked. */
export interface AwsResponse {
  readonly status: number
  readonly reason: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** A request that is under way. */
export interface SentRequest {
  /** Rejects where no whole reply came. */
  readonly reply: Promise<AwsResponse>
  /** For how many milliseconds its connection had been idle on the wall clock; undefined: it is a new one. */
  readonly idleFor: () => number | undefined
  /** Whether a byte of the reply has come. */
  readonly responseStarted: () => boolean
  /** Lets no later request use the kept connections that this one could have used. What is under way on them goes on. */
  readonly retirePool: () => void
}

/** What reaches AWS and how requests are signed; the same for all services. */
export interface AwsTransport {
  readonly send: (request: AwsRequest) => SentRequest
  /** Lets no later request use any connection that is kept now. */
  readonly retirePools: () => void
  /** Default: the SDK's own. */
  readonly sha256?: NonNullable<SSMClientConfig["sha256"]>
}

/** What an operator wants to know of this process. */
export interface ProcessInfo {
  /** The runtime and its version: `node 24.1.0`. */
  readonly runtime: string
  /** When the runtime began, in milliseconds since the epoch. What the system did before that is not known. */
  readonly startedAt: number
  /** The memory that the process occupies now. */
  readonly residentBytes: () => number
}

/** A JavaScript runtime. `Handler` is its own kind of request listener. */
export interface Platform<Handler> {
  readonly environment: Environment
  /** The file name in /opt/extensions, under which the extension must register. */
  readonly extensionName: string
  readonly processInfo: () => ProcessInfo
  /** Rejects with the operating system's error when the port cannot be had. */
  readonly openPort: (port: number) => Promise<OpenPort<Handler>>
  /** Makes one call **without any timeout**: `event/next` blocks for as long as the environment is idle. */
  readonly exchange: (exchange: Exchange, options?: ExchangeOptions) => Promise<Reply>
  /** Loads what turns an application into a handler. */
  readonly adapter: () => Promise<{
    readonly makeHandler: (app: HttpApp, scope: Scope.Scope) => Effect.Effect<Handler>
  }>
  /**
   * Opens a connection to a URL's host that a later call will use: name, TCP and TLS go on in the background
   * while this thread loads the SDK. Where a runtime cannot, it does nothing.
   */
  readonly preconnect: (url: string) => void
  /** Loads the client that spans are sent with. */
  readonly httpClient: () => Promise<Layer.Layer<HttpClient>>
  /** Loads what it takes at the first digest. */
  readonly digest: DigestFunction
  /** Loads the way to AWS, which may lead through a proxy; it keeps connections alive. */
  readonly awsTransport: (proxyFor: ProxyFor | undefined) => Promise<AwsTransport>
}

/** What came of a step that may fail; the failure is reported when there is somebody to report it. */
export type Settled<A> =
  | { readonly ok: true; readonly value: A }
  | { readonly ok: false; readonly error: unknown }

/** A cold start that is under way: what `begin` began before Effect was loaded. */
export interface ColdStart<Handler> {
  readonly port: Promise<Settled<OpenPort<Handler>>>
  /** The reply to `register`. */
  readonly registered: Promise<Settled<Reply>>
}
