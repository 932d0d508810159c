/**
 * Reads environment variables one by one and collects what is wrong with them, so that all faults are reported at
 * once; and the kinds of values that variables have.
 *
 * `Settings` reads all of ours by it, the files beside this one those of others; pure.
 */
import * as Result from "effect/Result"
import { ConfigInvalid, cut, type Fault, quoteText } from "../yaml/ConfigInvalid.ts"
import * as GoBoolean from "../go/GoBoolean.ts"
import * as GoDuration from "../go/GoDuration.ts"
import { HTTP_URL_ALLOWED, parseHttpUrl } from "../fields/grammar.ts"
import { parsePort, PORT_ALLOWED } from "../fields/port.ts"

/** The environment variables, as Lambda gave them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** How the faults of the environment name their place. */
const ENVIRONMENT = "environment"

/** What a text means, or what would have been allowed. */
export type Parse<A> = (text: string) => Result.Result<A, string>

/** The texts that a variable may hold, told apart from case. */
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

/** A reader of one environment. */
export interface Variables {
  /** A variable's text; one that is set to nothing counts as unset. */
  readonly textOf: (variable: string) => string | undefined
  /** A variable's value; one with a fault counts as unset. */
  readonly read: <A>(variable: string, parse: Parse<A>) => A | undefined
  /** Notes a fault that no text of a single variable shows, or whose text is shown to nobody. */
  readonly fault: (variable: string, found: string, allowed: string) => void
  /** The faults of all that were read so far, if there are any. */
  readonly invalid: () => ConfigInvalid | undefined
}

export const readVariables = (env: Environment): Variables => {
  const faults: Array<Fault> = []
  const textOf = (variable: string): string | undefined => env[variable] || undefined

  const fault: Variables["fault"] = (key, found, allowed) => void faults.push({ key, found, allowed })

  return {
    textOf,
    fault,
    read: (variable, parse) => {
      const text = textOf(variable)
      if (text === undefined) return undefined
      const result = parse(text)
      if (Result.isSuccess(result)) return result.success
      fault(variable, quoteText(text), result.failure)
      return undefined
    },
    invalid: () => (faults.length === 0 ? undefined : new ConfigInvalid({ file: ENVIRONMENT, faults })),
  }
}
