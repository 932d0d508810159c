/**
 * Secrets Manager: the secret after a write, or the error. Pure functions over secretModel.ts.
 *
 * `secretWrites` decodes a request, applies these rules and stores the result.
 */
import { randomUUID } from "node:crypto"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type AwsError, awsError } from "./protocol.ts"
import { attachStage, CURRENT, detachStage, type Secret, type SecretVersion } from "./secretModel.ts"

/** The fields of a request that have the value. */
export const valueFields = {
  ClientRequestToken: Schema.optionalKey(Schema.String),
  SecretString: Schema.optionalKey(Schema.String),
  SecretBinary: Schema.optionalKey(Schema.String),
}
const Value = Schema.Struct(valueFields)
type Value = typeof Value.Type

/** The input of UpdateSecretVersionStage. */
export const UpdateSecretVersionStage = Schema.Struct({
  SecretId: Schema.String,
  VersionStage: Schema.String,
  RemoveFromVersionId: Schema.optionalKey(Schema.String),
  MoveToVersionId: Schema.optionalKey(Schema.String),
})
type UpdateSecretVersionStage = typeof UpdateSecretVersionStage.Type

/** A failed result. */
export const failWith = (type: string, message: string) => Result.fail(awsError(type, message))

/** Whether a request has a value. An empty string is one. */
export const hasValue = (value: Value): boolean =>
  value.SecretString !== undefined || value.SecretBinary !== undefined

/** The version that a request creates. Its id is the ClientRequestToken, which the SDKs fill in. */
export const versionFrom = (value: Value, now: number): Result.Result<SecretVersion, AwsError> => {
  const id = value.ClientRequestToken ?? randomUUID()
  if (id.length < 32 || id.length > 64) {
    return failWith("InvalidParameterException", "ClientRequestToken must be 32-64 characters long.")
  }
  if (value.SecretString !== undefined && value.SecretBinary !== undefined) {
    return failWith(
      "InvalidParameterException",
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    )
  }
  return Result.succeed({ id, text: value.SecretString, binary: value.SecretBinary, created: now })
}

const sameValue = (a: SecretVersion, b: SecretVersion): boolean => a.text === b.text && a.binary === b.binary

/**
 * Adds a version with its stages. A repeated request changes nothing. Another value for an existing version is an error,
 * because versions never change.
 */
export const withVersion = (
  secret: Secret,
  version: SecretVersion,
  requested: ReadonlyArray<string>,
): Result.Result<Secret, AwsError> => {
  const existing = secret.versions.get(version.id)
  if (existing !== undefined) {
    return sameValue(existing, version)
      ? Result.succeed(secret)
      : failWith(
          "ResourceExistsException",
          `You can't use ClientRequestToken ${version.id} because that value is already in use for a version of ` +
            `secret ${secret.arn}.`,
        )
  }
  // The first version of a secret always becomes AWSCURRENT.
  const wanted = secret.stages.has(CURRENT) ? requested : new Set([...requested, CURRENT])
  return Result.succeed({
    ...secret,
    changed: version.created,
    versions: new Map(secret.versions).set(version.id, version),
    stages: [...wanted].reduce((stages, stage) => attachStage(stages, stage, version.id), secret.stages),
  })
}

/** The secret after UpdateSecretVersionStage, or the error. */
export const withMovedStage = (
  secret: Secret,
  { VersionStage: stage, RemoveFromVersionId: from, MoveToVersionId: to }: UpdateSecretVersionStage,
): Result.Result<Secret, AwsError> => {
  const holder = secret.stages.get(stage)
  const unknown = [from, to].find((id) => id !== undefined && !secret.versions.has(id))
  if (unknown !== undefined) {
    return failWith(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for VersionId: ${unknown}`,
    )
  }
  if (from !== undefined && from !== holder) {
    return failWith(
      "InvalidParameterException",
      `When you move staging label ${stage}, if you specify RemoveFromVersionId, it must be set to the version ` +
        "that currently has the staging label.",
    )
  }
  if (to === undefined) {
    return stage === CURRENT || from === undefined
      ? failWith(
          "InvalidParameterException",
          `You can only move staging label ${CURRENT} to a different secret version. It can't be completely removed.`,
        )
      : Result.succeed({ ...secret, stages: detachStage(secret.stages, stage) })
  }
  if (holder !== undefined && holder !== to && from === undefined) {
    return failWith(
      "InvalidParameterException",
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ` +
        `${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    )
  }
  return Result.succeed({ ...secret, stages: attachStage(secret.stages, stage, to) })
}
