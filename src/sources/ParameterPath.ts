/**
 * Everything below a path of Parameter Store, as one value: a JSON object of the parameters' values by their full
 * names.
 *
 * `Parameters` hands over the addresses that are paths. AWS gives ten parameters a page, each page after the one
 * before it. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
 */
import {
  GetParametersByPathCommand,
  type GetParametersByPathCommandOutput,
  type Parameter,
  type SSMClient,
} from "@aws-sdk/client-ssm"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { ParameterPathAddress } from "../domain/Address.ts"
import type { Value } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import type { Caller } from "./AwsClients.ts"
import { timedOut, unavailable } from "./awsErrors.ts"
import type { Attempt } from "./Source.ts"

/** How long all pages may take together. Nobody waits longer: it is what Lambda's INIT lasts. */
const PATH_BUDGET = Duration.seconds(10)

/** The object's text, with its keys in order. Pair by pair, as an object puts names that look like numbers first. */
export const pathJson = (values: ReadonlyMap<string, string>): string => {
  const pairs = Array.from(values)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return `{${pairs.join(",")}}`
}

const valuesIn = (parameters: ReadonlyArray<Parameter>): ReadonlyArray<readonly [string, string]> =>
  parameters.flatMap(({ Name, Value }) =>
    Name === undefined || Value === undefined ? [] : [[Name, Value] as const],
  )

/** A page, which AWS sends with an empty list where there is nothing; without any list it is a broken answer. */
const orUnavailable =
  ({ path }: ParameterPathAddress) =>
  ({ NextToken, Parameters }: GetParametersByPathCommandOutput) =>
    Parameters === undefined
      ? Effect.fail(unavailable(`Parameter Store sent no parameters for ${path}`))
      : Effect.succeed({ NextToken, Parameters })

/** Fetches a path. Each page is an attempt of its own, so that one that fails does not cost those before it. */
export const fetchPath = (
  call: Caller<SSMClient>,
  address: ParameterPathAddress,
  attempt: Attempt,
): Effect.Effect<Value, SourceError> =>
  Effect.gen(function* () {
    const page = (token: string | undefined) =>
      attempt(
        call(address, "GetParametersByPath", (client, options) =>
          client.send(
            new GetParametersByPathCommand({
              Path: address.path,
              Recursive: true,
              WithDecryption: true,
              NextToken: token,
            }),
            options,
          ),
        ).pipe(Effect.flatMap(orUnavailable(address))),
      )

    let reply = yield* page(undefined)
    const values = new Map(valuesIn(reply.Parameters))
    while (reply.NextToken !== undefined) {
      reply = yield* page(reply.NextToken)
      for (const [name, value] of valuesIn(reply.Parameters)) values.set(name, value)
    }
    return { body: Redacted.make(pathJson(values)), contentType: "application/json" }
  }).pipe(
    Effect.timeoutOrElse({
      duration: PATH_BUDGET,
      orElse: () =>
        Effect.fail(timedOut(`not all pages of ${address.path} within ${Duration.toMillis(PATH_BUDGET)} ms`)),
    }),
  )
