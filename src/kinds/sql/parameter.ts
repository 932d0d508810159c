/**
 * The names and values of a statement's parameters that the RDS Data API accepts, by type. Pure.
 *
 * https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_SqlParameter.html
 */
import * as Result from "effect/Result"
import { BASE64, firstFault, type Grammar, lengthFault, textFault } from "../../config/fields/grammar.ts"
import type { ParameterType } from "./address.ts"

const MAX_NAME_LENGTH = 255
const NAME = /^[A-Za-z_]\w*$/u

export const parameterNameFault: Grammar = (text) =>
  firstFault(text, [
    textFault,
    (name) => (name.startsWith(":") ? "the colon stands only in the statement" : undefined),
    (name) => (NAME.test(name) ? undefined : "it has letters, digits and _, and no digit first"),
    (name) => lengthFault(name, MAX_NAME_LENGTH),
  ])

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/u
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu
const DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/u
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?$/u

const isTimestamp = (text: string): boolean => {
  const [date = "", time = "", ...others] = text.split(" ")
  return DATE.test(date) && TIME.test(time) && others.length === 0
}

const isJson = (text: string): boolean => Result.isSuccess(Result.try((): unknown => JSON.parse(text)))

interface TypeRule {
  readonly isAllowed: (value: string) => boolean
  readonly allowed: string
}

const matching = (pattern: RegExp, allowed: string): TypeRule => ({
  isAllowed: (value) => pattern.test(value),
  allowed,
})

/** The values of each type. A type hint makes the Data API refuse a value of another form. */
const RULES: Readonly<Record<ParameterType, TypeRule>> = {
  string: { isAllowed: () => true, allowed: "any text" },
  long: {
    // A JSON number that JavaScript writes without loss.
    isAllowed: (value) => /^-?\d{1,16}$/u.test(value) && Number.isSafeInteger(Number(value)),
    allowed: "a whole number of at most 15 digits; a longer one has the type decimal",
  },
  double: {
    isAllowed: (value) => NUMBER.test(value) && Number.isFinite(Number(value)),
    allowed: "a number such as 1.5 or 2e10",
  },
  boolean: matching(/^(?:true|false)$/u, "true or false"),
  blob: matching(BASE64, "base64 with its padding"),
  decimal: matching(NUMBER, "a number such as 19.90"),
  date: matching(DATE, "a date such as 2026-01-31"),
  time: matching(TIME, "a time such as 23:59:59 or 23:59:59.123"),
  timestamp: { isAllowed: isTimestamp, allowed: "a date and a time such as 2026-01-31 23:59:59" },
  uuid: matching(UUID, "a UUID"),
  json: { isAllowed: isJson, allowed: "JSON" },
  null: matching(/^$/u, "no value"),
}

/** What is allowed, if a value does not match its type; undefined if it does. */
export const valueFault = (type: ParameterType, value: string): string | undefined =>
  RULES[type].isAllowed(value) ? undefined : `${RULES[type].allowed}, as the type is ${type}`
