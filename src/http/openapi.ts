/**
 * `GET /openapi.json`: the contract of this port as an OpenAPI document, so that a client can be made from what runs.
 *
 * The document is schema/openapi.json, a file of its own in the bundle that is loaded with the first request for it.
 */
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { isMatched, makeTagger, type Tagger } from "./etag.ts"
import type { Handler } from "./methods.ts"
import { JSON_TYPE } from "./part.ts"

const load = Effect.promise(() => import("../../schema/openapi.json", { with: { type: "json" } }))

/** It changes with the extension alone: a client that has it asks whether it still holds. */
const CACHE_CONTROL = "no-cache"

const documentOf = (tagger: Tagger) =>
  Effect.map(load, ({ default: document }) => {
    const body = JSON.stringify(document)
    return { body, headers: { "cache-control": CACHE_CONTROL, etag: tagger.ofBody(JSON_TYPE, body) } }
  })

/** The handler; the document is written once. */
export const makeOpenApi: Effect.Effect<Handler> = Effect.gen(function* () {
  const document = yield* Effect.cached(documentOf(yield* makeTagger))
  return (request) =>
    Effect.map(document, ({ body, headers }) =>
      isMatched(request.headers["if-none-match"], headers.etag)
        ? HttpServerResponse.empty({ status: 304, headers })
        : HttpServerResponse.text(body, { contentType: JSON_TYPE, headers }),
    )
})
