/**
 * Sends one request of an SDK client. Interruption aborts it, a failure becomes a `SourceError`, the outcome is counted,
 * and the call gets a span if its caller has one.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { SourceError } from "../domain/SourceError.ts"
import * as Metrics from "../observability/Metrics.ts"
import { annotate, inSpan } from "../observability/Tracing.ts"
import { toSourceError } from "./awsErrors.ts"

/** The options of every command. */
export interface SendOptions {
  readonly abortSignal: AbortSignal
}

/** Fails with the `SourceError` for what an SDK call rejected with. */
export const failWith = (cause: unknown): Effect.Effect<never, SourceError> =>
  Effect.flatMap(
    Effect.promise(() => import("./sdkErrors.ts")),
    (sdk) => Effect.fail(toSourceError(cause, sdk)),
  )

/** `service` is its id, as in `SSM`. A call of the shared tier is not counted as one of AWS. */
export const send = <Reply>(
  service: string,
  operation: string,
  request: (options: SendOptions) => Promise<Reply>,
  isTier = false,
): Effect.Effect<Reply, SourceError> => {
  const count = (outcome: string) =>
    Effect.andThen(
      isTier
        ? Effect.void
        : Metric.update(Metric.withAttributes(Metrics.awsCalls, { service, operation, outcome }), 1),
      annotate({ "aws.outcome": outcome }),
    )
  return Effect.tryPromise((abortSignal) => request({ abortSignal })).pipe(
    Effect.catch(({ cause }) => failWith(cause)),
    Effect.tap(() => count("ok")),
    Effect.tapError(({ reason }) => count(reason._tag)),
    // A call is interrupted when its time is up.
    Effect.onInterrupt(() => count("TimedOut")),
    inSpan(`${service} ${operation}`, {
      kind: "client",
      attributes: { "rpc.system": "aws-api", "rpc.service": service, "rpc.method": operation },
    }),
  )
}
