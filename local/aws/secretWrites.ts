/**
 * Secrets Manager: the writes (CreateSecret, PutSecretValue, UpdateSecret, UpdateSecretVersionStage, DeleteSecret,
 * RestoreSecret).
 *
 * Part of the operations of `SecretsManager`. A write replaces the secret with a new object; secretRules.ts decides
 * which.
 */
import { randomBytes } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type AwsError, awsError, type Operation, operation } from "./protocol.ts"
import {
  CURRENT,
  findSecret,
  requireLive,
  type Secret,
  secretArn,
  type SecretMap,
  stagesOf,
} from "./secretModel.ts"
import {
  hasValue,
  failWith,
  UpdateSecretVersionStage,
  valueFields,
  versionFrom,
  withMovedStage,
  withVersion,
} from "./secretRules.ts"

const DAY_IN_MILLIS = 24 * 60 * 60 * 1000
const DEFAULT_RECOVERY_DAYS = 30
const VALID_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/

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
const DeleteSecret = Schema.Struct({
  SecretId: Schema.String,
  RecoveryWindowInDays: Schema.optionalKey(Schema.Number),
  ForceDeleteWithoutRecovery: Schema.optionalKey(Schema.Boolean),
})
type DeleteSecret = typeof DeleteSecret.Type
const RestoreSecret = Schema.Struct({ SecretId: Schema.String })

const checkDelete = (input: DeleteSecret): Result.Result<void, AwsError> => {
  const days = input.RecoveryWindowInDays
  if (days !== undefined && input.ForceDeleteWithoutRecovery === true) {
    return failWith(
      "InvalidParameterException",
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    )
  }
  return days !== undefined && (days < 7 || days > 30)
    ? failWith(
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
    return failWith(
      "ValidationException",
      "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    )
  }
  if (existing?.deleted !== undefined) {
    return failWith(
      "InvalidRequestException",
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    )
  }
  // A repeated CreateSecret has a token that is a version already (see withVersion).
  return existing !== undefined && !existing.versions.has(input.ClientRequestToken ?? "")
    ? failWith(
        "ResourceExistsException",
        `The operation failed because the secret ${input.Name} already exists.`,
      )
    : Result.succeed(undefined)
}

/** The writing operations. */
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
        // AWS does not tell whether the secret existed.
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
