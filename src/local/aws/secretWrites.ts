/**
 * Secrets Manager: the changes (CreateSecret, PutSecretValue, UpdateSecret, UpdateSecretVersionStage,
 * DeleteSecret, RestoreSecret).
 *
 * Part of the operations table that `SecretsManager` makes. A secret is replaced as a whole, never edited in place;
 * how stages move is decided in secretModel.ts.
 */
import { randomBytes, randomUUID } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type AwsError, awsError, type Operation, operation } from "./protocol.ts"
import {
  attachStage,
  CURRENT,
  detachStage,
  findSecret,
  requireLive,
  type Secret,
  secretArn,
  type SecretMap,
  type SecretVersion,
  stagesOf,
} from "./secretModel.ts"

const DAY_IN_MILLIS = 24 * 60 * 60 * 1000
const DEFAULT_RECOVERY_DAYS = 30
const VALID_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/

const valueFields = {
  ClientRequestToken: Schema.optionalKey(Schema.String),
  SecretString: Schema.optionalKey(Schema.String),
  SecretBinary: Schema.optionalKey(Schema.String),
}
const Value = Schema.Struct(valueFields)
type Value = typeof Value.Type

const CreateSecret = Schema.Struct({
  ...valueFields,
  Name: Schema.String,
  Description: Schema.optionalKey(Schema.String),
  Tags: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({ Key: Schema.optionalKey(Schema.String), Value: Schema.optionalKey(Schema.String) }),
    ),
  ),
})
const PutSecretValue = Schema.Struct({
  ...valueFields,
  SecretId: Schema.String,
  VersionStages: Schema.optionalKey(Schema.Array(Schema.String)),
})
const UpdateSecret = Schema.Struct({
  ...valueFields,
  SecretId: Schema.String,
  Description: Schema.optionalKey(Schema.String),
})
const UpdateSecretVersionStage = Schema.Struct({
  SecretId: Schema.String,
  VersionStage: Schema.String,
  RemoveFromVersionId: Schema.optionalKey(Schema.String),
  MoveToVersionId: Schema.optionalKey(Schema.String),
})
type UpdateSecretVersionStage = typeof UpdateSecretVersionStage.Type
const DeleteSecret = Schema.Struct({
  SecretId: Schema.String,
  RecoveryWindowInDays: Schema.optionalKey(Schema.Number),
  ForceDeleteWithoutRecovery: Schema.optionalKey(Schema.Boolean),
})
type DeleteSecret = typeof DeleteSecret.Type
const RestoreSecret = Schema.Struct({ SecretId: Schema.String })

const refuse = (type: string, message: string) => Result.fail(awsError(type, message))

const hasValue = (value: Value): boolean =>
  value.SecretString !== undefined || value.SecretBinary !== undefined

/** The version that a request's value makes. Its id is the ClientRequestToken, which the SDKs fill in. */
const versionFrom = (value: Value, now: number): Result.Result<SecretVersion, AwsError> => {
  const id = value.ClientRequestToken ?? randomUUID()
  if (id.length < 32 || id.length > 64) {
    return refuse("InvalidParameterException", "ClientRequestToken must be 32-64 characters long.")
  }
  if (value.SecretString !== undefined && value.SecretBinary !== undefined) {
    return refuse(
      "InvalidParameterException",
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    )
  }
  return Result.succeed({ id, text: value.SecretString, binary: value.SecretBinary, created: now })
}

const sameValue = (a: SecretVersion, b: SecretVersion): boolean => a.text === b.text && a.binary === b.binary

/**
 * Adds a version with its stages. A version that is already there with the same value is left as it is, so a
 * repeated request is harmless; with another value it is refused, because versions never change.
 */
const withVersion = (
  secret: Secret,
  version: SecretVersion,
  requested: ReadonlyArray<string>,
): Result.Result<Secret, AwsError> => {
  const existing = secret.versions.get(version.id)
  if (existing !== undefined) {
    return sameValue(existing, version)
      ? Result.succeed(secret)
      : refuse(
          "ResourceExistsException",
          `You can't use ClientRequestToken ${version.id} because that value is already in use for a version of ` +
            `secret ${secret.arn}.`,
        )
  }
  // The first version of a secret becomes AWSCURRENT whatever was asked for.
  const wanted = secret.stages.has(CURRENT) ? requested : new Set([...requested, CURRENT])
  return Result.succeed({
    ...secret,
    changed: version.created,
    versions: new Map(secret.versions).set(version.id, version),
    stages: [...wanted].reduce((stages, stage) => attachStage(stages, stage, version.id), secret.stages),
  })
}

/** The secret after UpdateSecretVersionStage, or why the move is refused. */
const withMovedStage = (
  secret: Secret,
  { VersionStage: stage, RemoveFromVersionId: from, MoveToVersionId: to }: UpdateSecretVersionStage,
): Result.Result<Secret, AwsError> => {
  const holder = secret.stages.get(stage)
  const unknown = [from, to].find((id) => id !== undefined && !secret.versions.has(id))
  if (unknown !== undefined) {
    return refuse(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for VersionId: ${unknown}`,
    )
  }
  if (from !== undefined && from !== holder) {
    return refuse(
      "InvalidParameterException",
      `When you move staging label ${stage}, if you specify RemoveFromVersionId, it must be set to the version ` +
        "that currently has the staging label.",
    )
  }
  if (to === undefined) {
    return stage === CURRENT || from === undefined
      ? refuse(
          "InvalidParameterException",
          `You can only move staging label ${CURRENT} to a different secret version. It can't be completely removed.`,
        )
      : Result.succeed({ ...secret, stages: detachStage(secret.stages, stage) })
  }
  if (holder !== undefined && holder !== to && from === undefined) {
    return refuse(
      "InvalidParameterException",
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ` +
        `${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    )
  }
  return Result.succeed({ ...secret, stages: attachStage(secret.stages, stage, to) })
}

const checkDelete = (input: DeleteSecret): Result.Result<void, AwsError> => {
  const days = input.RecoveryWindowInDays
  if (days !== undefined && input.ForceDeleteWithoutRecovery === true) {
    return refuse(
      "InvalidParameterException",
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    )
  }
  return days !== undefined && (days < 7 || days > 30)
    ? refuse(
        "InvalidParameterException",
        "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
      )
    : Result.succeed(undefined)
}

const newSecret = (region: string, input: typeof CreateSecret.Type, now: number): Secret => ({
  name: input.Name,
  arn: secretArn(region, input.Name, randomBytes(3).toString("hex")),
  description: input.Description,
  tags: input.Tags ?? [],
  versions: new Map(),
  stages: new Map(),
  created: now,
  changed: now,
  accessed: undefined,
  deleted: undefined,
})

const checkCreate = (
  existing: Secret | undefined,
  input: typeof CreateSecret.Type,
): Result.Result<void, AwsError> => {
  if (!VALID_NAME.test(input.Name)) {
    return refuse(
      "ValidationException",
      "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    )
  }
  if (existing?.deleted !== undefined) {
    return refuse(
      "InvalidRequestException",
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    )
  }
  // A repeated CreateSecret is harmless when its token made a version already (see withVersion).
  return existing !== undefined && !existing.versions.has(input.ClientRequestToken ?? "")
    ? refuse(
        "ResourceExistsException",
        `The operation failed because the secret ${input.Name} already exists.`,
      )
    : Result.succeed(undefined)
}

/** The operations that change the secrets of a region. */
export const secretWrites = (
  secretsIn: (region: string) => SecretMap,
): ReadonlyArray<readonly [name: string, operation: Operation]> => {
  const find = (region: string, secretId: string) =>
    Effect.suspend(() => Effect.fromResult(findSecret(secretsIn(region), secretId)))
  const findLive = (region: string, secretId: string) =>
    find(region, secretId).pipe(Effect.flatMap((secret) => Effect.fromResult(requireLive(secret))))

  const createSecret = operation(
    CreateSecret,
    Effect.fnUntraced(function* (input, { region }) {
      const secrets = secretsIn(region)
      const existing = secrets.get(input.Name)
      yield* Effect.fromResult(checkCreate(existing, input))
      const now = yield* Clock.currentTimeMillis
      const version = yield* Effect.fromResult(versionFrom(input, now))
      const empty = existing ?? newSecret(region, input, now)
      const secret = hasValue(input)
        ? yield* Effect.fromResult(withVersion(empty, version, [CURRENT]))
        : empty
      secrets.set(secret.name, secret)
      return { ARN: secret.arn, Name: secret.name, ...(hasValue(input) ? { VersionId: version.id } : {}) }
    }),
  )

  const putSecretValue = operation(
    PutSecretValue,
    Effect.fnUntraced(function* (input, { region }) {
      if (!hasValue(input)) {
        return yield* awsError(
          "InvalidRequestException",
          "You must provide either SecretString or SecretBinary.",
        )
      }
      const secret = yield* findLive(region, input.SecretId)
      const version = yield* Effect.fromResult(versionFrom(input, yield* Clock.currentTimeMillis))
      const changed = yield* Effect.fromResult(withVersion(secret, version, input.VersionStages ?? [CURRENT]))
      secretsIn(region).set(changed.name, changed)
      return {
        ARN: changed.arn,
        Name: changed.name,
        VersionId: version.id,
        VersionStages: stagesOf(changed.stages, version.id),
      }
    }),
  )

  const updateSecret = operation(
    UpdateSecret,
    Effect.fnUntraced(function* (input, { region }) {
      const secret = yield* findLive(region, input.SecretId)
      const version = yield* Effect.fromResult(versionFrom(input, yield* Clock.currentTimeMillis))
      const described = { ...secret, description: input.Description ?? secret.description }
      const changed = hasValue(input)
        ? yield* Effect.fromResult(withVersion(described, version, [CURRENT]))
        : described
      secretsIn(region).set(changed.name, changed)
      return { ARN: changed.arn, Name: changed.name, ...(hasValue(input) ? { VersionId: version.id } : {}) }
    }),
  )

  const updateSecretVersionStage = operation(
    UpdateSecretVersionStage,
    Effect.fnUntraced(function* (input, { region }) {
      const secret = yield* findLive(region, input.SecretId)
      const changed = yield* Effect.fromResult(withMovedStage(secret, input))
      secretsIn(region).set(changed.name, changed)
      return { ARN: changed.arn, Name: changed.name }
    }),
  )

  const deleteSecret = operation(
    DeleteSecret,
    Effect.fnUntraced(function* (input, { region }) {
      yield* Effect.fromResult(checkDelete(input))
      const now = yield* Clock.currentTimeMillis
      const secrets = secretsIn(region)
      if (input.ForceDeleteWithoutRecovery === true) {
        // AWS does not say whether there was such a secret.
        const secret = Result.getOrElse(findSecret(secrets, input.SecretId), () =>
          newSecret(region, { Name: input.SecretId }, now),
        )
        secrets.delete(secret.name)
        return { ARN: secret.arn, DeletionDate: now / 1000, Name: secret.name }
      }
      const secret = yield* findLive(region, input.SecretId)
      secrets.set(secret.name, { ...secret, deleted: now })
      const window = (input.RecoveryWindowInDays ?? DEFAULT_RECOVERY_DAYS) * DAY_IN_MILLIS
      return { ARN: secret.arn, DeletionDate: (now + window) / 1000, Name: secret.name }
    }),
  )

  const restoreSecret = operation(
    RestoreSecret,
    Effect.fnUntraced(function* ({ SecretId }, { region }) {
      const secret = yield* find(region, SecretId)
      secretsIn(region).set(secret.name, { ...secret, deleted: undefined })
      return { ARN: secret.arn, Name: secret.name }
    }),
  )

  return [
    ["CreateSecret", createSecret],
    ["PutSecretValue", putSecretValue],
    ["UpdateSecret", updateSecret],
    ["UpdateSecretVersionStage", updateSecretVersionStage],
    ["DeleteSecret", deleteSecret],
    ["RestoreSecret", restoreSecret],
  ]
}
