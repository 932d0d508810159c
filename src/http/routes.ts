/**
 * The routes: what there is at which path, with which methods. The room that knows HTTP.
 *
 * They become one application (`app`) that the host serves; whatever goes wrong in it is an answer.
 */
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import type * as Scope from "effect/Scope"
import type { Cache } from "../cache/Cache.ts"
import type { Configuration } from "../config/Configuration.ts"
import type { Kind } from "../domain/Address.ts"
import type { HttpApp } from "../host/Platform.ts"
import { makeForget } from "./forget.ts"
import { guarded } from "./guarded.ts"
import { byMethod, reading } from "./methods.ts"
import * as problems from "./problems.ts"
import { makeRead } from "./read.ts"

const KINDS: ReadonlyArray<Kind> = ["parameters", "secrets", "dynamodb"]

const PATHS = [...KINDS.map((kind) => `/${kind}?name=` as const), "/health", "/metrics"]

const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"

const metrics = Effect.map(PrometheusMetrics.format(), (text) =>
  HttpServerResponse.text(text, { contentType: PROMETHEUS_TEXT }),
)

const routes = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const read = yield* makeRead
    const forget = yield* makeForget

    for (const kind of KINDS) {
      yield* router.add("*", `/${kind}`, byMethod({ ...reading(read(kind)), DELETE: forget(kind) }))
    }
    yield* router.add("*", "/health", byMethod(reading(() => Effect.succeed(HttpServerResponse.text("ok")))))
    yield* router.add("*", "/metrics", byMethod(reading(() => metrics)))
    yield* router.add("*", "/*", (request) => Effect.succeed(problems.noSuchPath(pathOf(request.url), PATHS)))
  }),
)

const pathOf = (url: string): string => url.split("?", 1)[0] ?? url

/** The application over the cache and the plan. */
export const app: Effect.Effect<HttpApp, never, Cache | Configuration | Scope.Scope> = Effect.map(
  HttpRouter.toHttpEffect(routes),
  Effect.catchCause((cause) => Effect.as(Effect.logError("a request failed", cause), problems.internalError)),
).pipe(Effect.flatMap(guarded))
