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
import type { SecretAddress } from "../domain/Address.ts"
import { AwsClients, send } from "./AwsClients.ts"
import { sourceErrorOf, unavailable } from "./awsErrors.ts"
import type { Fetched, Source } from "./Source.ts"

/** The most secrets that BatchGetSecretValue takes by their ids. */
const BATCH_SIZE = 20

const CURRENT = "AWSCURRENT"

/** What GetSecretValue and one entry of BatchGetSecretValue have in common. */
type SecretValue = Pick<SecretValueEntry, "SecretBinary" | "SecretString" | "VersionId">

const fetched = (id: string, secret: SecretValue): Fetched => {
  const body = secret.SecretString ?? secret.SecretBinary
  if (body === undefined) return Result.fail(unavailable(`Secrets Manager sent no value for ${id}`))
  return Result.succeed({
    body: Redacted.make(body),
    contentType: typeof body === "string" ? "text/plain; charset=utf-8" : "application/octet-stream",
    ...(secret.VersionId === undefined ? {} : { version: secret.VersionId }),
  })
}

const refused = (error: APIErrorType): Fetched =>
  Result.fail(
    sourceErrorOf({
      name: error.ErrorCode,
      message: error.Message ?? "",
      $fault: "client",
      $metadata: { httpStatusCode: 400 },
    }),
  )

export const make: Effect.Effect<Source<"secrets">, never, AwsClients | Scope.Scope> = Effect.gen(
  function* () {
    const clients = yield* AwsClients
    const clientFor = yield* clients.byRegion(
      "SECRETS_MANAGER",
      (options) => new SecretsManagerClient(options),
    )

    const fetchOne = ({ region, secretId, versionStage }: SecretAddress) =>
      send("SECRETS_MANAGER", "GetSecretValue", (options) =>
        clientFor(region).send(
          new GetSecretValueCommand({ SecretId: secretId, VersionStage: versionStage }),
          options,
        ),
      ).pipe(Effect.map((reply) => fetched(secretId, reply)))

    const fetchAlone = (address: SecretAddress) =>
      Effect.catch(fetchOne(address), (error) => Effect.succeed<Fetched>(Result.fail(error)))

    const fetchMany = Effect.fnUntraced(function* (addresses: Arr.NonEmptyReadonlyArray<SecretAddress>) {
      const { region } = addresses[0]
      const reply = yield* send("SECRETS_MANAGER", "BatchGetSecretValue", (options) =>
        clientFor(region).send(
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
          return fetchAlone(address)
        },
        { concurrency: "unbounded" },
      )
    })

    return {
      kind: "secrets",
      batchSize: BATCH_SIZE,
      groupOf: ({ region, versionStage }) => `${region} ${versionStage}`,
      fetch: (addresses) => {
        if (addresses.length === 1) return Effect.map(fetchOne(addresses[0]), Arr.of)
        return addresses[0].versionStage === CURRENT
          ? fetchMany(addresses)
          : Effect.forEach(addresses, fetchAlone, { concurrency: "unbounded" })
      },
    }
  },
)
