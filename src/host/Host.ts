/**
 * What the program needs of the machine it runs on, as one service: a port to serve, a way to call the
 * Extensions API, the environment. `NodeHost` and (for the standalone executable) `BunHost` implement it.
 *
 * It is used before `register`, which every cold start waits for, so it imports types only where it can.
 */
import type { SSMClientConfig } from "@aws-sdk/client-ssm"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import type * as Scope from "effect/Scope"

/** The addresses the extension listens on: loopback only. `::1` is left out where the machine has none. */
export const LOOPBACK = { v4: "127.0.0.1", v6: "::1" } as const

/** The application that answers requests. Failures are already answers; what is left is a bug. */
export type HttpApp = Effect.Effect<HttpServerResponse, never, HttpServerRequest | Scope.Scope>

/** An open port. */
export interface Door {
  readonly port: number
  /** Hands all requests to `app`: those that have been waiting since the port opened, then every new one. */
  readonly serve: (app: HttpApp) => Effect.Effect<void>
  /** Closes the port before its scope does; see `Host.open` for how. */
  readonly close: Effect.Effect<void>
}

/** The port could not be opened; `detail` is what the operating system said. */
export class PortUnavailable extends Data.TaggedError("PortUnavailable")<{
  readonly port: number
  readonly detail: string
}> {}

/** One call of the Extensions API. */
export interface Exchange {
  readonly method: "GET" | "POST"
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Reply {
  readonly status: number
  /** The named header's value, or undefined. Names in lower case. */
  readonly header: (name: string) => string | undefined
  readonly body: string
}

/** The exchange brought no reply: refused, reset, torn. */
export class ExchangeFailed extends Data.TaggedError("ExchangeFailed")<{
  readonly url: string
  readonly detail: string
}> {}

/** What the SDK's clients send their requests through. */
export type AwsRequestHandler = NonNullable<SSMClientConfig["requestHandler"]>

export class Host extends Context.Service<
  Host,
  {
    /** The environment variables, as Lambda gave them. */
    readonly environment: Readonly<Record<string, string | undefined>>
    /** The file name in /opt/extensions, under which the extension must register. */
    readonly extensionName: string
    /**
     * Opens `port` on the loopback addresses. Requests wait from the first moment on, and are answered once
     * `serve` is called. When the scope closes, new requests are refused, those in flight get
     * `SHUTDOWN_GRACE`, then every socket is closed.
     */
    readonly open: (port: number) => Effect.Effect<Door, PortUnavailable, Scope.Scope>
    /** Makes one call **without any timeout**: `event/next` blocks for as long as the environment is idle. */
    readonly exchange: (exchange: Exchange) => Effect.Effect<Reply, ExchangeFailed>
    /** The HTTP handler for all AWS calls, loaded when the first of them is due; keeps connections alive. */
    readonly awsRequestHandler: Effect.Effect<AwsRequestHandler>
  }
>()("cache-extension/host/Host") {}

/** How long requests in flight may go on after SHUTDOWN, in milliseconds. Lambda allows 2,000 ms for everything. */
export const SHUTDOWN_GRACE = 300
