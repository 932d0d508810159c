/**
 * The routes: what there is at which path, with which methods. The room that knows HTTP.
 *
 * They become one application (`app`) that the host serves; whatever goes wrong in it is an answer.
 */
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Scope from "effect/Scope"
import type { Cache } from "../cache/Cache.ts"
import type { Configuration } from "../config/Configuration.ts"
import type { HttpApp } from "../host/Platform.ts"
import { makeForget } from "./forget.ts"
import { orAnswerBug } from "./bugs.ts"
import { metrics } from "./metrics.ts"
import { guarded } from "./guarded.ts"
import { byMethod, reading } from "./methods.ts"
import { observed } from "./observed.ts"
import * as problems from "./problems.ts"
import { KINDS } from "./query.ts"
import { makeReady } from "./ready.ts"
import { makeRead } from "./read.ts"

const ABOUT_ITSELF = ["health", "ready", "metrics"]

const PATHS = [...KINDS.map((kind) => `/${kind}?name=`), ...ABOUT_ITSELF.map((path) => `/${path}`)]

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
    yield* router.add("*", "/*", (request) => Effect.succeed(problems.noSuchPath(pathOf(request.url), PATHS)))
  }),
)

const pathOf = (url: string): string => url.split("?", 1)[0] ?? url

/** The application over the cache and the plan. */
export const app: Effect.Effect<HttpApp, never, Cache | Configuration | Scope.Scope> = Effect.map(
  HttpRouter.toHttpEffect(routes),
  orAnswerBug(problems.internalError),
).pipe(
  Effect.flatMap(guarded),
  Effect.flatMap((served) => observed(served, [...KINDS, ...ABOUT_ITSELF])),
)
