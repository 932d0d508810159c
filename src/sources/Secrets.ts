/**
 * The source of secrets: AWS Secrets Manager.
 *
 * One secret, or one of another stage than AWSCURRENT, goes out as GetSecretValue; several as
 * BatchGetSecretValue (20 at most), which knows AWSCURRENT only and reports failures one by one.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
 */
import {
  type APIErrorType,
  BatchGetSecretValueCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretValueEntry,
} from "@aws-sdk/client-secrets-manager"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { accessText, type SecretAddress } from "../domain/Address.ts"
import { AwsClients } from "./AwsClients.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { sourceErrorOf, unavailable } from "./awsErrors.ts"
import { detailsOf } from "./details.ts"
import * as sdk from "./sdkErrors.ts"
import type { Fetched, Source } from "./Source.ts"

/** The most secrets that BatchGetSecretValue takes by their ids. */
const BATCH_SIZE = 20

const CURRENT = "AWSCURRENT"

/** What GetSecretValue and one entry of BatchGetSecretValue have in common. */
type SecretValue = Pick<SecretValueEntry, "SecretBinary" | "SecretString" | (typeof DETAILS)[number]>

/** All of a secret but its value. */
const DETAILS = ["ARN", "Name", "VersionId", "VersionStages", "CreatedDate"] as const

const fetched = (id: string, secret: SecretValue): Fetched => {
  const body = secret.SecretString ?? secret.SecretBinary
  if (body === undefined) return Result.fail(unavailable(`Secrets Manager sent no value for ${id}`))
  return Result.succeed({
    body: Redacted.make(body),
    contentType: typeof body === "string" ? "text/plain; charset=utf-8" : "application/octet-stream",
    ...(secret.VersionId === undefined ? {} : { version: secret.VersionId }),
    details: detailsOf(secret, DETAILS),
  })
}

/** Whether a secret is asked for in the only version that a batch gives. */
const isCurrent = ({ versionId, versionStage }: SecretAddress): boolean =>
  versionId === undefined && versionStage === CURRENT

const refused = (error: APIErrorType): Fetched =>
  Result.fail(
    sourceErrorOf(
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
    const call = yield* clients.caller("SECRETS_MANAGER", (options) => new SecretsManagerClient(options))

    const fetchOne = (address: SecretAddress) =>
      call(address, "GetSecretValue", (client, options) =>
        client.send(
          new GetSecretValueCommand({
            SecretId: address.secretId,
            VersionId: address.versionId,
            VersionStage: address.versionStage,
          }),
          options,
        ),
      ).pipe(Effect.map((reply) => fetched(address.secretId, reply)))

    const orFailure = (fetch: Effect.Effect<Fetched, SourceError>) =>
      Effect.catch(fetch, (error) => Effect.succeed<Fetched>(Result.fail(error)))

    const fetchMany = Effect.fnUntraced(function* (addresses: Arr.NonEmptyReadonlyArray<SecretAddress>) {
      const reply = yield* call(addresses[0], "BatchGetSecretValue", (client, options) =>
        client.send(
          new BatchGetSecretValueCommand({ SecretIdList: addresses.map(({ secretId }) => secretId) }),
          options,
        ),
      )
      const secrets = new Map(
        (reply.SecretValues ?? []).flatMap((secret) => [secret.Name, secret.ARN].map((id) => [id, secret])),
      )
      const errors = new Map((reply.Errors ?? []).map((error) => [error.SecretId, error]))
      return yield* Effect.forEach(
        addresses,
        (address) => {
          const secret = secrets.get(address.secretId)
          if (secret !== undefined) return Effect.succeed(fetched(address.secretId, secret))
          const error = errors.get(address.secretId)
          if (error !== undefined) return Effect.succeed(refused(error))
          // A partial ARN comes back under the whole one: ask for it alone.
          return orFailure(fetchOne(address))
        },
        { concurrency: "unbounded" },
      )
    })

    return {
      kind: "secrets",
      batchSize: BATCH_SIZE,
      groupOf: (address) => `${accessText(address)} ${isCurrent(address)}`,
      fetch: (addresses, attempt) => {
        const [first] = addresses
        if (addresses.length === 1) return attempt(Effect.map(fetchOne(first), Arr.of))
        if (isCurrent(first)) return attempt(fetchMany(addresses))
        return Effect.forEach(addresses, (address) => orFailure(attempt(fetchOne(address))), {
          concurrency: "unbounded",
        })
      },
    }
  },
)
