/**
 * Fetches parameters from Parameter Store of AWS Systems Manager, and through it secrets below
 * `/aws/reference/secretsmanager/`.
 *
 * One name is a GetParameter, so that a role needs no other permission for it; several are a GetParameters of up to 10.
 * Names that the reply does not answer for certain (`match.ts`) are fetched one by one.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
 */
import { GetParameterCommand, GetParametersCommand, type SSMClient } from "@aws-sdk/client-ssm"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { accessText } from "../../../domain/Address.ts"
import type { ParameterAddress, ParameterPathAddress } from "../address.ts"
import type { SourceError } from "../../../domain/SourceError.ts"
import { AwsClients } from "../../../aws/AwsClients.ts"
import { NO_REASON, notFound, unavailable } from "../../../aws/awsErrors.ts"
import { pickDetails } from "../../../aws/details.ts"
import { isContradiction, matchParameters } from "./match.ts"
import { fetchPath } from "./path.ts"
import { checked, isSecureString, type Parameter } from "./replies.ts"
import { SSM } from "../service.ts"
import { settleEach } from "../../settleEach.ts"
import type { Attempt, Fetched, Rounds, Source } from "../../Source.ts"
import { makeClient, type ServiceProtocol } from "../../../aws/client.ts"
import { jsonProtocol } from "../../../aws/jsonProtocol.ts"

/** As in the SDK: `runtimeConfig.shared` of its client. */
export const PROTOCOL: ServiceProtocol = {
  make: () => jsonProtocol("1.1", "AmazonSSM"),
}

/** The maximum number of names in a GetParameters. */
const BATCH_SIZE = 10

/** Every member of a parameter except its value. */
const DETAILS = [
  "ARN",
  "Name",
  "Type",
  "Version",
  "Selector",
  "SourceResult",
  "LastModifiedDate",
  "DataType",
] as const

const toResult = (parameter: Parameter): Fetched =>
  Result.succeed({
    body: Redacted.make(parameter.Value),
    contentType: "text/plain; charset=utf-8",
    ...(typeof parameter.Version === "number" ? { version: String(parameter.Version) } : {}),
    details: pickDetails(parameter, DETAILS),
    ...(isSecureString(parameter) ? { isSecret: true } : {}),
  })

const isNamed = (address: ParameterAddress | ParameterPathAddress): address is ParameterAddress =>
  "name" in address

const isDecrypted = ({ withDecryption = true }: ParameterAddress): boolean => withDecryption

/** AWS's error for a missing parameter has no message. */
const missing = ({ name, region }: ParameterAddress) =>
  notFound(`ParameterNotFound: Parameter Store has no parameter ${name} in ${region}`)

const withName =
  (address: ParameterAddress) =>
  (error: SourceError): SourceError =>
    error.reason._tag === "NotFound" && error.message.endsWith(NO_REASON) ? missing(address) : error

export const make: Effect.Effect<Source<"parameters">, never, AwsClients | Scope.Scope> = Effect.gen(
  function* () {
    const clients = yield* AwsClients
    const call = yield* clients.caller(SSM, (options) => makeClient<SSMClient>(SSM, PROTOCOL, options))

    const fetchOne = (address: ParameterAddress) =>
      call(address, "GetParameter", (client, options) =>
        client
          .send(
            new GetParameterCommand({ Name: address.name, WithDecryption: isDecrypted(address) }),
            options,
          )
          .then(checked("GetParameter")),
      ).pipe(
        Effect.flatMap(({ Parameter: parameter }) =>
          isContradiction(address.name, parameter)
            ? Effect.fail(unavailable(`the reply to GetParameter is not about ${address.name}`))
            : Effect.succeed(toResult(parameter)),
        ),
        Effect.mapError(withName(address)),
      )

    const fetchMany = Effect.fnUntraced(function* (
      addresses: Arr.NonEmptyReadonlyArray<ParameterAddress>,
      attempt: Attempt,
      rounds: Rounds,
    ) {
      const [first] = addresses
      const names = addresses.map(({ name }) => name)
      const ask = call(first, "GetParameters", (client, options) =>
        client
          .send(
            // Several entries may have the same name.
            new GetParametersCommand({ Names: Arr.dedupe(names), WithDecryption: isDecrypted(first) }),
            options,
          )
          .then(checked("GetParameters")),
      )
      const reply = yield* attempt(ask)
      const matches = matchParameters(names, reply.Parameters ?? [], reply.InvalidParameters ?? [])
      const results = Arr.zip(addresses, matches).map(([address, match]) => {
        switch (match.kind) {
          case "answer":
            return Effect.succeed(toResult(match.parameter))
          case "invalid":
            return Effect.succeed<Fetched>(Result.fail(missing(address)))
          case "alone":
            return attempt(fetchOne(address))
        }
      })
      return yield* settleEach(results, rounds)
    })

    const fetchNamed = (
      addresses: Arr.NonEmptyReadonlyArray<ParameterAddress>,
      attempt: Attempt,
      rounds: Rounds,
    ) =>
      addresses.length === 1
        ? Effect.map(attempt(fetchOne(addresses[0])), Arr.of)
        : fetchMany(addresses, attempt, rounds)

    return {
      kind: "parameters",
      batchSize: BATCH_SIZE,
      // A path needs its own call, and decryption applies to a whole call.
      groupOf: (address) =>
        `${accessText(address)} ${isNamed(address) ? isDecrypted(address) : address.path}`,
      fetch: ([first, ...rest], attempt, _held, rounds) =>
        isNamed(first)
          ? fetchNamed([first, ...rest.filter(isNamed)], attempt, rounds)
          : // Several reads with `no-store` may fetch the same path at once: one call serves them all.
            Effect.map(fetchPath(call, first, attempt, rounds), (value) =>
              [first, ...rest].map(() => Result.succeed(value)),
            ),
    }
  },
)
