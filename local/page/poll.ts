/**
 * Polls the extension for its current `/ready` and `/metrics`. `Page.ts` keeps the last report.
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { decodeReadiness } from "./Readiness.ts"
import { parseSamples } from "./samples.ts"
import type { ExtensionReport } from "./Snapshot.ts"

export interface Extension {
  /** Its base URL, for example `http://127.0.0.1:4000`. */
  readonly origin: string
  /** The value of AWS_SESSION_TOKEN, which `server.token: required` demands. */
  readonly token: string
}

/** The extension did not answer. */
class NoAnswer extends Data.TaggedError("NoAnswer")<{ readonly reason: string }> {}

/** Long enough for the next invoke of `--watch`, which thaws the extension. */
const TIMEOUT = Duration.seconds(2)

/** `fetch` hides the error of the network in its cause. */
const networkError = (error: unknown): string => {
  const { cause, message } = error as Error
  return cause instanceof Error ? cause.message : message
}

const getText = ({ origin, token }: Extension, path: string): Effect.Effect<string, NoAnswer> =>
  Effect.tryPromise({
    try: async (signal) => {
      const headers = { "x-aws-parameters-secrets-token": token }
      return (await fetch(`${origin}${path}`, { headers, signal })).text()
    },
    catch: (error) => new NoAnswer({ reason: networkError(error) }),
  })

/** Fails if the extension is frozen, not started yet, or gone. */
export const poll = Effect.fnUntraced(
  function* (extension: Extension): Effect.fn.Return<ExtensionReport, NoAnswer> {
    const [ready, metrics] = yield* Effect.all(
      [getText(extension, "/ready"), getText(extension, "/metrics")],
      {
        concurrency: "unbounded",
      },
    )
    const readiness = yield* Effect.orElseSucceed(decodeReadiness(ready), () => undefined)
    return { at: yield* Clock.currentTimeMillis, readiness, samples: parseSamples(metrics) }
  },
  Effect.timeoutOrElse({
    duration: TIMEOUT,
    orElse: () => Effect.fail(new NoAnswer({ reason: `nothing within ${Duration.format(TIMEOUT)}` })),
  }),
)
