/**
 * One look at the extension: what its `/ready` and `/metrics` say now. Under `Page.ts`, which keeps the last answer.
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { decodeReadiness } from "./Readiness.ts"
import { samplesIn } from "./samples.ts"
import type { Answered } from "./Snapshot.ts"

export interface Extension {
  /** Where it serves, as in `http://127.0.0.1:4000`. */
  readonly origin: string
  /** What it takes for the function's own token, if it asks for one. */
  readonly token: string
}

/** The extension did not answer. */
export class Silence extends Data.TaggedError("Silence")<{ readonly why: string }> {}

/** Long enough for the next invoke of `--watch`, which thaws the extension. */
const PATIENCE = Duration.seconds(2)

const causeOf = (error: unknown): string => {
  const { cause, message } = error as Error
  return cause instanceof Error ? cause.message : message
}

const textAt = ({ origin, token }: Extension, path: string): Effect.Effect<string, Silence> =>
  Effect.tryPromise({
    try: async (signal) => {
      const headers = { "x-aws-parameters-secrets-token": token }
      return (await fetch(`${origin}${path}`, { headers, signal })).text()
    },
    catch: (error) => new Silence({ why: causeOf(error) }),
  })

/** Fails where the extension is frozen, not started yet, or gone. */
export const look = Effect.fnUntraced(
  function* (extension: Extension): Effect.fn.Return<Answered, Silence> {
    const [ready, metrics] = yield* Effect.all([textAt(extension, "/ready"), textAt(extension, "/metrics")], {
      concurrency: "unbounded",
    })
    const readiness = yield* Effect.orElseSucceed(decodeReadiness(ready), () => undefined)
    return { at: yield* Clock.currentTimeMillis, readiness, samples: samplesIn(metrics) }
  },
  Effect.timeoutOrElse({
    duration: PATIENCE,
    orElse: () => Effect.fail(new Silence({ why: `nothing within ${Duration.format(PATIENCE)}` })),
  }),
)
