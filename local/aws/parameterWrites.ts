/**
 * Parameter Store: the writes (PutParameter, LabelParameterVersion, DeleteParameter, DeleteParameters).
 *
 * Part of the operations of `ParameterStore`. A write replaces the parameter with a new object.
 * Limits: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import {
  type Parameter,
  PARAMETER_TYPES,
  type ParameterMap,
  type ParameterVersion,
} from "./parameterModel.ts"
import { isValidLabel, parseName, parseNewName } from "./parameterNames.ts"
import { type AwsError, awsError, constraintViolation, type Operation, operation } from "./protocol.ts"

const MAX_VERSIONS = 100
const MAX_LABELS = 10
const MAX_NAMES = 10
const MAX_STANDARD_VALUE = 4096
const MAX_ADVANCED_VALUE = 8192
const DATA_TYPES: ReadonlySet<string> = new Set(["text", "aws:ec2:image", "aws:ssm:integration"])

/** A KMS key: id, alias, or the ARN of either. Without a KMS, only the form is checked. */
const KEY_ID = /^(?:arn:aws[^:]*:kms:[^:]*:\d{12}:)?(?:alias\/\S+|key\/\S+)$|^(?:mrk-)?[0-9a-f-]{32,36}$/

const PutParameter = Schema.Struct({
  Name: Schema.String,
  Value: Schema.String,
  Type: Schema.optionalKey(Schema.String),
  Overwrite: Schema.optionalKey(Schema.Boolean),
  KeyId: Schema.optionalKey(Schema.String),
  AllowedPattern: Schema.optionalKey(Schema.String),
  DataType: Schema.optionalKey(Schema.String),
  Tier: Schema.optionalKey(Schema.String),
  Tags: Schema.optionalKey(Schema.Array(Schema.Unknown)),
})
type PutParameter = typeof PutParameter.Type
const LabelParameterVersion = Schema.Struct({
  Name: Schema.String,
  ParameterVersion: Schema.optionalKey(Schema.Number),
  Labels: Schema.Array(Schema.String),
})
const DeleteParameter = Schema.Struct({ Name: Schema.String })
const DeleteParameters = Schema.Struct({ Names: Schema.Array(Schema.String) })

const isParameterType = Schema.is(Schema.Literals(PARAMETER_TYPES))

const invalid = (message: string) => Result.fail(awsError("ValidationException", message))

const checkValue = (value: string, tier: string): Result.Result<void, AwsError> => {
  if (value === "") {
    return Result.fail(constraintViolation("value", "", "Member must have length greater than or equal to 1"))
  }
  const limit = tier === "Standard" ? MAX_STANDARD_VALUE : MAX_ADVANCED_VALUE
  return value.length <= limit
    ? Result.succeed(undefined)
    : invalid(`${tier} tier parameters support a maximum parameter value of ${limit} characters.`)
}

/** An AllowedPattern has to match the whole value. */
const checkPattern = (value: string, pattern: string | undefined): Result.Result<void, AwsError> =>
  pattern === undefined
    ? Result.succeed(undefined)
    : Result.try({
        try: () => new RegExp(`^(?:${pattern})$`).test(value),
        catch: () => awsError("InvalidAllowedPatternException", `The pattern ${pattern} isn't valid.`),
      }).pipe(
        Result.filterOrFail(
          (matches) => matches,
          () =>
            awsError(
              "ParameterPatternMismatchException",
              `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
            ),
        ),
        Result.map(() => undefined),
      )

/** The version that a PutParameter creates, or its error. Absent fields come from the previous version. */
const nextVersion = (
  input: PutParameter,
  existing: Parameter | undefined,
  now: number,
): Result.Result<ParameterVersion, AwsError> => {
  const before = existing?.versions.at(-1)
  const type = input.Type ?? before?.type
  const tier = input.Tier ?? before?.tier ?? "Standard"
  const dataType = input.DataType ?? before?.dataType ?? "text"
  const allowedPattern = input.AllowedPattern ?? before?.allowedPattern
  if (type === undefined) return invalid("A parameter type is required when you create a parameter.")
  if (!isParameterType(type)) {
    return Result.fail(
      constraintViolation(
        "type",
        type,
        "Member must satisfy enum value set: [SecureString, StringList, String]",
      ),
    )
  }
  if (before !== undefined && input.Overwrite !== true) {
    return Result.fail(
      awsError(
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
      ),
    )
  }
  if (input.Overwrite === true && (input.Tags ?? []).length > 0) {
    return invalid(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove " +
        "overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or " +
        "RemoveTagsFromResource.",
    )
  }
  if (!DATA_TYPES.has(dataType)) {
    return invalid(
      `The following data type is not supported: ${dataType} (Data type names are all lowercase.)`,
    )
  }
  if (type === "SecureString" && input.KeyId !== undefined && !KEY_ID.test(input.KeyId)) {
    return Result.fail(awsError("InvalidKeyId", `Invalid keyId ${input.KeyId}`))
  }
  return checkValue(input.Value, tier === "Intelligent-Tiering" ? "Advanced" : tier).pipe(
    Result.flatMap(() => checkPattern(input.Value, allowedPattern)),
    Result.map(() => ({
      version: (before?.version ?? 0) + 1,
      type,
      value: input.Value,
      dataType,
      tier: tier === "Intelligent-Tiering" ? "Standard" : tier,
      keyId: type === "SecureString" ? (input.KeyId ?? before?.keyId ?? "alias/aws/ssm") : undefined,
      allowedPattern,
      modified: now,
    })),
  )
}

/** The versions, without the oldest if there are a hundred; an error if the oldest has a label. */
const withRoom = (parameter: Parameter): Result.Result<ReadonlyArray<ParameterVersion>, AwsError> => {
  const [oldest] = parameter.versions
  if (oldest === undefined || parameter.versions.length < MAX_VERSIONS)
    return Result.succeed(parameter.versions)
  return [...parameter.labels.values()].includes(oldest.version)
    ? Result.fail(
        awsError(
          "ParameterMaxVersionLimitExceeded",
          `You attempted to create a new version of ${parameter.name} by calling the PutParameter API with the ` +
            `overwrite flag. Version ${oldest.version}, the oldest version, can't be deleted because it has a label ` +
            "associated with it. Move the label to another version of the parameter, and try again.",
        ),
      )
    : Result.succeed(parameter.versions.slice(1))
}

const labelCount = (parameter: Parameter, version: number): number =>
  [...parameter.labels.values()].filter((labelled) => labelled === version).length

/** The writing operations. */
export const parameterWrites = (
  parametersIn: (region: string) => ParameterMap,
): ReadonlyArray<readonly [name: string, operation: Operation]> => {
  const putParameter = operation(
    PutParameter,
    Effect.fnUntraced(function* (input, { region }) {
      const key = yield* Effect.fromResult(parseNewName(input.Name))
      const parameters = parametersIn(region)
      const existing = parameters.get(key) ?? { name: input.Name.trim(), versions: [], labels: new Map() }
      const version = yield* Effect.fromResult(nextVersion(input, existing, yield* Clock.currentTimeMillis))
      const kept = yield* Effect.fromResult(withRoom(existing))
      parameters.set(key, { ...existing, versions: [...kept, version] })
      return { Tier: version.tier, Version: version.version }
    }),
  )

  const labelParameterVersion = operation(
    LabelParameterVersion,
    Effect.fnUntraced(function* (input, { region }) {
      const key = yield* Effect.fromResult(parseNewName(input.Name))
      const parameters = parametersIn(region)
      const parameter = parameters.get(key)
      if (parameter === undefined) return yield* awsError("ParameterNotFound")
      const wanted = input.ParameterVersion ?? parameter.versions.at(-1)?.version ?? 0
      if (!parameter.versions.some(({ version }) => version === wanted)) {
        return yield* awsError(
          "ParameterVersionNotFound",
          `Systems Manager could not find version ${wanted} of ${input.Name}. Verify the version and try again.`,
        )
      }
      const valid = input.Labels.filter(isValidLabel)
      const labels = new Map([...parameter.labels, ...valid.map((label) => [label, wanted] as const)])
      const labelled = { ...parameter, labels }
      if (labelCount(labelled, wanted) > MAX_LABELS) {
        return yield* awsError(
          "ParameterVersionLabelLimitExceeded",
          `A parameter version can have maximum ${MAX_LABELS} labels. Move one or more labels to another version ` +
            "and try again.",
        )
      }
      parameters.set(key, labelled)
      return {
        InvalidLabels: input.Labels.filter((label) => !isValidLabel(label)),
        ParameterVersion: wanted,
      }
    }),
  )

  /** Deletes a parameter. False if there is none, also for an invalid name. */
  const remove = (region: string, rawName: string): boolean => {
    const name = Result.getOrUndefined(parseName(rawName))
    return name?.kind === "parameter" && name.selector === undefined && parametersIn(region).delete(name.key)
  }

  const deleteParameter = operation(DeleteParameter, ({ Name }, { region }) =>
    Effect.suspend(() =>
      remove(region, Name) ? Effect.succeed({}) : Effect.fail(awsError("ParameterNotFound")),
    ),
  )

  const deleteParameters = operation(
    DeleteParameters,
    Effect.fnUntraced(function* ({ Names }, { region }) {
      if (Names.length === 0 || Names.length > MAX_NAMES) {
        const bound = Names.length === 0 ? "greater than or equal to 1" : `less than or equal to ${MAX_NAMES}`
        return yield* constraintViolation(
          "names",
          `[${Names.join(", ")}]`,
          `Member must have length ${bound}`,
        )
      }
      const deleted = [...new Set(Names)].filter((name) => remove(region, name))
      return {
        DeletedParameters: deleted,
        InvalidParameters: Names.filter((name) => !deleted.includes(name)),
      }
    }),
  )

  return [
    ["PutParameter", putParameter],
    ["LabelParameterVersion", labelParameterVersion],
    ["DeleteParameter", deleteParameter],
    ["DeleteParameters", deleteParameters],
  ]
}
