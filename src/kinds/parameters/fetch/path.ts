/**
 * Fetches everything below a path of Parameter Store as one value: a JSON object of the parameters' values by full name.
 *
 * A page has up to ten parameters and a token for the next, so pages come one after the other. A read's budget starts again
 * with each page.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
 */
import { GetParametersByPathCommand, type SSMClient } from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { ParameterPathAddress } from "../address.ts"
import { LISTS, STRING_LIST } from "../lists.ts"
import type { Value } from "../../../domain/Entry.ts"
import type { SourceError } from "../../../domain/SourceError.ts"
import type { Caller } from "../../../aws/AwsClients.ts"
import { unavailable } from "../../../aws/awsErrors.ts"
import { checked, isSecureString, type ReplyOf } from "./replies.ts"
import { EMPTY_PAGES, furtherPage } from "../../../sources/retry.ts"
import { jsonObject, sortedByName } from "../../jsonText.ts"
import type { Attempt, Rounds } from "../../Source.ts"

/** How often to start again because AWS no longer accepts the token, for instance after a freeze. */
const RESTARTS = 3

/** JSON with sorted keys. */
export const pathJson = (values: ReadonlyMap<string, string>): string =>
  jsonObject(sortedByName(values), (value) => JSON.stringify(value))

const filtersOf = ({ label }: ParameterPathAddress) =>
  label === undefined ? {} : { ParameterFilters: [{ Key: "Label", Option: "Equals", Values: [label] }] }

/** The names of lists. The value of a path says which of its members are lists, for reads with `as=list`. */
const listsIn = ({ Parameters }: Page): ReadonlyArray<string> =>
  Parameters.flatMap(({ Name, Type }) => (Type === STRING_LIST ? [Name] : []))

/** A page and when it was requested, in epoch milliseconds. */
type Page = ReplyOf<"GetParametersByPath"> & { readonly askedAt: number }

const valuesIn = ({ Parameters }: Page): ReadonlyArray<readonly [string, string]> =>
  Parameters.map(({ Name, Value }) => [Name, Value])

/** One SecureString makes the whole path a secret. */
const hasSecureString = ({ Parameters }: Page): boolean => Parameters.some(isSecureString)

const isRefusal = ({ reason }: SourceError): boolean => reason._tag === "InvalidRequest"

/** AWS refused the token: it accepts the same request without it. */
class RefusedToken extends Data.TaggedError("RefusedToken")<{ readonly error: SourceError }> {}

const endless = ({ path }: ParameterPathAddress): SourceError =>
  unavailable(`Parameter Store does not stop sending pages of ${path}`)

/**
 * Fetches a path. Each page is a separate attempt, so a failure does not lose earlier pages. The age counts from the first
 * page.
 */
export const fetchPath = (
  call: Caller<SSMClient>,
  address: ParameterPathAddress,
  attempt: Attempt,
  rounds: Rounds,
): Effect.Effect<Value, SourceError> => {
  const page = (token: string | undefined): Effect.Effect<Page, SourceError> =>
    attempt(
      Effect.gen(function* () {
        const askedAt = yield* Clock.currentTimeMillis
        const reply = yield* call(address, "GetParametersByPath", (client, options) =>
          client
            .send(
              new GetParametersByPathCommand({
                Path: address.path,
                Recursive: address.recursive ?? true,
                WithDecryption: true,
                ...filtersOf(address),
                NextToken: token,
              }),
              options,
            )
            .then(checked("GetParametersByPath")),
        )
        return { ...reply, askedAt }
      }),
    )

  const allPages = Effect.gen(function* () {
    const first = yield* page(undefined)
    const { askedAt } = first
    const values = new Map(valuesIn(first))
    const lists = [...listsIn(first)]
    let isSecret = hasSecureString(first)
    const tokens = new Set<string>()
    let token = first.NextToken || undefined
    let emptyPages = 0
    while (token !== undefined) {
      if (tokens.has(token) || emptyPages > EMPTY_PAGES) return yield* Effect.fail(endless(address))
      rounds.moved()
      tokens.add(token)
      const next = yield* Effect.catchIf(furtherPage(page(token), rounds, address.path), isRefusal, (error) =>
        Effect.fail(new RefusedToken({ error })),
      )
      const before = values.size
      for (const [name, value] of valuesIn(next)) values.set(name, value)
      lists.push(...listsIn(next))
      isSecret ||= hasSecureString(next)
      emptyPages = values.size === before ? emptyPages + 1 : 0
      token = next.NextToken || undefined
    }
    return {
      body: Redacted.make(pathJson(values)),
      contentType: "application/json",
      askedAt,
      ...(isSecret ? { isSecret } : {}),
      ...(lists.length === 0 ? {} : { details: { [LISTS]: lists } }),
    }
  })

  return allPages.pipe(
    Effect.retry({ times: RESTARTS, while: ({ _tag }) => _tag === "RefusedToken" }),
    Effect.catchTag("RefusedToken", ({ error }) => Effect.fail(error)),
  )
}
