/**
 * The source of parameters: Parameter Store of AWS Systems Manager, always with decryption, and through it
 * the secrets behind `/aws/reference/secretsmanager/`.
 *
 * One name goes out as GetParameter, several as GetParameters (10 at most), so a role that allows only
 * GetParameter still works. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
 */
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  type Parameter,
  SSMClient,
} from "@aws-sdk/client-ssm"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { ParameterAddress, ParameterPathAddress } from "../domain/Address.ts"
import { AwsClients, send } from "./AwsClients.ts"
import { notFound, unavailable } from "./awsErrors.ts"
import type { Fetched, Source } from "./Source.ts"

/** The most names that GetParameters takes. */
const BATCH_SIZE = 10

const fetched = (name: string, parameter: Parameter | undefined): Fetched =>
  parameter?.Value === undefined
    ? Result.fail(unavailable(`Parameter Store sent no value for ${name}`))
    : Result.succeed({
        body: Redacted.make(parameter.Value),
        contentType: "text/plain; charset=utf-8",
        ...(parameter.Version === undefined ? {} : { version: String(parameter.Version) }),
      })

/** One JSON object: the values by their full names, in the order of the names. */
const fetchedPath = (parameters: ReadonlyArray<Parameter>): Fetched => {
  const values = parameters
    .flatMap(({ Name, Value }) => (Name === undefined || Value === undefined ? [] : [[Name, Value] as const]))
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    // Written pair by pair: an object would put names that look like numbers first.
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return Result.succeed({
    body: Redacted.make(`{${values.join(",")}}`),
    contentType: "application/json",
  })
}

const isNamed = (address: ParameterAddress | ParameterPathAddress): address is ParameterAddress =>
  "name" in address

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
    const clientFor = yield* clients.byRegion("SSM", (options) => new SSMClient(options))

    const fetchOne = ({ name, region }: ParameterAddress) =>
      send("SSM", "GetParameter", (options) =>
        clientFor(region).send(new GetParameterCommand({ Name: name, WithDecryption: true }), options),
      ).pipe(Effect.map(({ Parameter }) => fetched(name, Parameter)))

    const fetchMany = Effect.fnUntraced(function* (addresses: Arr.NonEmptyReadonlyArray<ParameterAddress>) {
      const { region } = addresses[0]
      const names = addresses.map(({ name }) => name)
      const reply = yield* send("SSM", "GetParameters", (options) =>
        clientFor(region).send(new GetParametersCommand({ Names: names, WithDecryption: true }), options),
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

    const fetchPath = Effect.fnUntraced(function* ({ path, region }: ParameterPathAddress) {
      const parameters: Array<Parameter> = []
      let token: string | undefined
      do {
        const page: GetParametersByPathCommand["input"] = {
          Path: path,
          Recursive: true,
          WithDecryption: true,
          ...(token === undefined ? {} : { NextToken: token }),
        }
        const reply = yield* send("SSM", "GetParametersByPath", (options) =>
          clientFor(region).send(new GetParametersByPathCommand(page), options),
        )
        parameters.push(...(reply.Parameters ?? []))
        token = reply.NextToken
      } while (token !== undefined)
      return fetchedPath(parameters)
    })

    const fetchNamed = (addresses: Arr.NonEmptyReadonlyArray<ParameterAddress>) =>
      addresses.length === 1 ? Effect.map(fetchOne(addresses[0]), Arr.of) : fetchMany(addresses)

    return {
      kind: "parameters",
      batchSize: BATCH_SIZE,
      groupOf: (address) => (isNamed(address) ? address.region : `${address.region} ${address.path}`),
      fetch: ([first, ...rest]) =>
        isNamed(first) ? fetchNamed([first, ...rest.filter(isNamed)]) : Effect.map(fetchPath(first), Arr.of),
    }
  },
)
