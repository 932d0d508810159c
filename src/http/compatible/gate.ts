/**
 * What stands in front of the AWS Parameters and Secrets extension's routes: the guard, the token, which is always
 * required here, and the bound on how many requests may wait; as in front of our own (`../guarded.ts`), with
 * that extension's answers.
 */
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Semaphore from "effect/Semaphore"
import { Configuration } from "../../config/Configuration.ts"
import { Settings } from "../../config/Settings.ts"
import type { HeaderOf, HttpApp } from "../../host/Platform.ts"
import { refusalOf } from "../guard.ts"
import { boundedBy, protecting } from "../guarded.ts"
import { PROBLEMS } from "../problems.ts"
import { tokenCheckOf } from "../token.ts"
import * as errors from "./errors.ts"

const gates = Effect.gen(function* () {
  const { tokens } = yield* Settings
  const { limits } = yield* Configuration
  return {
    ...(yield* tokenCheckOf(tokens)),
    permits: yield* Semaphore.make(limits.maxConcurrentRequests),
  }
})

/** The application behind the gate. */
export const gated = (app: HttpApp): Effect.Effect<HttpApp, never, Configuration | Settings> =>
  Effect.map(gates, ({ isKnown, isKnownAfterReread, permits }) => {
    const bounded = boundedBy(permits, app, errors.tooManyRequests)
    const gatedApp = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers, url }) => {
      const header: HeaderOf = (name) => headers[name]
      const refusal = refusalOf(url, header)
      if (refusal !== undefined) {
        return Effect.succeed(errors.refused(PROBLEMS[refusal.problem].status, refusal.detail))
      }
      if (isKnown(header)) return bounded
      return Effect.flatMap(isKnownAfterReread(header), (isShown) =>
        isShown ? bounded : Effect.succeed(errors.badToken),
      )
    })
    return protecting(gatedApp)
  })
