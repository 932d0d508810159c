/**
 * What stands in front of every route: the guard (`guard.ts`), the token where one is required (`token.ts`), and the
 * bound on how many requests may wait at once.
 *
 * A refusal costs no cache and no call. What the shortcut answers does not wait and is not counted.
 */
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"
import { Plan } from "../config/Plan.ts"
import type { HeaderLookup, HttpApp } from "../host/Platform.ts"
import { PROTECTIVE_HEADERS, type Refusal, refusalOf, TOKEN_HEADER } from "./guard.ts"
import * as problems from "./problems.ts"

/** Liveness tells nothing, and whoever watches it has no token. */
const OPEN_PATH = "/health"

/** Paths that answer at once however much waits elsewhere: what an operator looks at then. */
const NEVER_WAITING: ReadonlySet<string> = new Set([OPEN_PATH, "/ready", "/metrics"])

const NO_TOKEN: Refusal = {
  problem: "forbidden",
  detail: `the header ${TOKEN_HEADER} is missing or wrong; allowed: the function's AWS_SESSION_TOKEN`,
}

const pathOf = (url: string): string => url.split("?", 1)[0] ?? url

const refuse = ({ detail, problem }: Refusal): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.succeed(problems.respondWith(problem, detail))

/** Whether a request may pass for the token that it shows. */
const tokenGate = Effect.gen(function* () {
  const { tokens } = yield* Plan
  if (tokens === undefined) return () => Effect.succeed(true)
  const { tokenCheckOf } = yield* Effect.promise(() => import("./token.ts"))
  const { isKnown, isKnownAfterReread } = yield* tokenCheckOf(tokens)
  return (path: string, header: HeaderLookup): Effect.Effect<boolean> =>
    path === OPEN_PATH || isKnown(header) ? Effect.succeed(true) : isKnownAfterReread(header)
})

const gates = Effect.gen(function* () {
  const { limits } = yield* Plan
  const most = limits.maxConcurrentRequests
  return { most, hasToken: yield* tokenGate, permits: yield* Semaphore.make(most) }
})

/** Lets no more requests into an application at once than there are permits; further ones are refused. */
export const boundedBy = (
  permits: Semaphore.Semaphore,
  app: HttpApp,
  refusal: HttpServerResponse.HttpServerResponse,
): HttpApp =>
  Effect.map(
    permits.withPermitsIfAvailable(1)(app),
    Option.getOrElse(() => refusal),
  )

/** Has a browser, should it get an answer, do nothing with it. */
export const protecting = (app: HttpApp): HttpApp =>
  Effect.map(app, HttpServerResponse.setHeaders(PROTECTIVE_HEADERS))

/** The application behind the guard. */
export const guarded = (app: HttpApp): Effect.Effect<HttpApp, never, Plan> =>
  Effect.map(gates, ({ hasToken, most, permits }) => {
    const bounded = boundedBy(permits, app, problems.tooManyRequests(most))
    const guardedApp = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers, url }) => {
      const header: HeaderLookup = (name) => headers[name]
      const path = pathOf(url)
      const refusal = refusalOf(path, header)
      if (refusal !== undefined) return refuse(refusal)
      return Effect.flatMap(hasToken(path, header), (isShown) => {
        if (!isShown) return refuse(NO_TOKEN)
        return NEVER_WAITING.has(path) ? app : bounded
      })
    })
    return protecting(guardedApp)
  })
