/**
 * The names that Parameter Store accepts: names with versions and labels, ARNs, references to secrets, and paths. Pure.
 *
 * The section `parameters` checks config.yaml with it, `http/` checks requests for unlisted names.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
 */
import { SECRET_REFERENCE } from "./address.ts"
import { depthOf } from "./path.ts"
import {
  characterFault,
  firstFault,
  type Grammar,
  lengthFault,
  textFault,
  variableFault,
} from "../../config/fields/grammar.ts"
import { arnFault, type ArnRules, isArn } from "../arn.ts"
import { secretNameFault } from "../secrets/secretId.ts"

/** The longest name that PutParameter accepts. */
const MAX_NAME_LENGTH = 1_011
/** The longest text that GetParameter accepts, for instance an ARN with a version. */
export const MAX_LENGTH = 2_048
const MAX_LEVELS = 15
const MAX_LABEL_LENGTH = 100
const MAX_VERSION_DIGITS = 19

const SYMBOLS = "a-z, A-Z, 0-9, _, ., - and /"
const SYMBOL = /^[a-zA-Z0-9_./-]$/
const RESERVED = /^ssm/i
/** The prefix of AWS's own parameters, which may follow other rules. */
const AWS_OWN = "/aws/"

const slashFault: Grammar = (name) => {
  if (name.includes("//")) return "there is an empty level in it: //"
  if (name.endsWith("/")) return "a name does not end with a slash; paths lists what is below one"
  if (name.includes("/") && !name.startsWith("/")) return "a name of several levels begins with a slash"
  return undefined
}

const levelsFault: Grammar = (name) => {
  const levels = name.startsWith(AWS_OWN) ? 0 : depthOf(name)
  return levels > MAX_LEVELS ? `it has ${levels} levels; ${MAX_LEVELS} are allowed` : undefined
}

const wildcardFault: Grammar = (name) =>
  name.includes("*") ? "there are no wildcards; paths lists what is below a path" : undefined

/** Why a text is not a valid name, without version or label. */
const plainNameFault: Grammar = (name) =>
  firstFault(name, [
    (text) => (text === "" ? "there is no name before the colon" : undefined),
    wildcardFault,
    (text) => characterFault(text, SYMBOL, SYMBOLS),
    slashFault,
    levelsFault,
    (text) => (RESERVED.test(text) ? "AWS reserves names that begin with ssm" : undefined),
    (text) => lengthFault(text, MAX_NAME_LENGTH),
  ])

/** All labels as one pattern, for documents; `labelFault` explains what is wrong with a text. */
export const LABEL = /^[a-zA-Z_.-][a-zA-Z0-9_.-]{0,99}$/u

/**
 * Why a text is not a valid label.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html
 */
export const labelFault: Grammar = (label) => {
  const fault = textFault(label) ?? characterFault(label, /^[a-zA-Z0-9_.-]$/, "a-z, A-Z, 0-9, _, . and -")
  if (fault !== undefined) return fault
  if (/^\d/.test(label)) return "a label does not begin with a digit"
  return lengthFault(label, MAX_LABEL_LENGTH)
}

const versionFault: Grammar = (version) =>
  /^0*$/.test(version) || version.length > MAX_VERSION_DIGITS ? "versions are numbers from 1" : undefined

/** Why a text is neither a version nor a label. */
const selectorFault: Grammar = (selector) => {
  const fault = /^\d+$/.test(selector) ? versionFault(selector) : labelFault(selector)
  return fault === undefined ? undefined : `behind the colon: ${fault}`
}

const withSelectorFault = (text: string, nameFault: Grammar): string | undefined => {
  const colon = text.indexOf(":")
  if (colon < 0) return nameFault(text)
  // Some variables contain colons.
  const variable = variableFault(text)
  if (variable !== undefined) return variable
  return nameFault(text.slice(0, colon)) ?? selectorFault(text.slice(colon + 1))
}

/** A reference may end in a colon and the id or staging label of a version; AWS does not document what else. */
const referenceFault: Grammar = (text) => {
  const secret = text.slice(SECRET_REFERENCE.length)
  if (isArn(secret)) return undefined
  return secretNameFault(secret.split(":", 1)[0] ?? "")
}

const RESOURCE = "parameter/"

const ARN_RULES: ArnRules = {
  service: "ssm",
  example: "arn:aws:ssm:us-west-2:123456789012:parameter/app/db",
  // Public parameters: arn:aws:ssm:us-west-2::parameter/aws/service/...
  mayLackAccount: true,
  resourceFault: (resource) => {
    if (!resource.startsWith(RESOURCE)) return "it is not the ARN of a parameter"
    return withSelectorFault(`/${resource.slice(RESOURCE.length)}`, plainNameFault)
  },
}

/** Why GetParameter would not accept a text: it takes a name or ARN, with `:version` or `:label`, or a reference to a secret. */
export const parameterFault: Grammar = (text) =>
  firstFault(text, [
    textFault,
    (name) => lengthFault(name, MAX_LENGTH),
    (name) => {
      if (isArn(name)) return arnFault(name, ARN_RULES)
      return name.startsWith(SECRET_REFERENCE)
        ? referenceFault(name)
        : withSelectorFault(name, plainNameFault)
    },
  ])

/** Why GetParametersByPath would not accept a text as a path. References to secrets have no paths. */
export const pathFault: Grammar = (text) =>
  firstFault(text, [
    textFault,
    (path) => lengthFault(path, MAX_LENGTH),
    (path) => (isArn(path) ? "a path is no ARN" : undefined),
    (path) =>
      path.includes("*") ? "there are no wildcards; everything below a path belongs to it" : undefined,
    (path) => characterFault(path, SYMBOL, SYMBOLS),
    (path) => (path.startsWith("/") ? undefined : "it does not begin with a slash"),
    (path) => (path.includes("//") ? "there is an empty level in it: //" : undefined),
    (path) =>
      `${path}/`.startsWith("/aws/reference/")
        ? "references to secrets are read by their names alone"
        : undefined,
    levelsFault,
  ])
