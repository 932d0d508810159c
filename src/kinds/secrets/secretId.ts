/**
 * The names and ARNs of secrets (with or without the random suffix), version ids and staging labels that Secrets Manager
 * accepts. Pure.
 *
 * The section `secrets` checks config.yaml with it, `http/` checks requests for unlisted names.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
 */
import type { Access } from "../../domain/Address.ts"
import { DEFAULT_VERSION_STAGE } from "../../domain/defaults.ts"
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
import type { SecretAddress } from "./address.ts"

const MAX_NAME_LENGTH = 512
export const MAX_ARN_LENGTH = 2_048
export const MAX_STAGE_LENGTH = 256
export const MAX_VERSION_ID_LENGTH = 64

/** Secrets that other services manage have an exclamation mark in their names, such as rds!db-.... */
const SYMBOL = /^[a-zA-Z0-9/_+=.@!-]$/
const SYMBOLS = "a-z, A-Z, 0-9, /, _, +, =, ., @, ! and -"

const RESOURCE = "secret:"

/** Why a text is not a valid secret name. */
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
    // ECS task definitions append a key and a version.
    if (name.includes(":")) return "behind the ARN stand a key or a version; version_stage names a version"
    // An ARN appends a dash and six characters to the name.
    return characterFault(name, SYMBOL, SYMBOLS)
  },
}

/** Why GetSecretValue would not accept a text as SecretId. */
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

/** Secrets Manager documents the length of a staging label, but not its characters. */
export const stageFault: Grammar = (text) =>
  firstFault(text, [
    textFault,
    (stage) => (unexpandedIn(stage) === undefined ? undefined : "it is a variable that nothing has expanded"),
    (stage) => lengthFault(stage, MAX_STAGE_LENGTH),
  ])

/** As with staging labels, only the length is documented. */
export const versionIdFault: Grammar = (text) =>
  firstFault(text, [textFault, (id) => lengthFault(id, MAX_VERSION_ID_LENGTH)])

/** The address of a secret in its current version. */
export const currentSecret = (secretId: string, access: Access): SecretAddress => ({
  kind: "secrets",
  ...access,
  secretId,
  versionStage: DEFAULT_VERSION_STAGE,
})
