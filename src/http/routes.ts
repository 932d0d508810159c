/**
 * The routes: what there is at which path, with which methods. The room that knows HTTP.
 *
 * They become one application (`app`) that the host serves; whatever goes wrong in it is an answer.
 */
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import type { HttpServerError } from "effect/http/HttpServerError"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Scope from "effect/Scope"
import type { Cache } from "../cache/Cache.ts"
import type { Plan } from "../config/Plan.ts"
import type { HttpApp } from "../host/Platform.ts"
import { makeForget } from "./forget.ts"
import { orAnswerBug } from "./bugs.ts"
import { metrics } from "./metrics.ts"
import { ABOUT_ITSELF } from "./guard.ts"
import { guarded } from "./guarded.ts"
import { byMethod, reading } from "./methods.ts"
import { observed } from "./observed.ts"
import { makeOpenApi } from "./openapi.ts"
import * as problems from "./problems.ts"
import { KINDS } from "./query.ts"
import { makeReady } from "./ready.ts"
import { makeRead } from "./read.ts"

const PATHS = [...KINDS.map((kind) => `/${kind}?name=`), ...ABOUT_ITSELF]

/** The first segments of the paths, as metrics name them. */
const SEGMENTS = [...KINDS, ...Array.from(ABOUT_ITSELF, (path) => path.slice(1))]

const routes = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const read = yield* makeRead
    const forget = yield* makeForget

    for (const kind of KINDS) {
      yield* router.add("*", `/${kind}`, byMethod({ ...reading(read(kind)), DELETE: forget(kind) }))
    }
    yield* router.add("*", "/health", byMethod(reading(() => Effect.succeed(HttpServerResponse.text("ok")))))
    yield* router.add("*", "/ready", byMethod(reading(yield* makeReady)))
    yield* router.add("*", "/metrics", byMethod(reading(metrics)))
    yield* router.add("*", "/openapi.json", byMethod(reading(yield* makeOpenApi)))
  }),
)

const pathOf = (url: string): string => url.split("?", 1)[0] ?? url

/** Also for a path that the router cannot read: too long for it, or not percent-encoded UTF-8. */
const orNotFound = <R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, HttpServerError, R>,
): Effect.Effect<HttpServerResponse.HttpServerResponse, HttpServerError, R> =>
  Effect.catchReason(app, "HttpServerError", "RouteNotFound", ({ request }) =>
    Effect.succeed(problems.noSuchPath(pathOf(request.url), PATHS)),
  )

/** Paths are as they are declared: what is spelt otherwise is not found, here as before the routes. */
const EXACT = { caseSensitive: true, ignoreDuplicateSlashes: false, ignoreTrailingSlash: false }

/** The application over the cache and the plan. */
export const app: Effect.Effect<HttpApp, never, Cache | Plan | Scope.Scope> = HttpRouter.toHttpEffect(
  routes,
).pipe(
  Effect.provideService(HttpRouter.RouterConfig, EXACT),
  Effect.map((found) => orAnswerBug(problems.internalError)(orNotFound(found))),
  Effect.flatMap(guarded),
  Effect.flatMap((served) => observed(served, SEGMENTS)),
)
