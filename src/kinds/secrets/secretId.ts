/**
 * What Secrets Manager may know: names and ARNs of secrets, whole or without their random end, version ids and staging
 * labels. Pure.
 *
 * The section `secrets` refuses by it what stands in config.yaml, `http/` what is asked for without being listed.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
 */
import { SECRET_REFERENCE } from "../parameters/address.ts"
import {
  characterFault,
  firstFault,
  type Grammar,
  lengthFault,
  textFault,
  unexpandedIn,
} from "../../config/fields/grammar.ts"
import { arnFault, type ArnRules, isArn } from "../arn.ts"

const MAX_NAME_LENGTH = 512
export const MAX_ARN_LENGTH = 2_048
export const MAX_STAGE_LENGTH = 256
export const MAX_VERSION_ID_LENGTH = 64

/** The exclamation mark stands in the names of secrets that other services manage, such as rds!db-.... */
const SYMBOL = /^[a-zA-Z0-9/_+=.@!-]$/
const SYMBOLS = "a-z, A-Z, 0-9, /, _, +, =, ., @, ! and -"

const RESOURCE = "secret:"

/** Why a text is no secret's name. */
export const secretNameFault: Grammar = (name) =>
  firstFault(name, [
    (text) => (text === "" ? "there is no secret's name in it" : undefined),
    (text) => (text.includes("*") ? "there are no wildcards" : undefined),
    (text) => characterFault(text, SYMBOL, SYMBOLS),
    (text) => lengthFault(text, MAX_NAME_LENGTH),
  ])

const ARN_RULES: ArnRules = {
  service: "secretsmanager",
  example: "arn:aws:secretsmanager:us-west-2:123456789012:secret:db-AbCdEf",
  resourceFault: (resource) => {
    if (!resource.startsWith(RESOURCE)) return "it is not the ARN of a secret"
    const name = resource.slice(RESOURCE.length)
    // As in the definitions of ECS tasks.
    if (name.includes(":")) return "behind the ARN stand a key or a version; version_stage names a version"
    // The ARN has a dash and six characters behind the name.
    return characterFault(name, SYMBOL, SYMBOLS)
  },
}

/** Why a text is nothing that GetSecretValue takes as SecretId. */
export const secretFault: Grammar = (text) =>
  firstFault(text, [
    textFault,
    (id) => lengthFault(id, MAX_ARN_LENGTH),
    (id) =>
      id.startsWith(SECRET_REFERENCE)
        ? "this is how Parameter Store names a secret; it is listed under parameters"
        : undefined,
    (id) => (isArn(id) ? arnFault(id, ARN_RULES) : secretNameFault(id)),
  ])

/** Secrets Manager says how long a staging label may be, and not what it may consist of. */
export const stageFault: Grammar = (text) =>
  firstFault(text, [
    textFault,
    (stage) => (unexpandedIn(stage) === undefined ? undefined : "it is a variable that nothing has expanded"),
    (stage) => lengthFault(stage, MAX_STAGE_LENGTH),
  ])

/** The same holds of version ids. */
export const versionIdFault: Grammar = (text) =>
  firstFault(text, [textFault, (id) => lengthFault(id, MAX_VERSION_ID_LENGTH)])
