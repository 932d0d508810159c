/**
 * Answers a call: dispatches it to its service and applies its fault, if any.
 *
 * `AwsEmulator` calls it for each request with a valid target and credential, and passes the outcome to `delivery.ts`.
 * Knows the services and the faults, but no sockets.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { Scope } from "effect/Scope"
import { makeAppConfig } from "./AppConfig.ts"
import { makeDataApi } from "./DataApi.ts"
import { type FaultEffect } from "./Faults.ts"
import { makeDynamo } from "./Dynamo.ts"
import { kmsOperations } from "./Kms.ts"
import { makeParameterStore } from "./ParameterStore.ts"
import type { OpenEngine } from "./Postgres.ts"
import {
  type AwsError,
  awsError,
  type AwsReply,
  type AwsRequest,
  errorReply,
  type Operation,
  resultReply,
  type Service,
  withS3RequestId,
} from "./protocol.ts"
import { namesIn } from "./namesIn.ts"
import { rearrange } from "./rearrange.ts"
import { makeSecretsManager } from "./SecretsManager.ts"
import { makeObjectStore } from "./ObjectStore.ts"
import { makeSecurityTokens } from "./SecurityTokens.ts"

/** How a reply reaches the caller: complete, or broken off (see `FaultEffect`). */
type Delivery = "whole" | "resetBefore" | "resetMid" | "truncate"

export interface Outcome {
  readonly reply: AwsReply
  readonly delivery: Delivery
}

/** The throttling error of each service. */
const THROTTLED: Record<Service, AwsError> = {
  ssm: awsError("ThrottlingException", "Rate exceeded"),
  secretsmanager: awsError("ThrottlingException", "Rate exceeded"),
  dynamodb: awsError(
    "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your " +
      "provisioning level with the UpdateTable API.",
  ),
  appconfig: awsError("ThrottlingException", "Rate exceeded", 429),
  sts: awsError("Throttling", "Rate exceeded"),
  kms: awsError("ThrottlingException", "Rate exceeded"),
  s3: awsError("SlowDown", "Please reduce your request rate.", 503),
  "rds-data": awsError("ThrottlingException", "Rate exceeded"),
}

/** Starts as JSON and ends as something else, like a reply that a proxy has replaced. */
const BROKEN_JSON = '{"Parameter": <html>Service Unavailable'

/** What a proxy or a firewall sends in place of AWS. */
const htmlReply = (status: number): AwsReply => ({
  status,
  headers: { "content-type": "text/html" },
  body: "<html><head><title>Blocked</title></head><body><h1>Access Denied</h1></body></html>",
})

const whole = (reply: AwsReply): Outcome => ({ reply, delivery: "whole" })

/** The reply with reordered lists and without some members; an error is left alone. */
const rearranged = (
  reply: AwsReply,
  { order = "shuffled", selectorInName = false, without = [] }: Extract<FaultEffect, { kind: "rearrange" }>,
): Effect.Effect<AwsReply> =>
  Effect.gen(function* () {
    if (reply.status !== 200) return reply
    const random = yield* Random.Random
    const reorder = (list: ReadonlyArray<unknown>): ReadonlyArray<unknown> =>
      order === "reversed"
        ? list.toReversed()
        : list
            .map((member) => [random.nextDoubleUnsafe(), member] as const)
            .toSorted(([left], [right]) => left - right)
            .map(([, member]) => member)
    // The optional checksum belongs to the old body.
    const { "x-amz-crc32": _, ...headers } = reply.headers
    const body = rearrange(String(reply.body), { reorder, without, selectorInName })
    return { ...reply, headers, body }
  })

/** All services, empty. `openEngine` opens the databases of the RDS Data API in a scope. */
export const makeAnswer = (openEngine: OpenEngine, scope: Scope) => {
  const secrets = makeSecretsManager()
  const dynamo = makeDynamo()
  const appConfig = makeAppConfig()
  const dataApi = makeDataApi(openEngine, scope)
  const tokens = makeSecurityTokens()
  const objects = makeObjectStore()
  const operations: Record<Exclude<Service, "dynamodb" | "s3">, ReadonlyMap<string, Operation>> = {
    ssm: makeParameterStore(secrets.readSecret),
    secretsmanager: secrets.operations,
    appconfig: appConfig.operations,
    sts: tokens.operations,
    kms: kmsOperations,
    "rds-data": dataApi.operations,
  }

  const perform = (request: AwsRequest, requestId: string): Effect.Effect<AwsReply, AwsError> => {
    if (request.service === "dynamodb") return dynamo.call(request)
    if (request.service === "s3")
      return Effect.map(objects.call(request), (reply) => withS3RequestId(requestId, reply))
    const run = operations[request.service].get(request.operation)
    if (run === undefined) return Effect.fail(awsError("UnknownOperationException"))
    return Effect.map(run(request.input, request), (result) => resultReply(request, requestId, result))
  }

  const answerWithoutFault = (request: AwsRequest, requestId: string): Effect.Effect<AwsReply> =>
    Effect.andThen(tokens.verify(request), perform(request, requestId)).pipe(
      Effect.catch((error) => Effect.succeed(errorReply(request.service, requestId, error))),
    )

  const answer = (
    request: AwsRequest,
    requestId: string,
    fault: FaultEffect | undefined,
  ): Effect.Effect<Outcome> => {
    const { service } = request
    switch (fault?.kind) {
      case undefined:
        return Effect.map(answerWithoutFault(request, requestId), whole)
      case "throttle":
        return Effect.succeed(whole(errorReply(service, requestId, THROTTLED[service])))
      case "error":
        return Effect.succeed(
          whole(errorReply(service, requestId, awsError(fault.type, fault.message, fault.status))),
        )
      case "page":
        return Effect.succeed(whole(htmlReply(fault.status)))
      case "delay":
        return answerWithoutFault(request, requestId).pipe(
          Effect.map(whole),
          Effect.delay(Duration.fromInputUnsafe(fault.duration as Duration.Input)),
        )
      case "wrongJson":
        return Effect.succeed(whole({ ...resultReply(request, requestId, {}), body: BROKEN_JSON }))
      case "emptyBody":
        return Effect.succeed(whole({ ...resultReply(request, requestId, {}), body: "" }))
      case "body":
        return Effect.succeed(whole({ ...resultReply(request, requestId, {}), body: fault.body }))
      case "rearrange":
        return Effect.flatMap(answerWithoutFault(request, requestId), (reply) =>
          Effect.map(rearranged(reply, fault), whole),
        )
      case "hang":
        return Effect.never
      case "unprocessed":
        return Effect.map(dynamo.callPartly(request, fault.processed ?? 0), whole)
      case "resetBefore":
      case "resetMid":
      case "truncate":
        return Effect.map(answerWithoutFault(request, requestId), (reply) => ({
          reply,
          delivery: fault.kind,
        }))
    }
  }
  /** The names and ids in a call's input. */
  const namesOf = ({ input, service }: AwsRequest): ReadonlyArray<string> => {
    if (service === "appconfig") return appConfig.namesIn(input)
    return service === "rds-data" ? dataApi.namesIn(input) : namesIn(service, input)
  }

  return {
    answer,
    namesOf,
    roleOf: tokens.roleOf,
    appConfig: appConfig.control,
    dataApi: dataApi.control,
  }
}
