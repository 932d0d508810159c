/**
 * The data of Secrets Manager, and how staging labels move between versions.
 *
 * `SecretsManager` reads it, `secretWrites` changes it. Pure, except for the map of a region. A stage belongs to
 * exactly one version, so stages are a map from stage to version id.
 * Rules: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
 */
import type * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ACCOUNT_ID, type AwsError, awsError } from "./protocol.ts"

export const CURRENT = "AWSCURRENT"
const PREVIOUS = "AWSPREVIOUS"

export interface SecretVersion {
  readonly id: string
  readonly text: string | undefined
  /** Base64, as on the wire. */
  readonly binary: string | undefined
  /** Epoch milliseconds. */
  readonly created: number
}

/** From stage to the id of its version. */
export type Stages = ReadonlyMap<string, string>

export interface Secret {
  readonly name: string
  readonly arn: string
  readonly description: string | undefined
  readonly tags: ReadonlyArray<{ readonly Key?: string; readonly Value?: string }>
  readonly versions: ReadonlyMap<string, SecretVersion>
  readonly stages: Stages
  /** Epoch milliseconds, as are the next three. */
  readonly created: number
  readonly changed: number
  readonly accessed: number | undefined
  /** When it was marked for deletion. It cannot be read from then on. */
  readonly deleted: number | undefined
}

/** The secrets of one region by name. */
export type SecretMap = Map<string, Secret>

/** The SourceResult of a secret reference in Parameter Store, with AWS's keys. */
interface SecretSource {
  readonly ARN: string
  readonly name: string
  readonly versionId: string
  readonly secretString?: string
  readonly secretBinary?: string
  readonly versionStages: ReadonlyArray<string>
  /** Epoch seconds. */
  readonly createdDate: number
}

/** How Parameter Store reads a secret: the selector is a version id or a stage. */
export type ReadSecret = (
  region: string,
  secretId: string,
  selector: string | undefined,
) => Effect.Effect<SecretSource, AwsError>

/** The ARN of a secret. `suffix` is the six random characters that Secrets Manager appends to the name. */
export const secretArn = (region: string, name: string, suffix: string): string =>
  `arn:aws:secretsmanager:${region}:${ACCOUNT_ID}:secret:${name}-${suffix}`

const SUFFIX = /-[A-Za-z0-9]{6}$/

/** Finds a secret by name, ARN, or ARN without its suffix. */
export const findSecret = (secrets: SecretMap, secretId: string): Result.Result<Secret, AwsError> => {
  const secret =
    secrets.get(secretId) ??
    [...secrets.values()].find(({ arn }) => arn === secretId || arn.replace(SUFFIX, "") === secretId)
  return secret === undefined
    ? Result.fail(awsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret."))
    : Result.succeed(secret)
}

/** Fails for a secret that is marked for deletion. */
export const requireLive = (secret: Secret): Result.Result<Secret, AwsError> =>
  secret.deleted === undefined
    ? Result.succeed(secret)
    : Result.fail(
        awsError(
          "InvalidRequestException",
          "You can't perform this operation on the secret because it was marked for deletion.",
        ),
      )

/** The stages of a version, sorted. */
export const stagesOf = (stages: Stages, versionId: string): ReadonlyArray<string> =>
  [...stages]
    .filter(([, id]) => id === versionId)
    .map(([stage]) => stage)
    .toSorted()

/** Moves a stage to a version. If AWSCURRENT moves, the version that had it becomes AWSPREVIOUS. */
export const attachStage = (stages: Stages, stage: string, versionId: string): Stages => {
  const moved = new Map(stages).set(stage, versionId)
  const previous = stages.get(stage)
  if (stage !== CURRENT || previous === undefined || previous === versionId) return moved
  return moved.set(PREVIOUS, previous)
}

export const detachStage = (stages: Stages, stage: string): Stages => {
  const kept = new Map(stages)
  kept.delete(stage)
  return kept
}

const noValue = (what: string) =>
  Result.fail(
    awsError(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for ${what}`,
    ),
  )

/** The version with this id, stage, or both; AWSCURRENT without either. */
export const selectSecretVersion = (
  secret: Secret,
  versionId: string | undefined,
  stage: string | undefined,
): Result.Result<SecretVersion, AwsError> => {
  const id = versionId ?? secret.stages.get(stage ?? CURRENT)
  const version = id === undefined ? undefined : secret.versions.get(id)
  if (version === undefined) {
    return noValue(versionId === undefined ? `staging label: ${stage ?? CURRENT}` : `VersionId: ${versionId}`)
  }
  if (versionId !== undefined && stage !== undefined && secret.stages.get(stage) !== versionId) {
    return Result.fail(
      awsError(
        "InvalidRequestException",
        "You provided a VersionStage that is not associated to the provided VersionId.",
      ),
    )
  }
  return Result.succeed(version)
}

/** The reply of GetSecretValue, and one element of BatchGetSecretValue's. */
export const secretValueView = (secret: Secret, version: SecretVersion): object => ({
  ARN: secret.arn,
  CreatedDate: version.created / 1000,
  Name: secret.name,
  ...(version.text === undefined ? {} : { SecretString: version.text }),
  ...(version.binary === undefined ? {} : { SecretBinary: version.binary }),
  VersionId: version.id,
  VersionStages: stagesOf(secret.stages, version.id),
})

/** A secret as Parameter Store shows it for a reference. */
export const secretSource = (secret: Secret, version: SecretVersion): SecretSource => ({
  ARN: secret.arn,
  name: secret.name,
  versionId: version.id,
  ...(version.text === undefined ? {} : { secretString: version.text }),
  ...(version.binary === undefined ? {} : { secretBinary: version.binary }),
  versionStages: stagesOf(secret.stages, version.id),
  createdDate: version.created / 1000,
})
