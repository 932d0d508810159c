/**
 * Runs an Effect application as a handler of web requests, for `Bun.serve`. Imported when there is an
 * application to serve.
 */
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type * as Scope from "effect/Scope"
import type { HttpApp } from "./Platform.ts"

/** The handler; its fibers see the services of the caller, the log's for instance. */
export const makeHandler = (app: HttpApp): Effect.Effect<(request: Request) => Promise<Response>> =>
  Effect.contextWith((context) =>
    Effect.succeed(HttpEffect.toWebHandlerWith<never, HttpServerRequest | Scope.Scope>(context)(app)),
  )
