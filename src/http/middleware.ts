/**
 * The middleware around every route: the count and the trace context, the guard (`guard.ts`), the token if one is required
 * (`token.ts`), and the limit on concurrent requests. After the route, a defect becomes a response.
 *
 * Requests that the shortcut answers pass only the guard and the token check, in `shortcut.ts`.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { Headers } from "effect/http/Headers"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"
import * as Tracer from "effect/Tracer"
import { Plan } from "../config/Plan.ts"
import type { HeaderLookup, HttpApp } from "../host/Platform.ts"
import { CurrentInvoke, type CurrentInvokeShape } from "../observability/CurrentInvoke.ts"
import * as Metrics from "../observability/Metrics.ts"
import { fromInvoke, fromTraceparent, fromXRay } from "../observability/traceContext.ts"
import { Tracing } from "../observability/Tracing.ts"
import { AGENT_TOKEN_VARIABLES } from "../config/environment/tokens.ts"
import { PROTECTIVE_HEADERS, refusalOf, TOKEN_HEADER } from "./guard.ts"
import { type Refusal, toResponse } from "./problems.ts"
import { splitUrl } from "./url.ts"

/** Liveness reveals nothing, and probes have no token. */
const OPEN_PATH = "/health"

/** Outside of Lambda, probes without a token learn from it whether the agent is ready, and no more. */
const READY_PATH = "/ready"

/** Paths exempt from the limit on concurrent requests: an operator needs them most when it is reached. */
const UNLIMITED_PATHS: ReadonlySet<string> = new Set([OPEN_PATH, READY_PATH, "/metrics"])

const noToken = (allowed: string): Refusal => ({
  problem: "forbidden",
  detail: `the header ${TOKEN_HEADER} is missing or wrong; allowed: ${allowed}`,
})
const NO_TOKEN = noToken("the function's AWS_SESSION_TOKEN")
const NO_AGENT_TOKEN = noToken(`the token of ${AGENT_TOKEN_VARIABLES}`)

const READING: ReadonlySet<string> = new Set(["GET", "HEAD"])

const KEPT_HEADERS: ReadonlySet<string> = new Set(["cache-control", "retry-after"])

/** The same response, saying only whether the agent is ready. */
const withoutReport = ({ headers, status }: HttpServerResponse.HttpServerResponse) =>
  HttpServerResponse.jsonUnsafe(
    { ready: status === 200 },
    {
      status,
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => KEPT_HEADERS.has(name))),
    },
  )

/** Whether a request has a valid token, if one is required. */
const makeTokenCheck = Effect.gen(function* () {
  const { tokens } = yield* Plan
  if (tokens === undefined) return () => Effect.succeed(true)
  const { tokenCheckOf } = yield* Effect.promise(() => import("./token.ts"))
  const { isKnown, isKnownAfterReread } = yield* tokenCheckOf(tokens)
  return (path: string, header: HeaderLookup): Effect.Effect<boolean> =>
    path === OPEN_PATH || isKnown(header) ? Effect.succeed(true) : isKnownAfterReread(header)
})

/** Responds with `refusal` while all permits are taken. */
export const limited = (
  permits: Semaphore.Semaphore,
  app: HttpApp,
  refusal: HttpServerResponse.HttpServerResponse,
): HttpApp =>
  Effect.map(
    permits.withPermitsIfAvailable(1)(app),
    Option.getOrElse(() => refusal),
  )

/** Adds the headers that make a response harmless in a browser. */
export const protecting = (app: HttpApp): HttpApp =>
  Effect.map(app, HttpServerResponse.setHeaders(PROTECTIVE_HEADERS))

const tooManyRequests = (limit: number) =>
  toResponse({
    problem: "too-many-requests",
    detail: `${limit} requests are waiting, as many as server.max_concurrent_requests allows`,
  })

const makeGates = Effect.gen(function* () {
  const { isAgent = false, isExposed, limits } = yield* Plan
  const limit = limits.maxConcurrentRequests
  return { isAgent, isExposed, limit, hasToken: yield* makeTokenCheck, permits: yield* Semaphore.make(limit) }
})

/** The application behind the guard, the token and the limit on concurrent requests. */
export const guarded = (app: HttpApp): Effect.Effect<HttpApp, never, Plan> =>
  Effect.map(makeGates, ({ hasToken, isAgent, isExposed, limit, permits }) => {
    const limitedApp = limited(permits, app, tooManyRequests(limit))
    const guardedApp = Effect.flatMap(HttpServerRequest, ({ headers, method, url }) => {
      const header: HeaderLookup = (name) => headers[name]
      const [path] = splitUrl(url)
      const refusal = refusalOf(path, header, isExposed)
      if (refusal !== undefined) return Effect.succeed(toResponse(refusal))
      return Effect.flatMap(hasToken(path, header), (isValid) => {
        if (!isValid && isAgent && path === READY_PATH && READING.has(method))
          return Effect.map(app, withoutReport)
        if (!isValid) return Effect.succeed(toResponse(isAgent ? NO_AGENT_TOKEN : NO_TOKEN))
        return UNLIMITED_PATHS.has(path) ? app : limitedApp
      })
    })
    return protecting(guardedApp)
  })

/** The parent of a request's spans: the one in the request, otherwise the current invocation's. */
export const parentOf = (
  headers: Headers,
  invoke: CurrentInvokeShape | undefined,
): Tracer.ExternalSpan | undefined =>
  fromTraceparent(headers["traceparent"] ?? "") ??
  fromXRay(headers["x-amzn-trace-id"] ?? "") ??
  fromInvoke(invoke?.traceHeader)

const withParent = (app: HttpApp): HttpApp =>
  Effect.gen(function* () {
    const { headers } = yield* HttpServerRequest
    const { current } = yield* CurrentInvoke
    const parent = parentOf(headers, current)
    return yield* parent === undefined ? app : Effect.provideService(app, Tracer.ParentSpan, parent)
  })

const OTHER = "other"

/** The label of a request: the first segment of its path if there is such a route, so that clients cannot create series. */
const labelOf = (url: string, segments: ReadonlySet<string>): string => {
  const [, segment = ""] = /^\/(\w+)(?:\?|$)/.exec(url) ?? []
  // Capitals do not make another series, although such a path is a 404.
  const label = segment.toLowerCase()
  return segments.has(label) ? label : OTHER
}

/** Counts every response by route and status. */
const counted = (app: HttpApp, segments: ReadonlySet<string>): Effect.Effect<HttpApp> =>
  Effect.map(Metrics.counters(Metrics.httpRequests, "kind", "status"), (counter) =>
    Effect.flatMap(HttpServerRequest, ({ url }) =>
      Effect.map(app, (response) => {
        counter(labelOf(url, segments), String(response.status))()
        return response
      }),
    ),
  )

/** The application with its metrics and, if spans are collected, their parents. `segments`: the first segments of all paths. */
export const observed = (app: HttpApp, segments: ReadonlyArray<string>): Effect.Effect<HttpApp> =>
  Effect.flatMap(Tracing, ({ isOn }) => counted(isOn ? withParent(app) : app, new Set(segments)))

/** Logs a defect and responds with `response`. An interruption, by the client or by shutdown, is not a defect. */
export const catchDefects =
  (response: HttpServerResponse.HttpServerResponse) =>
  <E, R>(
    app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R> =>
    app.pipe(
      Effect.orDie,
      Effect.catchCauseIf(
        (cause) => !Cause.hasInterruptsOnly(cause),
        (cause) => Effect.as(Effect.logError("a request failed", cause), response),
      ),
    )
