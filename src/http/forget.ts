/**
 * `DELETE /<kind>?...`: forgets what is held of everything that the query names. All of it or, where something is not
 * listed, nothing.
 */
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Result from "effect/Result"
import { Cache } from "../cache/Cache.ts"
import type { Plan } from "../config/Plan.ts"
import type { Kind } from "../domain/Address.ts"
import { makeFinder } from "./find.ts"
import type { Handler } from "./methods.ts"
import * as problems from "./problems.ts"
import { type Query, queryOf } from "./query.ts"

/** The handler of DELETE of a kind. A member of a path goes with the whole path. */
export const makeForget: Effect.Effect<(kind: Kind) => Handler, never, Cache | Plan> = Effect.gen(
  function* () {
    const cache = yield* Cache
    const find = yield* makeFinder

    const forget = (kind: Kind, query: Query) =>
      Result.match(Result.all(find(kind, query).map(({ found }) => found)), {
        onSuccess: (all) =>
          Effect.as(
            Effect.forEach(all, ({ entry }) => cache.forget(entry), { discard: true }),
            HttpServerResponse.empty({ status: 204 }),
          ),
        onFailure: ({ detail, problem }) => Effect.succeed(problems.respondWith(problem, detail)),
      })

    return (kind) =>
      ({ url }) =>
        Result.match(queryOf("forget", kind, url), {
          onSuccess: (query) => forget(kind, query),
          onFailure: (detail) => Effect.succeed(problems.badRequest(detail)),
        })
  },
)
