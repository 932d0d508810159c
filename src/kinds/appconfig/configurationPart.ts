/**
 * The name or id of an application, environment or configuration profile in AppConfig. Pure.
 *
 * AppConfig allows nearly everything in names. Functions request the three joined by slashes, so none may contain one.
 * https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_StartConfigurationSession.html
 */
import { firstFault, type Grammar, lengthFault, textFault } from "../../config/fields/grammar.ts"

export const SEPARATOR = "/"

export const MAX_LENGTH = 128

export const configurationPartFault: Grammar = (text) =>
  firstFault(text, [
    textFault,
    (part) => (part.includes(SEPARATOR) ? "there is a slash in it; write its id" : undefined),
    (part) => lengthFault(part, MAX_LENGTH),
  ])
