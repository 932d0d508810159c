/**
 * The command lines of scripts and benches: Node's `parseArgs` with `--help`, which lists the options with their
 * descriptions, and with an error message for unknown options and invalid numbers.
 */
import process from "node:process"
import { parseArgs, type ParseArgsOptionDescriptor } from "node:util"

interface Option extends ParseArgsOptionDescriptor {
  readonly description: string
  /** What the value must be, if not any text. */
  readonly check?: RegExp
}

type Options = Readonly<Record<string, Option>>
type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>["values"]

/** A whole number from 0. */
export const COUNT = /^\d+$/
/** A number from 0. */
export const NUMBER = /^\d+(\.\d+)?$/
/** Whole numbers separated by commas. */
export const COUNTS = /^\d+(,\d+)*$/

const defaultOf = ({ default: value }: Option): string =>
  (typeof value === "string" || Array.isArray(value)) && value.length > 0 ? ` (default ${String(value)})` : ""

/** The text of `--help`. `about` is a sentence about the script. */
const helpOf = (about: string, options: Options): string => {
  const rows = Object.entries(options).map(
    ([name, option]) =>
      [
        `--${name}${option.type === "string" ? " <value>" : ""}`,
        `${option.description}${option.multiple === true ? ", repeatable" : ""}${defaultOf(option)}`,
      ] as const,
  )
  const all = [...rows, ["--help", "Prints this"] as const]
  const width = Math.max(...all.map(([left]) => left.length))
  return [about, "", "Options:", ...all.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)].join(
    "\n",
  )
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The values of a command line, or what to print instead: the help or an error. */
export const readOptions = <O extends Options>(
  about: string,
  options: O,
  args: ReadonlyArray<string>,
): { readonly values: Values<O> } | { readonly help: string } | { readonly fault: string } => {
  if (args.includes("--help")) return { help: helpOf(about, options) }
  try {
    const { values } = parseArgs({ options, args: [...args] })
    for (const [name, { check, description }] of Object.entries(options)) {
      const value = (values as Readonly<Record<string, unknown>>)[name]
      if (check !== undefined && typeof value === "string" && !check.test(value))
        return { fault: `--${name}: found ${value}, which is not a number (${description})` }
    }
    return { values }
  } catch (error) {
    return { fault: messageOf(error) }
  }
}

/** Ends this process with 2 because its command line is wrong. */
export const refuse = (fault: string): never => {
  console.error(fault)
  return process.exit(2)
}

/** Why an option that chooses from a list by texts is wrong: it chooses nothing of it. */
export const choiceFault = (
  option: string,
  chosen: ReadonlyArray<string>,
  all: ReadonlyArray<string>,
): string | undefined =>
  chosen.length === 0 && all.length > 0 ? [`${option} chooses none of:`, ...all].join("\n  ") : undefined

/** The options of this process. Exits with 0 after `--help` and with 2 if an option is wrong. */
export const parseOptions = <O extends Options>(about: string, options: O): Values<O> => {
  const read = readOptions(about, options, process.argv.slice(2))
  if ("values" in read) return read.values
  if ("help" in read) {
    console.log(read.help)
    return process.exit(0)
  }
  return refuse(`${read.fault}\n\n${helpOf(about, options)}`)
}
