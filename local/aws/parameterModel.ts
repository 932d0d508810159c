/**
 * The data of Parameter Store: parameters with numbered versions and labels, one map per region, and the `Parameter`
 * object of a reply.
 *
 * `ParameterStore` reads it, `parameterWrites` changes it. Pure, except for the map.
 */
import { createHash } from "node:crypto"
import * as Result from "effect/Result"
import { ACCOUNT_ID, type AwsError, awsError } from "./protocol.ts"

export const PARAMETER_TYPES = ["String", "StringList", "SecureString"] as const
type ParameterType = (typeof PARAMETER_TYPES)[number]

export interface ParameterVersion {
  readonly version: number
  readonly type: ParameterType
  readonly value: string
  readonly dataType: string
  readonly tier: string
  readonly keyId: string | undefined
  readonly allowedPattern: string | undefined
  /** Epoch milliseconds. */
  readonly modified: number
}

export interface Parameter {
  /** As it was written when the parameter was created. */
  readonly name: string
  /** Oldest first; never empty. */
  readonly versions: ReadonlyArray<ParameterVersion>
  /** A label names exactly one version. */
  readonly labels: ReadonlyMap<string, number>
}

/** The prefix of AWS's own parameters. */
const AWS_OWN = "/aws/"

/** The parameters of one region by key (see parameterNames.ts). */
export type ParameterMap = Map<string, Parameter>

/** The `Parameter` object of the API reference. */
export interface ParameterView {
  readonly ARN: string
  readonly DataType: string
  /** Epoch seconds. */
  readonly LastModifiedDate: number
  readonly Name: string
  readonly Selector?: string
  readonly SourceResult?: string
  readonly Type: ParameterType
  readonly Value: string
  readonly Version: number
}

/** AWS's own parameters belong to no account. */
const parameterArn = (region: string, name: string): string =>
  `arn:aws:ssm:${region}:${name.startsWith(AWS_OWN) ? "" : ACCOUNT_ID}:parameter/${name.replace(/^\//, "")}`

/** A SecureString without decryption: base64 that begins like KMS ciphertext and differs for each value. */
const ciphertext = (parameter: Parameter, version: ParameterVersion): string => {
  const digest = createHash("sha512")
    .update(`${parameter.name}\0${version.version}\0${version.value}`)
    .digest("base64")
  return `AQICAHh${digest}`
}

const latest = (parameter: Parameter): Result.Result<ParameterVersion, AwsError> => {
  const version = parameter.versions.at(-1)
  return version === undefined ? Result.fail(awsError("ParameterNotFound")) : Result.succeed(version)
}

/** The selected version: digits are a version number, any other text is a label, undefined is the latest. */
export const selectVersion = (
  parameter: Parameter,
  selector: string | undefined,
): Result.Result<ParameterVersion, AwsError> => {
  if (selector === undefined) return latest(parameter)
  const isNumber = /^\d+$/.test(selector)
  const wanted = isNumber ? Number(selector) : parameter.labels.get(selector)
  const version = parameter.versions.find((candidate) => candidate.version === wanted)
  return version === undefined
    ? Result.fail(
        awsError(
          "ParameterVersionNotFound",
          `Systems Manager could not find ${isNumber ? "version" : "label"} ${selector} of ${parameter.name}. ` +
            "Verify the version and try again.",
        ),
      )
    : Result.succeed(version)
}

export const viewOf = (
  region: string,
  parameter: Parameter,
  version: ParameterVersion,
  options: {
    readonly decrypt: boolean
    readonly asked?: string | undefined
    readonly selector?: string | undefined
  },
): ParameterView => ({
  ARN: parameterArn(region, parameter.name),
  DataType: version.dataType,
  LastModifiedDate: version.modified / 1000,
  Name: options.asked ?? parameter.name,
  ...(options.selector === undefined ? {} : { Selector: `:${options.selector}` }),
  Type: version.type,
  Value: version.type === "SecureString" && !options.decrypt ? ciphertext(parameter, version) : version.value,
  Version: version.version,
})

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
