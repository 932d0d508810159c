/**
 * Fetches secrets from AWS Secrets Manager.
 *
 * A single secret is a GetSecretValue, as is each one with a version other than AWSCURRENT. Several are a
 * BatchGetSecretValue of up to 20, whose reply lists errors per secret. Ids without a certain match in the reply
 * (`match.ts`) are fetched one by one. With `revalidate: describe`, DescribeSecret is asked first whether the version in
 * memory is still the one to serve (`revalidate.ts`).
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
 */
import {
  BatchGetSecretValueCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { accessText } from "../../../domain/Address.ts"
import type { Value } from "../../../domain/Entry.ts"
import type { SourceError } from "../../../domain/SourceError.ts"
import type { SecretAddress } from "../address.ts"
import { AwsClients } from "../../../aws/AwsClients.ts"
import { toSourceError, unavailable } from "../../../aws/awsErrors.ts"
import { pickDetails } from "../../../aws/details.ts"
import { isContradiction, matchSecrets } from "./match.ts"
import { checked, type Secret, type SecretRefusal } from "./replies.ts"
import { SECRETS_MANAGER } from "../service.ts"
import * as sdk from "../../../aws/sdkErrors.ts"
import { settleEach } from "../../settleEach.ts"
import type { Attempt, Fetched, Rounds, Source } from "../../Source.ts"
import { makeClient, type ServiceProtocol } from "../../../aws/client.ts"
import { jsonProtocol } from "../../../aws/jsonProtocol.ts"

/** As in the SDK: `runtimeConfig.shared` of its client. */
export const PROTOCOL: ServiceProtocol = {
  make: () => jsonProtocol("1.1", "secretsmanager"),
}

/** The maximum number of ids in a BatchGetSecretValue. */
const BATCH_SIZE = 20

const CURRENT = "AWSCURRENT"

/** Every member of a secret except its value. */
const DETAILS = ["ARN", "Name", "VersionId", "VersionStages", "CreatedDate"] as const

const bodyAndType = ({ SecretBinary, SecretString }: Secret) =>
  typeof SecretString === "string"
    ? { body: Redacted.make(SecretString), contentType: "text/plain; charset=utf-8" }
    : { body: decodeBase64(SecretBinary ?? ""), contentType: "application/octet-stream" }

const decodeBase64 = (base64: string): Redacted.Redacted<Uint8Array> =>
  Redacted.make(new Uint8Array(Buffer.from(base64, "base64")))

const toResult = (secret: Secret): Fetched =>
  Result.succeed({
    ...bodyAndType(secret),
    ...(typeof secret.VersionId === "string" ? { version: secret.VersionId } : {}),
    details: pickDetails(secret, DETAILS),
  })

/** Whether the version is AWSCURRENT, the only one that a batch can request. */
const isCurrent = ({ versionId, versionStage }: SecretAddress): boolean =>
  versionId === undefined && versionStage === CURRENT

const toFailure = (error: SecretRefusal): Fetched =>
  Result.fail(
    toSourceError(
      {
        name: error.ErrorCode,
        message: error.Message ?? "",
        $fault: "client",
        $metadata: { httpStatusCode: 400 },
      },
      sdk,
    ),
  )

export const make: Effect.Effect<Source<"secrets">, never, AwsClients | Scope.Scope> = Effect.gen(
  function* () {
    const clients = yield* AwsClients
    const call = yield* clients.caller(SECRETS_MANAGER, (options) =>
      makeClient<SecretsManagerClient>(SECRETS_MANAGER, PROTOCOL, options),
    )

    const fetchOne = (address: SecretAddress) =>
      call(address, "GetSecretValue", (client, options) =>
        client
          .send(
            new GetSecretValueCommand({
              SecretId: address.secretId,
              VersionId: address.versionId,
              VersionStage: address.versionStage,
            }),
            options,
          )
          .then(checked("GetSecretValue")),
      ).pipe(
        Effect.flatMap((secret) =>
          isContradiction(address, secret)
            ? Effect.fail(unavailable(`the reply to GetSecretValue is not about ${address.secretId}`))
            : Effect.succeed(toResult(secret)),
        ),
      )

    const fetchPage = (first: SecretAddress, ids: Array<string>, token: string | undefined) =>
      call(first, "BatchGetSecretValue", (client, options) =>
        client
          .send(
            new BatchGetSecretValueCommand({
              SecretIdList: ids,
              ...(token === undefined ? {} : { NextToken: token }),
            }),
            options,
          )
          .then(checked("BatchGetSecretValue")),
      )

    /** Fetches the pages of a batch, up to one that fails or repeats a token. Secrets without an answer are fetched one by one. */
    const fetchPages = Effect.fnUntraced(function* (
      first: SecretAddress,
      ids: Array<string>,
      attempt: Attempt,
      { isWanted, moved }: Rounds,
    ) {
      const pages = [yield* attempt(fetchPage(first, ids, undefined))]
      const tokens = new Set<string>()
      let token = pages[0]?.NextToken
      while (token && !tokens.has(token) && isWanted()) {
        moved()
        tokens.add(token)
        const page = yield* Effect.option(attempt(fetchPage(first, ids, token)))
        pages.push(...Option.toArray(page))
        token = Option.getOrUndefined(page)?.NextToken
      }
      return {
        secrets: pages.flatMap(({ SecretValues }) => SecretValues ?? []),
        refusals: pages.flatMap(({ Errors }) => Errors ?? []),
      }
    })

    const fetchMany = Effect.fnUntraced(function* (
      addresses: Arr.NonEmptyReadonlyArray<SecretAddress>,
      attempt: Attempt,
      rounds: Rounds,
    ) {
      const ids = addresses.map(({ secretId }) => secretId)
      const { refusals, secrets } = yield* fetchPages(addresses[0], Arr.dedupe(ids), attempt, rounds)
      const matches = matchSecrets(ids, CURRENT, secrets, refusals)
      const results = Arr.zip(addresses, matches).map(([address, match]) => {
        switch (match.kind) {
          case "answer":
            return Effect.succeed(toResult(match.secret))
          case "refused":
            return Effect.succeed(toFailure(match.refusal))
          case "alone":
            return attempt(fetchOne(address))
        }
      })
      return yield* settleEach(results, rounds)
    })

    const fetchAll = (
      addresses: Arr.NonEmptyReadonlyArray<SecretAddress>,
      attempt: Attempt,
      rounds: Rounds,
    ): Effect.Effect<ReadonlyArray<Fetched>, SourceError> => {
      const [first] = addresses
      if (addresses.length === 1) return Effect.map(attempt(fetchOne(first)), Arr.of)
      if (isCurrent(first)) return fetchMany(addresses, attempt, rounds)
      return settleEach(
        addresses.map((address) => attempt(fetchOne(address))),
        rounds,
      )
    }

    /** Loaded with the first secret that asks for it. */
    const revalidation = yield* Effect.cached(
      Effect.map(
        Effect.promise(() => import("./revalidate.ts")),
        ({ makeRevalidate }) => makeRevalidate(call),
      ),
    )

    /** Fetches secrets whose version has changed, and those that are not in memory. Every result goes to `rounds`. */
    const fetchChanged = Effect.fnUntraced(function* (
      addresses: Arr.NonEmptyReadonlyArray<SecretAddress>,
      attempt: Attempt,
      held: ReadonlyArray<Value | undefined>,
      rounds: Rounds,
    ) {
      const revalidate = yield* revalidation
      const check = (address: SecretAddress, index: number) =>
        revalidate(address, held[index], attempt).pipe(
          Effect.map((value) => (value === undefined ? undefined : Result.succeed(value))),
          Effect.catch((error) => Effect.succeed(Result.fail(error))),
          Effect.map((fetched) => {
            if (fetched === undefined) {
              rounds.moved()
              return [{ address, index }]
            }
            rounds.settle(index, fetched)
            return []
          }),
        )
      const open = (yield* Effect.forEach(addresses, check, { concurrency: "unbounded" })).flat()
      const [first, ...rest] = open
      if (first === undefined) return []
      const settle: Rounds["settle"] = (index, fetched) => {
        const one = open[index]
        if (one !== undefined) rounds.settle(one.index, fetched)
      }
      const wanted = [first.address, ...rest.map(({ address }) => address)] as const
      const results = yield* fetchAll(wanted, attempt, { ...rounds, settle })
      results.forEach((fetched, index) => settle(index, fetched))
      return []
    })

    return {
      kind: "secrets",
      batchSize: BATCH_SIZE,
      // A secret that is fetched must not wait for the description of another.
      groupOf: (address) => `${accessText(address)} ${isCurrent(address)} ${address.revalidate}`,
      fetch: (addresses, attempt, held, rounds) =>
        addresses.some(({ revalidate }, index) => revalidate !== undefined && held[index] !== undefined)
          ? fetchChanged(addresses, attempt, held, rounds)
          : fetchAll(addresses, attempt, rounds),
    }
  },
)
