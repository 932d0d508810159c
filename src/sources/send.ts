/**
 * Sends one request of an SDK client: interruption aborts it, its failure becomes a `SourceError`, and every call is
 * counted by what came of it.
 *
 * `AwsClients` calls the services through it, `Roles` the service that gives credentials.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { SourceError } from "../domain/SourceError.ts"
import * as Metrics from "../observability/Metrics.ts"
import { sourceErrorOf } from "./awsErrors.ts"

/** The services that have clients, as AWS_ENDPOINT_URL_<SERVICE> spells them. */
export type AwsService = "SSM" | "SECRETS_MANAGER" | "DYNAMODB" | "STS"

/** What every command is sent with. */
export interface SendOptions {
  readonly abortSignal: AbortSignal
}

export const send = <Reply>(
  service: AwsService,
  operation: string,
  request: (options: SendOptions) => Promise<Reply>,
): Effect.Effect<Reply, SourceError> => {
  const count = (outcome: string) =>
    Metric.update(Metric.withAttributes(Metrics.awsCalls, { service, operation, outcome }), 1)
  return Effect.tryPromise({ try: (abortSignal) => request({ abortSignal }), catch: sourceErrorOf }).pipe(
    Effect.tap(() => count("ok")),
    Effect.tapError(({ reason }) => count(reason._tag)),
    // Who interrupts a call has waited long enough for it.
    Effect.onInterrupt(() => count("TimedOut")),
  )
}
