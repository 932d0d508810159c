/**
 * The routes: each path with its methods. Those of the kinds are in `read.ts`; those that describe the extension are here.
 *
 * Together they form one application (`app`) behind the middleware, which the host serves. Every failure in it becomes a
 * response.
 */
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import type { HttpServerError } from "effect/http/HttpServerError"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import type * as Scope from "effect/Scope"
import { Cache } from "../cache/Cache.ts"
import { report } from "../cache/report.ts"
import { Plan } from "../config/Plan.ts"
import type { HttpApp } from "../host/Platform.ts"
import * as Metrics from "../observability/Metrics.ts"
import { ENVIRONMENT_PATH, OWN_PATHS, type OwnPath } from "./guard.ts"
import { makeEntityTags } from "./headers.ts"
import { catchDefects, guarded, observed } from "./middleware.ts"
import { internalError, toResponse } from "./problems.ts"
import { KINDS } from "../kinds/kinds.ts"
import { type Handler, makeForget, makeRead } from "./read.ts"
import { JSON_TYPE, respond } from "./reply.ts"
import { splitUrl } from "./url.ts"

type Methods = Readonly<Record<string, Handler>>

/** GET and HEAD. The host omits the body for HEAD. */
const reading = (handler: Handler): Methods => ({ GET: handler, HEAD: handler })

const methodNotAllowed = (method: string, allow: string) =>
  toResponse(
    { problem: "method-not-allowed", detail: `${method} is not allowed here; allowed: ${allow}` },
    { allow },
  )

/** Handles these methods and OPTIONS; any other is a 405 with `Allow` (RFC 9110, section 15.5.6). */
const byMethod = (methods: Methods): Handler => {
  const allow = [...Object.keys(methods), "OPTIONS"].join(", ")
  const options = HttpServerResponse.empty({ status: 204, headers: { allow } })
  const all: Methods = { ...methods, OPTIONS: () => Effect.succeed(options) }
  return (request) =>
    all[request.method]?.(request) ?? Effect.succeed(methodNotAllowed(request.method, allow))
}

const health: Handler = () => Effect.succeed(HttpServerResponse.text("ok"))

/**
 * The state of every entry, without calling AWS. 503 during the preload, for scripts that wait for it; reads need not wait,
 * because they join its fetches.
 */
const makeReady: Effect.Effect<Handler, never, Cache | Plan> = Effect.gen(function* () {
  const { inspect } = yield* Cache
  const { entries } = yield* Plan

  const ready = Effect.map(inspect, (inspection) => {
    const state = report(entries, inspection)
    return HttpServerResponse.jsonUnsafe(state, {
      status: state.ready ? 200 : 503,
      headers: { "cache-control": "no-store", ...(state.ready ? {} : { "retry-after": "1" }) },
    })
  })
  return () => ready
})

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"

const metrics: Handler = () =>
  Metrics.upToDate.pipe(
    Effect.andThen(PrometheusMetrics.format()),
    Effect.map((text) => HttpServerResponse.text(text, { contentType: PROMETHEUS_TEXT })),
  )

/** The contract of the port, a file of its own in the bundle, loaded with the first request for it. */
const makeOpenApi: Effect.Effect<Handler> = Effect.gen(function* () {
  const tags = yield* makeEntityTags
  const load = Effect.promise(() => import("../../schema/openapi.json", { with: { type: "json" } }))
  const document = yield* Effect.cached(
    Effect.map(load, ({ default: document }) => {
      const body = JSON.stringify(document)
      // It changes only with the extension, so clients revalidate it.
      const headers = { "cache-control": "no-cache", etag: tags.ofBody(JSON_TYPE, body) }
      return { body, contentType: JSON_TYPE, headers }
    }),
  )
  return ({ headers }) => Effect.map(document, (reply) => respond(reply, headers))
})

/** Asked for once at most, and by few functions: imported with the first request. */
const makeEnvironment: Effect.Effect<Handler, never, Cache | Plan> = Effect.gen(function* () {
  const context = yield* Effect.context<Cache | Plan>()
  const answer = yield* Effect.cached(
    Effect.promise(() => import("./environment/answer.ts")).pipe(
      Effect.flatMap(({ makeAnswer }) => makeAnswer),
      Effect.provideContext(context),
    ),
  )
  return (request) => Effect.flatMap(answer, (handler) => handler(request))
})

const routes = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const read = yield* makeRead
    const forget = yield* makeForget
    const own: Readonly<Record<OwnPath, Handler>> = {
      "/health": health,
      "/ready": yield* makeReady,
      "/metrics": metrics,
      "/openapi.json": yield* makeOpenApi,
    }

    for (const kind of KINDS) {
      yield* router.add("*", `/${kind}`, byMethod({ ...reading(read(kind)), DELETE: forget(kind) }))
    }
    yield* router.add("*", ENVIRONMENT_PATH, byMethod(reading(yield* makeEnvironment)))
    for (const path of OWN_PATHS) yield* router.add("*", path, byMethod(reading(own[path])))
  }),
)

const PATHS = [...KINDS.map((kind) => `/${kind}?name=`), `${ENVIRONMENT_PATH}?set=`, ...OWN_PATHS].join(", ")

/** Not found: also a path that the router cannot read, because it is too long or not percent-encoded UTF-8. */
const orNotFound = <R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, HttpServerError, R>,
): Effect.Effect<HttpServerResponse.HttpServerResponse, HttpServerError, R> =>
  Effect.catchReason(app, "HttpServerError", "RouteNotFound", ({ request }) => {
    const detail = `nothing is served at ${splitUrl(request.url)[0]}; available: ${PATHS}`
    return Effect.succeed(toResponse({ problem: "not-found", detail }))
  })

/** Paths are matched to the letter. */
const EXACT = { caseSensitive: true, ignoreDuplicateSlashes: false, ignoreTrailingSlash: false }

/** The first segments of the paths, which label the metric. */
const SEGMENTS = [...KINDS, ...[ENVIRONMENT_PATH, ...OWN_PATHS].map((path) => path.slice(1))]

/** The application over the cache and the plan. */
export const app: Effect.Effect<HttpApp, never, Cache | Plan | Scope.Scope> = HttpRouter.toHttpEffect(
  routes,
).pipe(
  Effect.provideService(HttpRouter.RouterConfig, EXACT),
  Effect.map((found) => catchDefects(internalError)(orNotFound(found))),
  Effect.flatMap(guarded),
  Effect.flatMap((served) => observed(served, SEGMENTS)),
)
