/**
 * What becomes of a request in which something goes wrong that nobody expects: an answer, and a line of the log.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"

/** Answers a bug. A request that its client gave up, or that the end of the environment cut off, is none. */
export const orAnswerBug =
  (answer: HttpServerResponse) =>
  <E, R>(app: Effect.Effect<HttpServerResponse, E, R>): Effect.Effect<HttpServerResponse, never, R> =>
    app.pipe(
      Effect.orDie,
      Effect.catchCauseIf(
        (cause) => !Cause.hasInterruptsOnly(cause),
        (cause) => Effect.as(Effect.logError("a request failed", cause), answer),
      ),
    )
