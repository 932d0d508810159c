/**
 * Which variables values become: the names of parameters below a path, what can be a variable, and how variables are written
 * in the response. Pure.
 *
 * The names follow chamber and other tools that do the same: `/shop/prod/db-url` below `/shop/prod` is `DB_URL`.
 */
import * as Result from "effect/Result"
import { KIB, MIB } from "../../domain/defaults.ts"
import type { Refusal } from "../problems.ts"
import { isVariable } from "./references.ts"

/** A variable to set. `source`: what its value comes from, for messages. */
export interface Variable {
  readonly name: string
  readonly value: string
  readonly source: string
}

/** Linux takes no longer string in an environment: `NAME=value` with the null byte at its end (execve(2), MAX_ARG_STRLEN). */
export const MAX_STRING_BYTES = 128 * KIB

/** Linux takes a quarter of the stack's limit, 2 MiB, for all variables and arguments. The others need some of it. */
export const MAX_TOTAL_BYTES = MIB

const unusable = (detail: string): Refusal => ({ problem: "unusable-value", detail })

/** The bytes that a variable takes in the environment. */
const bytesOf = ({ name, value }: Variable): number => name.length + Buffer.byteLength(value) + "=\0".length

/** Why a value cannot be a variable, without quoting it. Undefined: it can. */
const faultOf = (variable: Variable): string | undefined => {
  if (variable.value.includes("\0")) return "the value contains a null byte, which no variable can"
  const bytes = bytesOf(variable)
  return bytes > MAX_STRING_BYTES
    ? `the value is too large: variable and value take ${bytes} bytes; ${MAX_STRING_BYTES} are allowed`
    : undefined
}

/** The variable of a value. */
export const toVariable = (
  name: string,
  source: string,
  body: string | Uint8Array,
): Result.Result<Variable, Refusal> => {
  if (typeof body !== "string")
    return Result.fail(unusable("the value is binary; only text can be a variable"))
  const variable = { name, value: body, source }
  const fault = faultOf(variable)
  return fault === undefined ? Result.succeed(variable) : Result.fail(unusable(fault))
}

/** The name of a parameter's variable: what stands below the path, in upper case, with `_` for `/`, `-` and `.`. */
export const nameBelow = (path: string, parameter: string): string => {
  const folder = path.endsWith("/") ? path : `${path}/`
  const rest = parameter.startsWith(folder) ? parameter.slice(folder.length) : parameter
  return rest.replaceAll(/[/.-]/g, "_").toUpperCase()
}

/** The variables of all parameters below a path, or every reason why there are none. */
export const variablesBelow = (
  path: string,
  values: Readonly<Record<string, string>>,
): ReadonlyArray<Result.Result<Variable, Refusal>> =>
  Object.entries(values).map(([parameter, value]) => {
    const name = nameBelow(path, parameter)
    return isVariable(name)
      ? Result.mapError(toVariable(name, parameter, value), ({ detail, problem }) => ({
          problem,
          detail: `${parameter}: ${detail}`,
        }))
      : Result.fail(
          unusable(`${parameter} would be the variable ${name}, which cannot begin with a digit; rename it`),
        )
  })

/** What is wrong with all variables together: two of one name, or too many bytes. */
export const faultOfAll = (variables: ReadonlyArray<Variable>): Refusal | undefined => {
  for (const [name, [first, second]] of Map.groupBy(variables, (one) => one.name)) {
    if (first !== undefined && second !== undefined) {
      return unusable(`${first.source} and ${second.source} would both be the variable ${name}`)
    }
  }
  const bytes = variables.reduce((total, one) => total + bytesOf(one), 0)
  return bytes > MAX_TOTAL_BYTES
    ? unusable(`all variables together take ${bytes} bytes; ${MAX_TOTAL_BYTES} are allowed`)
    : undefined
}

/**
 * The body of the response: the number of variables, then for each a line with its name and the length of its value in
 * bytes, the value, and a line feed. So a value may contain anything, and a reader knows whether all has arrived.
 */
export const write = (variables: ReadonlyArray<Variable>): string =>
  `${variables.length}\n${variables
    .map(({ name, value }) => `${name} ${Buffer.byteLength(value)}\n${value}\n`)
    .join("")}`
