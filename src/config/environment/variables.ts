/**
 * Reads environment variables and collects faults, so that all of them are reported at once. Also has parsers for their
 * values. Pure.
 */
import * as Result from "effect/Result"
import { ConfigInvalid, cut, type Fault, quoteText } from "../yaml/ConfigInvalid.ts"
import * as GoBoolean from "../go/GoBoolean.ts"
import * as GoDuration from "../go/GoDuration.ts"
import { HTTP_URL_ALLOWED, parseHttpUrl } from "../fields/grammar.ts"
import { parsePort, PORT_ALLOWED } from "../fields/port.ts"

/** The environment variables, as Lambda gave them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Faults of the environment name this instead of a file. */
const ENVIRONMENT = "environment"

/** Parses a text, or fails with what is allowed. */
export type Parse<A> = (text: string) => Result.Result<A, string>

/** One of a few words, in any case. */
export const oneOf =
  <const Words extends ReadonlyArray<string>>(words: Words): Parse<Words[number]> =>
  (text) => {
    const word = words.find((candidate) => candidate === text.toLowerCase())
    return word === undefined ? Result.fail(words.join(", ")) : Result.succeed(word)
  }

/** In milliseconds. */
export const duration: Parse<number> = (text) =>
  Result.mapError(GoDuration.parse(text), ({ message }) => `${GoDuration.DURATION_ALLOWED} (${cut(message)})`)

export const boolean: Parse<boolean> = (text) =>
  Result.mapError(GoBoolean.parse(text), () => GoBoolean.GO_BOOLEANS.join(", "))

export const port: Parse<number> = (text) => {
  const value = parsePort(text)
  return value === undefined ? Result.fail(PORT_ALLOWED) : Result.succeed(value)
}

export const url: Parse<string> = (text) => {
  const value = parseHttpUrl(text)
  return value === undefined ? Result.fail(HTTP_URL_ALLOWED) : Result.succeed(value)
}

const DIGITS = /^\d{1,9}$/

/** A whole number of at most nine digits; `unit` says what it counts. */
export const wholeNumber =
  (unit: string, lowest: number): Parse<number> =>
  (text) =>
    DIGITS.test(text) && Number(text) >= lowest
      ? Result.succeed(Number(text))
      : Result.fail(`a whole number of ${unit}, ${lowest} or more`)

/** A reader of one environment. An empty variable counts as unset. */
export interface Variables {
  /** A variable's text. */
  readonly get: (variable: string) => string | undefined
  /** A variable's value; undefined if it is unset or has a fault, which is then recorded. */
  readonly read: <A>(variable: string, parse: Parse<A>) => A | undefined
  /** Adds a fault that `read` cannot find: one about several variables, or about a secret, which no message may quote. */
  readonly fault: (variable: string, found: string, allowed: string) => void
  /** The faults so far; undefined if there are none. */
  readonly invalid: () => ConfigInvalid | undefined
}

export const readVariables = (env: Environment): Variables => {
  const faults: Array<Fault> = []
  const get = (variable: string): string | undefined => env[variable] || undefined

  const fault: Variables["fault"] = (key, found, allowed) => void faults.push({ key, found, allowed })

  return {
    get,
    fault,
    read: (variable, parse) => {
      const text = get(variable)
      if (text === undefined) return undefined
      const result = parse(text)
      if (Result.isSuccess(result)) return result.success
      fault(variable, quoteText(text), result.failure)
      return undefined
    },
    invalid: () => (faults.length === 0 ? undefined : new ConfigInvalid({ file: ENVIRONMENT, faults })),
  }
}
