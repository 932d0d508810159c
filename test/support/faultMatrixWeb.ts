/**
 * A page on the web for the fault matrix, beside local AWS: its content, the time that an answer takes, and a fault can be
 * changed. A request meets the fault that holds when it arrives, as in local AWS.
 */
import { Deferred, Effect, FiberSet } from "effect"
import { type IncomingMessage, type ServerResponse } from "node:http"
import { breakOff } from "../../local/aws/delivery.ts"
import { type WebEffect } from "./faultMatrixFaults.ts"
import { page, serve } from "./webServer.ts"

export interface Web {
  readonly url: string
  readonly port: number
  readonly put: (content: string) => Effect.Effect<void>
  readonly setLatency: (milliseconds: number) => Effect.Effect<void>
  readonly inject: (effect: WebEffect) => Effect.Effect<void>
  /** Ends the fault. Requests that have met it go on under it. */
  readonly clear: Effect.Effect<void>
  /** Forgets the requests so far. */
  readonly forget: Effect.Effect<void>
  /** Waits until there has been a request since `forget`. */
  readonly asked: Effect.Effect<void>
}

const TYPE = { "content-type": "text/plain" }

/** Up until the scope closes. */
export const makeWeb = Effect.fnUntraced(function* (first: string, firstLatency: number) {
  const run = yield* FiberSet.makeRuntime()
  let content = first
  let latency = firstLatency
  let fault: WebEffect | undefined
  let called = Deferred.makeUnsafe<void>()

  const answer = Effect.fnUntraced(function* (
    met: WebEffect | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    yield* Effect.sleep(latency)
    switch (met?.kind) {
      case "hang":
        return yield* Effect.never
      case "page":
        return page("", {}, met.status)(request, response)
      case "resetBefore":
      case "resetMid":
      case "truncate": {
        const reply = { status: 200, headers: TYPE, body: content }
        return breakOff(response, { reply, delivery: met.kind }, request.socket)
      }
      case "delay":
        yield* Effect.sleep(met.duration as number)
    }
    return page(content, TYPE)(request, response)
  })

  const { url } = yield* serve((request, response) => {
    Deferred.doneUnsafe(called, Effect.void)
    run(answer(fault, request, response))
  })
  const web: Web = {
    url,
    port: Number(new URL(url).port),
    put: (next) => Effect.sync(() => void (content = next)),
    setLatency: (next) => Effect.sync(() => void (latency = next)),
    inject: (effect) => Effect.sync(() => void (fault = effect)),
    clear: Effect.sync(() => void (fault = undefined)),
    forget: Effect.sync(() => void (called = Deferred.makeUnsafe())),
    asked: Effect.suspend(() => Deferred.await(called)),
  }
  return web
})
