/**
 * The routes: `GET` and `DELETE /<kind>?name=<name>` for every kind of entry, liveness and metrics. The room that
 * knows HTTP.
 *
 * A read goes: query, entry of the plan, cache, response. The routes become one application (`app`) that the
 * host serves; whatever goes wrong in it is an answer.
 */
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import type { Headers } from "effect/http/Headers"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { Cache, type Served } from "../cache/Cache.ts"
import { Configuration } from "../config/Configuration.ts"
import type { Kind } from "../domain/Address.ts"
import { type Entry, entryKey } from "../domain/Entry.ts"
import type { HttpApp } from "../host/Platform.ts"
import { cacheHeaders, secondsOf } from "./cacheStatus.ts"
import { asksForFetch } from "./directives.ts"
import { guarded } from "./guarded.ts"
import * as problems from "./problems.ts"
import { nameIn } from "./query.ts"

const KINDS: ReadonlyArray<Kind> = ["parameters", "secrets", "dynamodb"]

const PATHS = [...KINDS.map((kind) => `/${kind}?name=` as const), "/health", "/metrics"]

const respond = ({ policy }: Entry, served: Served): HttpServerResponse.HttpServerResponse => {
  const body = Redacted.value(served.value.body)
  const options = {
    contentType: served.value.contentType,
    headers: cacheHeaders(served, secondsOf(served, policy)),
  }
  return typeof body === "string"
    ? HttpServerResponse.text(body, options)
    : HttpServerResponse.uint8Array(body, options)
}

const notListed = (kind: Kind, name: string) =>
  problems.noDataFound(`${JSON.stringify(name)} is not listed under ${kind} in config.yaml`)

type Handler = (
  request: HttpServerRequest.HttpServerRequest,
) => Effect.Effect<HttpServerResponse.HttpServerResponse>

type Methods = Readonly<Record<string, Handler>>

/** GET, which HEAD is answered like; the host leaves out the body. */
const reading = (handler: Handler): Methods => ({ GET: handler, HEAD: handler })

/** Answers the methods there are, and refuses the rest with what is allowed. */
const byMethod =
  (methods: Methods): Handler =>
  (request) =>
    methods[request.method]?.(request) ??
    Effect.succeed(problems.methodNotAllowed(request.method, Object.keys(methods)))

const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"

const metrics = Effect.map(PrometheusMetrics.format(), (text) =>
  HttpServerResponse.text(text, { contentType: PROMETHEUS_TEXT }),
)

const routes = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const cache = yield* Cache
    const plan = yield* Configuration

    const entryIn = (kind: Kind, url: string) =>
      Result.flatMap(Result.mapError(nameIn(url), problems.badRequest), (name) => {
        const entry = plan.entries.get(entryKey(kind, name)) ?? plan.unlisted(kind, name)
        return entry === undefined ? Result.fail(notListed(kind, name)) : Result.succeed(entry)
      })

    const onEntry =
      (kind: Kind, then: (entry: Entry, headers: Headers) => ReturnType<Handler>): Handler =>
      ({ headers, url }) =>
        Result.match(entryIn(kind, url), {
          onFailure: Effect.succeed,
          onSuccess: (entry) => then(entry, headers),
        })

    const read = (entry: Entry, headers: Headers) =>
      Effect.match(asksForFetch(headers["cache-control"]) ? cache.refresh(entry) : cache.read(entry), {
        onSuccess: (served) => respond(entry, served),
        onFailure: problems.fromSourceError,
      })

    const forget = (entry: Entry) => Effect.as(cache.forget(entry), HttpServerResponse.empty({ status: 204 }))

    for (const kind of KINDS) {
      const methods = { ...reading(onEntry(kind, read)), DELETE: onEntry(kind, forget) }
      yield* router.add("*", `/${kind}`, byMethod(methods))
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
