/**
 * What is observed of each request that comes to the routes: it is counted, and the spans in it become children of the
 * caller's.
 */
import * as Effect from "effect/Effect"
import type { Headers } from "effect/http/Headers"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Tracer from "effect/Tracer"
import type { HttpApp } from "../host/Platform.ts"
import { CurrentInvoke, type CurrentInvokeShape } from "../observability/CurrentInvoke.ts"
import * as Metrics from "../observability/Metrics.ts"
import { fromInvoke, fromTraceparent, fromXRay } from "../observability/traceContext.ts"
import { Tracing } from "../observability/Tracing.ts"

/** The span that a request belongs to: the one it names itself, else that of the current invoke. */
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

/** What a request is for: its path's first segment where that is one of ours, so that callers cannot make up series. */
const kindOf = (url: string, kinds: ReadonlySet<string>): string => {
  const [, segment = ""] = /^\/(\w+)(?:\?|$)/.exec(url) ?? []
  // The router does not tell capitals apart either.
  const kind = segment.toLowerCase()
  return kinds.has(kind) ? kind : OTHER
}

/** Counts each answer by what it was for and its status. */
const counted = (app: HttpApp, kinds: ReadonlySet<string>): Effect.Effect<HttpApp> =>
  Effect.map(Metrics.unsafeCounters(Metrics.httpRequests, "kind", "status"), (count) =>
    Effect.flatMap(HttpServerRequest, ({ url }) =>
      Effect.map(app, (response) => {
        count(kindOf(url, kinds), String(response.status))
        return response
      }),
    ),
  )

/** The application, observed. `kinds`: the first segments of its paths. */
export const observed = (app: HttpApp, kinds: ReadonlyArray<string>): Effect.Effect<HttpApp> =>
  Effect.flatMap(Tracing, ({ isOn }) => counted(isOn ? withParent(app) : app, new Set(kinds)))
