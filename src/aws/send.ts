/**
 * Sends one request of an SDK client: interruption aborts it, its failure becomes a `SourceError`, and every call is
 * counted by what came of it, and has a span where there is one around it.
 *
 * `AwsClients` calls the services through it, `Roles` the service that gives credentials.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { SourceError } from "../domain/SourceError.ts"
import * as Metrics from "../observability/Metrics.ts"
import { annotate, inSpan } from "../observability/Tracing.ts"
import { sourceErrorOf } from "./awsErrors.ts"

/** The services that have clients, as AWS_ENDPOINT_URL_<SERVICE> spells them, each with its host in a region. */
export const ENDPOINT_PREFIXES = {
  SSM: "ssm",
  SECRETS_MANAGER: "secretsmanager",
  DYNAMODB: "dynamodb",
  APPCONFIGDATA: "appconfigdata",
  STS: "sts",
} as const

export type AwsService = keyof typeof ENDPOINT_PREFIXES

/** What every command is sent with. */
export interface SendOptions {
  readonly abortSignal: AbortSignal
}

/** Fails with what an SDK call rejected with, as our error. */
export const classified = (cause: unknown): Effect.Effect<never, SourceError> =>
  Effect.flatMap(
    Effect.promise(() => import("./sdkErrors.ts")),
    (sdk) => Effect.fail(sourceErrorOf(cause, sdk)),
  )

export const send = <Reply>(
  service: AwsService,
  operation: string,
  request: (options: SendOptions) => Promise<Reply>,
): Effect.Effect<Reply, SourceError> => {
  const count = (outcome: string) =>
    Effect.andThen(
      Metric.update(Metric.withAttributes(Metrics.awsCalls, { service, operation, outcome }), 1),
      annotate({ "aws.outcome": outcome }),
    )
  return Effect.tryPromise((abortSignal) => request({ abortSignal })).pipe(
    Effect.catch(({ cause }) => classified(cause)),
    Effect.tap(() => count("ok")),
    Effect.tapError(({ reason }) => count(reason._tag)),
    // Who interrupts a call has waited long enough for it.
    Effect.onInterrupt(() => count("TimedOut")),
    inSpan(`${service} ${operation}`, {
      kind: "client",
      attributes: { "rpc.system": "aws-api", "rpc.service": service, "rpc.method": operation },
    }),
  )
}
