/**
 * The source of parameters: Parameter Store of AWS Systems Manager, and through it the secrets behind
 * `/aws/reference/secretsmanager/`.
 *
 * One name goes out as GetParameter, several as GetParameters (10 at most), so a role that allows only
 * GetParameter still works. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
 */
import { GetParameterCommand, GetParametersCommand, type Parameter, SSMClient } from "@aws-sdk/client-ssm"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { accessText, type ParameterAddress, type ParameterPathAddress } from "../domain/Address.ts"
import { AwsClients } from "./AwsClients.ts"
import { notFound, unavailable } from "./awsErrors.ts"
import { detailsOf } from "./details.ts"
import { fetchPath } from "./ParameterPath.ts"
import type { Fetched, Source } from "./Source.ts"

/** The most names that GetParameters takes. */
const BATCH_SIZE = 10

/** All of a parameter but its value. */
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

const fetched = (name: string, parameter: Parameter | undefined): Fetched =>
  parameter?.Value === undefined
    ? Result.fail(unavailable(`Parameter Store sent no value for ${name}`))
    : Result.succeed({
        body: Redacted.make(parameter.Value),
        contentType: "text/plain; charset=utf-8",
        ...(parameter.Version === undefined ? {} : { version: String(parameter.Version) }),
        details: detailsOf(parameter, DETAILS),
      })

const isNamed = (address: ParameterAddress | ParameterPathAddress): address is ParameterAddress =>
  "name" in address

const isDecrypted = ({ withDecryption = true }: ParameterAddress): boolean => withDecryption

/** A parameter comes back under its name with the selector apart, or under the ARN it was asked by. */
const namesOf = (parameter: Parameter): ReadonlyArray<string> => {
  const selector = parameter.Selector ?? ""
  return [parameter.Name, parameter.ARN].flatMap((name) =>
    name === undefined ? [] : [`${name}${selector}`, name],
  )
}

export const make: Effect.Effect<Source<"parameters">, never, AwsClients | Scope.Scope> = Effect.gen(
  function* () {
    const clients = yield* AwsClients
    const call = yield* clients.caller("SSM", (options) => new SSMClient(options))

    const fetchOne = (address: ParameterAddress) =>
      call(address, "GetParameter", (client, options) =>
        client.send(
          new GetParameterCommand({ Name: address.name, WithDecryption: isDecrypted(address) }),
          options,
        ),
      ).pipe(Effect.map(({ Parameter }) => fetched(address.name, Parameter)))

    const fetchMany = Effect.fnUntraced(function* (addresses: Arr.NonEmptyReadonlyArray<ParameterAddress>) {
      const [first] = addresses
      const names = addresses.map(({ name }) => name)
      const reply = yield* call(first, "GetParameters", (client, options) =>
        client.send(new GetParametersCommand({ Names: names, WithDecryption: isDecrypted(first) }), options),
      )
      const byName = new Map(
        (reply.Parameters ?? [])
          .toReversed()
          .flatMap((parameter) => namesOf(parameter).map((name) => [name, parameter])),
      )
      const invalid = new Set(reply.InvalidParameters)
      return yield* Effect.forEach(
        addresses,
        (address) => {
          const parameter = byName.get(address.name)
          if (parameter !== undefined) return Effect.succeed(fetched(address.name, parameter))
          if (invalid.has(address.name)) {
            return Effect.succeed<Fetched>(Result.fail(notFound(`ParameterNotFound: ${address.name}`)))
          }
          // Neither served nor refused under the name we know: ask for it alone.
          return Effect.catch(fetchOne(address), (error) => Effect.succeed<Fetched>(Result.fail(error)))
        },
        { concurrency: "unbounded" },
      )
    })

    const fetchNamed = (addresses: Arr.NonEmptyReadonlyArray<ParameterAddress>) =>
      addresses.length === 1 ? Effect.map(fetchOne(addresses[0]), Arr.of) : fetchMany(addresses)

    return {
      kind: "parameters",
      batchSize: BATCH_SIZE,
      // A path is a call of its own, and decryption is a property of a whole call.
      groupOf: (address) =>
        `${accessText(address)} ${isNamed(address) ? isDecrypted(address) : address.path}`,
      fetch: ([first, ...rest], attempt, _held, rounds) =>
        isNamed(first)
          ? attempt(fetchNamed([first, ...rest.filter(isNamed)]))
          : // Reads that keep nothing may ask for a path while others do: one answer for all of them.
            Effect.map(fetchPath(call, first, attempt, rounds), (value) =>
              [first, ...rest].map(() => Result.succeed(value)),
            ),
    }
  },
)
