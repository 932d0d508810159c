/**
 * The routes: `GET /<kind>?name=<name>` for every kind of entry, and liveness. The room that knows HTTP.
 *
 * A read goes: query, entry of the plan, cache, response. The routes become one application (`app`) that the
 * host serves; whatever goes wrong in it is an answer.
 */
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { Cache, type Served } from "../cache/Cache.ts"
import { Configuration } from "../config/Configuration.ts"
import type { Kind } from "../domain/Address.ts"
import { type Entry, entryKey } from "../domain/Entry.ts"
import type { HttpApp } from "../host/Platform.ts"
import { cacheHeaders } from "./cacheStatus.ts"
import * as problems from "./problems.ts"
import { nameIn } from "./query.ts"

const KINDS: ReadonlyArray<Kind> = ["parameters", "secrets", "dynamodb"]

const PATHS = [...KINDS.map((kind) => `/${kind}?name=` as const), "/health"]

const respond = ({ policy }: Entry, served: Served): HttpServerResponse.HttpServerResponse => {
  const body = Redacted.value(served.value.body)
  const options = { contentType: served.value.contentType, headers: cacheHeaders(served, policy) }
  return typeof body === "string"
    ? HttpServerResponse.text(body, options)
    : HttpServerResponse.uint8Array(body, options)
}

const notListed = (kind: Kind, name: string) =>
  problems.noDataFound(`${JSON.stringify(name)} is not listed under ${kind} in config.yaml`)

type Handler = (
  request: HttpServerRequest.HttpServerRequest,
) => Effect.Effect<HttpServerResponse.HttpServerResponse>

/** Answers GET and HEAD, and refuses the rest with what is allowed. */
const readOnly =
  (handler: Handler): Handler =>
  (request) =>
    request.method === "GET" || request.method === "HEAD"
      ? handler(request)
      : Effect.succeed(problems.methodNotAllowed(request.method))

const routes = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const cache = yield* Cache
    const plan = yield* Configuration

    const read = (kind: Kind, url: string) =>
      Result.match(nameIn(url), {
        onFailure: (detail) => Effect.succeed(problems.badRequest(detail)),
        onSuccess: (name) => {
          const entry = plan.entries.get(entryKey(kind, name)) ?? plan.unlisted(kind, name)
          if (entry === undefined) return Effect.succeed(notListed(kind, name))
          return Effect.match(cache.read(entry), {
            onSuccess: (served) => respond(entry, served),
            onFailure: problems.fromSourceError,
          })
        },
      })

    for (const kind of KINDS) {
      yield* router.add(
        "*",
        `/${kind}`,
        readOnly(({ url }) => read(kind, url)),
      )
    }
    yield* router.add(
      "*",
      "/health",
      readOnly(() => Effect.succeed(HttpServerResponse.text("ok"))),
    )
    yield* router.add("*", "/*", (request) => Effect.succeed(problems.noSuchPath(pathOf(request.url), PATHS)))
  }),
)

const pathOf = (url: string): string => url.split("?", 1)[0] ?? url

/** The application over the cache and the plan. */
export const app: Effect.Effect<HttpApp, never, Cache | Configuration | Scope.Scope> = Effect.map(
  HttpRouter.toHttpEffect(routes),
  Effect.catchCause((cause) => Effect.as(Effect.logError("a request failed", cause), problems.internalError)),
)
