/**
 * The path of a configuration on the port of AWS's AppConfig agent, in requests and in its prefetch list. Pure.
 *
 * Each part is percent-encoded, so names may contain slashes there, which the names on our own port cannot.
 * https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-config.html
 */
import * as Result from "effect/Result"
import { type Grammar, firstFault, lengthFault, textFault } from "../../config/fields/grammar.ts"
import { quoteText } from "../../config/yaml/ConfigInvalid.ts"
import type { ConfigurationAddress } from "./address.ts"
import { MAX_LENGTH, SEPARATOR } from "./configurationPart.ts"

/** A configuration, each part by its name or id. */
export type ConfigurationPlace = Pick<ConfigurationAddress, "application" | "environment" | "profile">

export const AGENT_PATH = "/applications/<application>/environments/<environment>/configurations/<profile>"

const PATH = /^\/applications\/([^/]*)\/environments\/([^/]*)\/configurations\/([^/]*)$/

/** What stands for bytes that are not UTF-8. */
const REPLACEMENT = "\u{FFFD}"

const decode = (text: string): Result.Result<string, string> => {
  const decoded = Result.getOrElse(
    Result.try(() => decodeURIComponent(text)),
    () => REPLACEMENT,
  )
  return decoded.includes(REPLACEMENT)
    ? Result.fail(`${quoteText(text)} is not percent-encoded UTF-8`)
    : Result.succeed(decoded)
}

const partFault: Grammar = (text) => firstFault(text, [textFault, (part) => lengthFault(part, MAX_LENGTH)])

const part = (of: string, text: string): Result.Result<string, string> =>
  Result.flatMap(decode(text), (decoded) => {
    const fault = partFault(decoded)
    return fault === undefined
      ? Result.succeed(decoded)
      : Result.fail(`the ${of} is ${quoteText(decoded)}; ${fault}`)
  })

/** Whether a path has the form of a configuration's, whatever its parts are. */
export const isAgentPath = (path: string): boolean => PATH.test(path)

/** The configuration at a path, or what is wrong with it. */
export const parseAgentPath = (path: string): Result.Result<ConfigurationPlace, string> => {
  const [, application, environment, profile] = PATH.exec(path) ?? []
  if (application === undefined || environment === undefined || profile === undefined)
    return Result.fail(`${quoteText(path)} has not the form ${AGENT_PATH}`)
  return Result.all({
    application: part("application", application),
    environment: part("environment", environment),
    profile: part("configuration profile", profile),
  })
}

/** The name of a configuration in logs, and on our own port if no part contains a slash. */
export const placeName = ({ application, environment, profile }: ConfigurationPlace): string =>
  [application, environment, profile].join(SEPARATOR)

/** Whether the name tells the parts apart. */
export const isNameable = (place: ConfigurationPlace): boolean =>
  !Object.values(place).some((text) => text.includes(SEPARATOR))
