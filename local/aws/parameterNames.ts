/**
 * Parses parameter names: plain, path or ARN, with an optional `:version` or `:label`, or a reference to a secret. Pure.
 *
 * Rules: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 */
import * as Result from "effect/Result"
import { type AwsError, awsError } from "./protocol.ts"

const SECRET_REFERENCE_PREFIX = "/aws/reference/secretsmanager/"

export type ParameterName =
  | {
      readonly kind: "parameter"
      /** The key of the store: a name of one level is the same with and without its leading slash. */
      readonly key: string
      /** As the caller wrote it, without selector; undefined for an ARN, because the reply then has the real name. */
      readonly asked: string | undefined
      /** A version number or a label. */
      readonly selector: string | undefined
    }
  | {
      readonly kind: "reference"
      /** The whole path, without selector. */
      readonly path: string
      readonly secretId: string
      /** A version id or a stage. */
      readonly selector: string | undefined
    }

const SYMBOLS = "[A-Za-z0-9_.-]"
const VALID_NAME = new RegExp(`^(?:/?${SYMBOLS}+|(?:/${SYMBOLS}+){2,})$`)
const VALID_SELECTOR = new RegExp(`^${SYMBOLS}+$`)
const ARN = /^arn:[^:]+:ssm:[^:]*:[^:]*:parameter(\/[^:]+)(?::(.+))?$/
const RESERVED = /^\/?(?:aws|ssm)/i
const MAX_LEVELS = 15

/** `/name` and `name` are one parameter; a deeper name always begins with its slash. */
const storeKey = (name: string): string => (name.lastIndexOf("/") === 0 ? name.slice(1) : name)

const malformed = awsError(
  "ValidationException",
  `Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of ` +
    "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the " +
    "following 3 symbols .-_",
)

const splitSelector = (text: string): readonly [name: string, selector: string | undefined] => {
  const colon = text.indexOf(":")
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)]
}

/** Parses the name in a read. Surrounding spaces are trimmed, as in AWS. */
export const parseName = (raw: string): Result.Result<ParameterName, AwsError> => {
  const text = raw.trim()
  const [, fromArn, arnSelector] = ARN.exec(text) ?? []
  const [name, selector] = fromArn === undefined ? splitSelector(text) : [fromArn, arnSelector]
  if (selector !== undefined && !VALID_SELECTOR.test(selector)) return Result.fail(malformed)
  if (name.startsWith(SECRET_REFERENCE_PREFIX)) {
    return Result.succeed({
      kind: "reference",
      path: name,
      secretId: name.slice(SECRET_REFERENCE_PREFIX.length),
      selector,
    })
  }
  if (!VALID_NAME.test(name)) return Result.fail(malformed)
  return Result.succeed({
    kind: "parameter",
    key: storeKey(name),
    asked: fromArn === undefined ? name : undefined,
    selector,
  })
}

/** The key of a new parameter, or the error in its name. */
export const parseNewName = (raw: string): Result.Result<string, AwsError> => {
  const name = raw.trim()
  const levels = name.split("/").filter((level) => level !== "")
  if (RESERVED.test(name)) {
    return Result.fail(
      /^\/aws\//i.test(name)
        ? awsError("AccessDeniedException", `No access to reserved parameter name: ${name}.`)
        : awsError(
            "ValidationException",
            `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive).`,
          ),
    )
  }
  if (name.includes("/") && !name.startsWith("/")) {
    return Result.fail(awsError("ValidationException", "Parameter name must be a fully qualified name."))
  }
  if (!VALID_NAME.test(name)) return Result.fail(malformed)
  if (levels.length > MAX_LEVELS) {
    return Result.fail(
      awsError(
        "HierarchyLevelLimitExceededException",
        `A hierarchy can have a maximum of ${MAX_LEVELS} levels.`,
      ),
    )
  }
  return Result.succeed(storeKey(name))
}

/** The prefix of AWS's own parameters, which paths above it do not contain. */
const AWS_OWN = "/aws/"

/** Whether a parameter is below a path: directly, or with `recursive` at any depth. */
export const isBelow = (name: string, path: string, recursive: boolean): boolean => {
  const folder = path.endsWith("/") ? path : `${path}/`
  const full = name.startsWith("/") ? name : `/${name}`
  const isOwn = full.startsWith(AWS_OWN) === folder.startsWith(AWS_OWN)
  return full.startsWith(folder) && isOwn && (recursive || !full.slice(folder.length).includes("/"))
}

const VALID_PATH = new RegExp(`^/$|^(?:/${SYMBOLS}+)+/?$`)

/**
 * Whether text is a valid path for GetParametersByPath. AWS's own parameters (`/aws/service/...`) are valid, references to
 * secrets are not.
 */
export const isValidPath = (path: string): boolean =>
  VALID_PATH.test(path) && !path.startsWith("/aws/reference")

const VALID_LABEL = /^(?!aws|ssm)[A-Za-z_.-][A-Za-z0-9_.-]*$/i

/** Whether text is a valid label. AWS lists invalid ones in the reply instead of failing. */
export const isValidLabel = (label: string): boolean => VALID_LABEL.test(label)
