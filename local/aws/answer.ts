/**
 * From a recorded call and its fault, if any, to what is to be written: the heart of the emulator.
 *
 * `AwsEmulator` calls it for each request with a valid target and credential, and passes the outcome to
 * `delivery.ts`. Knows the services and the faults, but no socket.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { makeAppConfig } from "./AppConfig.ts"
import { type FaultEffect } from "./Faults.ts"
import { makeDynamo } from "./Dynamo.ts"
import { makeParameterStore } from "./ParameterStore.ts"
import {
  type AwsError,
  awsError,
  type AwsReply,
  type AwsRequest,
  errorReply,
  namesTouched,
  type Operation,
  resultReply,
  type Service,
} from "./protocol.ts"
import { rearrange } from "./rearrange.ts"
import { makeSecretsManager } from "./SecretsManager.ts"
import { makeSecurityTokens } from "./SecurityTokens.ts"

/** How a reply reaches the caller: as it is, or not quite (see `FaultEffect`). */
export type Delivery = "whole" | "resetBefore" | "resetMid" | "truncate"

export interface Outcome {
  readonly reply: AwsReply
  readonly delivery: Delivery
}

/** What each service says when it wants fewer calls. */
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
}

/** Begins like JSON and breaks off, as a reply cut by a proxy would. */
const BROKEN_JSON = '{"Parameter": <html>Service Unavailable'

/** Not AWS's words at all. */
const pageReply = (status: number): AwsReply => ({
  status,
  headers: { "content-type": "text/html" },
  body: "<html><head><title>Blocked</title></head><body><h1>Access Denied</h1></body></html>",
})

const whole = (reply: AwsReply): Outcome => ({ reply, delivery: "whole" })

/** A reply in another order and with less in it; a refusal as it is. */
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
    // The checksum was that of the old body; it is optional.
    const { "x-amz-crc32": _, ...headers } = reply.headers
    const body = rearrange(String(reply.body), { reorder, without, selectorInName })
    return { ...reply, headers, body }
  })

/** New, empty services behind one function. */
export const makeAnswer = () => {
  const secrets = makeSecretsManager()
  const dynamo = makeDynamo()
  const appConfig = makeAppConfig()
  const tokens = makeSecurityTokens()
  const operations: Record<Exclude<Service, "dynamodb">, ReadonlyMap<string, Operation>> = {
    ssm: makeParameterStore(secrets.readSecret),
    secretsmanager: secrets.operations,
    appconfig: appConfig.operations,
    sts: tokens.operations,
  }

  const perform = (request: AwsRequest, requestId: string): Effect.Effect<AwsReply, AwsError> => {
    if (request.service === "dynamodb") return dynamo.call(request)
    const run = operations[request.service].get(request.operation)
    if (run === undefined) return Effect.fail(awsError("UnknownOperationException"))
    return Effect.map(run(request.input, request), (result) => resultReply(request, requestId, result))
  }

  const truth = (request: AwsRequest, requestId: string): Effect.Effect<AwsReply> =>
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
        return Effect.map(truth(request, requestId), whole)
      case "throttle":
        return Effect.succeed(whole(errorReply(service, requestId, THROTTLED[service])))
      case "error":
        return Effect.succeed(
          whole(errorReply(service, requestId, awsError(fault.type, fault.message, fault.status))),
        )
      case "page":
        return Effect.succeed(whole(pageReply(fault.status)))
      case "delay":
        return truth(request, requestId).pipe(
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
        return Effect.flatMap(truth(request, requestId), (reply) =>
          Effect.map(rearranged(reply, fault), whole),
        )
      case "hang":
        return Effect.never
      case "unprocessed":
        return Effect.map(dynamo.callPartly(request, fault.processed ?? 0), whole)
      case "resetBefore":
      case "resetMid":
      case "truncate":
        return Effect.map(truth(request, requestId), (reply) => ({ reply, delivery: fault.kind }))
    }
  }
  /** The names and ids that a call touches. */
  const namesOf = ({ input, service }: AwsRequest): ReadonlyArray<string> =>
    service === "appconfig" ? appConfig.namesTouched(input) : namesTouched(service, input)

  return { answer, namesOf, roleOf: tokens.roleOf, appConfig: appConfig.control }
}
