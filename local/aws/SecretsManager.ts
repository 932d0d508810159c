/**
 * Secrets Manager: the reads (GetSecretValue, BatchGetSecretValue, DescribeSecret) and the table of all operations.
 *
 * `answer.ts` looks up an operation by its name. Parameter Store reads the secrets of its references through
 * `readSecret`. Each region has its own secrets. Every error is a 400.
 * Error types: https://docs.aws.amazon.com/secretsmanager/latest/apireference
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type AwsError, awsError, constraintViolation, type Operation, operation } from "./protocol.ts"
import {
  findSecret,
  type ReadSecret,
  requireLive,
  type Secret,
  type SecretMap,
  secretSource,
  secretValueView,
  type SecretVersion,
  selectSecretVersion,
  stagesOf,
} from "./secretModel.ts"
import { secretWrites } from "./secretWrites.ts"

const MAX_BATCH = 20
const DAY_IN_MILLIS = 24 * 60 * 60 * 1000

const GetSecretValue = Schema.Struct({
  SecretId: Schema.String,
  VersionId: Schema.optionalKey(Schema.String),
  VersionStage: Schema.optionalKey(Schema.String),
})
const BatchGetSecretValue = Schema.Struct({
  SecretIdList: Schema.optionalKey(Schema.Array(Schema.String)),
  Filters: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        Key: Schema.optionalKey(Schema.String),
        Values: Schema.optionalKey(Schema.Array(Schema.String)),
      }),
    ),
  ),
  MaxResults: Schema.optionalKey(Schema.Number),
  NextToken: Schema.optionalKey(Schema.String),
})
type BatchGetSecretValue = typeof BatchGetSecretValue.Type
const DescribeSecret = Schema.Struct({ SecretId: Schema.String })

/** The filters of BatchGetSecretValue, which match prefixes. A secret must pass all of them. */
const passes =
  (filters: NonNullable<BatchGetSecretValue["Filters"]>) =>
  (secret: Secret): boolean =>
    filters.every(({ Key, Values = [] }) => {
      const texts =
        Key === "name"
          ? [secret.name]
          : Key === "tag-key"
            ? secret.tags.map((tag) => tag.Key ?? "")
            : Key === "tag-value"
              ? secret.tags.map((tag) => tag.Value ?? "")
              : [secret.description ?? ""]
      return texts.some((text) => Values.some((value) => text.startsWith(value)))
    })

const checkBatch = (input: BatchGetSecretValue): Result.Result<void, AwsError> => {
  const ids = input.SecretIdList ?? []
  const filters = input.Filters ?? []
  if (ids.length > MAX_BATCH) {
    return Result.fail(
      constraintViolation(
        "secretIdList",
        `[${ids.join(", ")}]`,
        `Member must have length less than or equal to ${MAX_BATCH}`,
      ),
    )
  }
  if (ids.length > 0 === filters.length > 0) {
    return Result.fail(
      awsError(
        "InvalidParameterException",
        "Either 'SecretIdList' or 'Filters' must be provided, but not both.",
      ),
    )
  }
  return ids.length > 0 && input.MaxResults !== undefined
    ? Result.fail(
        awsError(
          "InvalidParameterException",
          "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
        ),
      )
    : Result.succeed(undefined)
}

/** The secrets on this page of a BatchGetSecretValue, and the token of the next page. */
const batchPage = (
  input: BatchGetSecretValue,
  secrets: SecretMap,
): { readonly ids: ReadonlyArray<string>; readonly next: string | undefined } => {
  if (input.SecretIdList !== undefined && input.SecretIdList.length > 0) {
    return { ids: input.SecretIdList, next: undefined }
  }
  const all = [...secrets.values()]
    .filter((secret) => secret.deleted === undefined && passes(input.Filters ?? [])(secret))
    .map(({ name }) => name)
    .toSorted()
  const start = Number(input.NextToken ?? 0)
  const end = start + (input.MaxResults ?? MAX_BATCH)
  return { ids: all.slice(start, end), next: end < all.length ? String(end) : undefined }
}

const describe = (secret: Secret): object => ({
  ARN: secret.arn,
  CreatedDate: secret.created / 1000,
  ...(secret.deleted === undefined ? {} : { DeletedDate: secret.deleted / 1000 }),
  ...(secret.description === undefined ? {} : { Description: secret.description }),
  ...(secret.accessed === undefined ? {} : { LastAccessedDate: secret.accessed / 1000 }),
  LastChangedDate: secret.changed / 1000,
  Name: secret.name,
  ...(secret.tags.length === 0 ? {} : { Tags: secret.tags }),
  VersionIdsToStages: Object.fromEntries(
    [...secret.versions.keys()]
      .map((id) => [id, stagesOf(secret.stages, id)] as const)
      .filter(([, stages]) => stages.length > 0),
  ),
})

/** A new, empty Secrets Manager: its operations by name, and the read for Parameter Store. */
export const makeSecretsManager = (): {
  readonly operations: ReadonlyMap<string, Operation>
  readonly readSecret: ReadSecret
} => {
  const regions = new Map<string, SecretMap>()
  const secretsIn = (region: string): SecretMap => {
    const existing = regions.get(region)
    if (existing !== undefined) return existing
    const created: SecretMap = new Map()
    regions.set(region, created)
    return created
  }

  /** Finds a secret that is not deleted and one of its versions, and records the day of the access. */
  const access = Effect.fnUntraced(function* (
    region: string,
    secretId: string,
    choose: (secret: Secret) => Result.Result<SecretVersion, AwsError>,
  ) {
    const secrets = secretsIn(region)
    const found = yield* Effect.fromResult(findSecret(secrets, secretId))
    const secret = yield* Effect.fromResult(requireLive(found))
    const version = yield* Effect.fromResult(choose(secret))
    const now = yield* Clock.currentTimeMillis
    secrets.set(secret.name, { ...secret, accessed: now - (now % DAY_IN_MILLIS) })
    return { secret, version }
  })

  const getSecretValue = operation(GetSecretValue, (input, { region }) =>
    access(region, input.SecretId, (secret) =>
      selectSecretVersion(secret, input.VersionId, input.VersionStage),
    ).pipe(Effect.map(({ secret, version }) => secretValueView(secret, version))),
  )

  const batchGetSecretValue = operation(
    BatchGetSecretValue,
    Effect.fnUntraced(function* (input, { region }) {
      yield* Effect.fromResult(checkBatch(input))
      const { ids, next } = batchPage(input, secretsIn(region))
      const values: Array<object> = []
      const errors: Array<object> = []
      for (const id of ids) {
        yield* access(region, id, (secret) => selectSecretVersion(secret, undefined, undefined)).pipe(
          Effect.match({
            onSuccess: ({ secret, version }) => values.push(secretValueView(secret, version)),
            onFailure: (error) => errors.push({ SecretId: id, ErrorCode: error.type, Message: error.detail }),
          }),
        )
      }
      return { SecretValues: values, Errors: errors, ...(next === undefined ? {} : { NextToken: next }) }
    }),
  )

  const describeSecret = operation(DescribeSecret, ({ SecretId }, { region }) =>
    Effect.suspend(() => Effect.fromResult(Result.map(findSecret(secretsIn(region), SecretId), describe))),
  )

  const readSecret: ReadSecret = (region, secretId, selector) =>
    access(region, secretId, (secret) =>
      selector !== undefined && secret.versions.has(selector)
        ? selectSecretVersion(secret, selector, undefined)
        : selectSecretVersion(secret, undefined, selector),
    ).pipe(Effect.map(({ secret, version }) => secretSource(secret, version)))

  return {
    readSecret,
    operations: new Map([
      ["GetSecretValue", getSecretValue],
      ["BatchGetSecretValue", batchGetSecretValue],
      ["DescribeSecret", describeSecret],
      ...secretWrites(secretsIn),
    ]),
  }
}
