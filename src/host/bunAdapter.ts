/**
 * Turns an Effect application into a handler for `Bun.serve`. Imported on the first request that the shortcut does not
 * answer.
 */
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type * as Scope from "effect/Scope"
import type { HttpApp } from "./Platform.ts"

/** The handler. Its fibers run with the caller's services. */
export const makeHandler = (app: HttpApp): Effect.Effect<(request: Request) => Promise<Response>> =>
  Effect.contextWith((context) =>
    Effect.succeed(HttpEffect.toWebHandlerWith<never, HttpServerRequest | Scope.Scope>(context)(app)),
  )
