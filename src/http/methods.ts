/**
 * The methods of a path: each has its handler, `OPTIONS` and the refusal of others follow from them.
 */
import * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as problems from "./problems.ts"

export type Handler = (request: HttpServerRequest) => Effect.Effect<HttpServerResponse.HttpServerResponse>

export type Methods = Readonly<Record<string, Handler>>

/** GET, which HEAD is answered like; the host leaves out the body. */
export const reading = (handler: Handler): Methods => ({ GET: handler, HEAD: handler })

/** Answers the methods there are, OPTIONS with their names, and refuses the rest. */
export const byMethod = (methods: Methods): Handler => {
  const allowed = [...Object.keys(methods), "OPTIONS"]
  const options = HttpServerResponse.empty({ status: 204, headers: { allow: allowed.join(", ") } })
  const all: Methods = { ...methods, OPTIONS: () => Effect.succeed(options) }
  return (request) =>
    all[request.method]?.(request) ?? Effect.succeed(problems.methodNotAllowed(request.method, allowed))
}
