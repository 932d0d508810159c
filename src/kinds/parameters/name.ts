/**
 * What Parameter Store may know: names, their versions and labels, ARNs, references to secrets, and paths. Pure.
 *
 * The section `parameters` refuses by it what stands in config.yaml, `http/` what is asked for without being listed.
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

/** The longest name that PutParameter takes. */
const MAX_NAME_LENGTH = 1_011
/** The longest text that GetParameter takes: an ARN with a version, for instance. */
export const MAX_LENGTH = 2_048
const MAX_LEVELS = 15
const MAX_LABEL_LENGTH = 100
const MAX_VERSION_DIGITS = 19

const SYMBOLS = "a-z, A-Z, 0-9, _, ., - and /"
const SYMBOL = /^[a-zA-Z0-9_./-]$/
const RESERVED = /^ssm/i
/** What AWS itself creates: other rules may hold there. */
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

/** Why a text is no name, without version or label. */
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

/** Every label in one pattern, for documents; `labelFault` says what is wrong with another text. */
export const LABEL = /^[a-zA-Z_.-][a-zA-Z0-9_.-]{0,99}$/u

/** Why a text is no label. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html */
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
  // Some of them hold colons.
  const variable = variableFault(text)
  if (variable !== undefined) return variable
  return nameFault(text.slice(0, colon)) ?? selectorFault(text.slice(colon + 1))
}

/** A reference may have the id or a staging label of a version behind a colon; AWS does not say which more. */
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

/** Why a text is nothing that GetParameter takes: a name or ARN, with :version or :label, or a secret's reference. */
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

/** Why a text is no path of GetParametersByPath. References to secrets have none. */
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
