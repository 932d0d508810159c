/**
 * `GET /ready`: the state of everything the cache keeps, as JSON. 503 while the load at start-up runs, for scripts that
 * wait for it; reads need not, they join the load.
 */
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { Cache } from "../cache/Cache.ts"
import { report } from "../cache/report.ts"
import { Plan } from "../config/Plan.ts"
import type { Handler } from "./methods.ts"

/** After how many seconds a load may be over. */
const RETRY_AFTER = "1"

/** The handler; it asks AWS nothing and waits for nothing. */
export const makeReady: Effect.Effect<Handler, never, Cache | Plan> = Effect.gen(function* () {
  const { inspect } = yield* Cache
  const { entries } = yield* Plan

  const ready = Effect.map(inspect, (inspection) => {
    const state = report(entries, inspection)
    return HttpServerResponse.jsonUnsafe(state, {
      status: state.ready ? 200 : 503,
      headers: { "cache-control": "no-store", ...(state.ready ? {} : { "retry-after": RETRY_AFTER }) },
    })
  })
  return () => ready
})
