/**
 * What the program prints beside the output of its commands: help, errors of the command line, defects. And its exit code.
 *
 * Reports go to stdout; errors and progress go to stderr, so that a report can be piped. Colours depend on Effect's
 * `TerminalCapabilities`: a terminal has them unless `NO_COLOR` is set.
 */
import * as Cause from "effect/Cause"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import process from "node:process"
import { CommandFailed } from "./failures.ts"

/** Effect's words for what a flag allows, and those that a user of this program understands. */
const ALLOWED: ReadonlyArray<readonly [RegExp, string]> = [
  [/^Schema validation failed: /, ""],
  [/^found [^;]*; allowed: /, ""],
  [/^Path does not exist: .*/s, "a file that exists"],
  [/^Invalid key=value format\..*/s, "key=value"],
  [/^(?:Expected )?a string representing a finite number/, "a number"],
]

const inPlainWords = (error: CliError.CliError): CliError.CliError => {
  if (error._tag !== "InvalidValue") return error
  const { expected, kind, option, value } = error
  const plain = ALLOWED.reduce((text, [words, better]) => text.replace(words, better), expected)
  return plain === expected ? error : new CliError.InvalidValue({ option, value, expected: plain, kind })
}

/** For a wrong command line, Effect's presenter prints the whole help on stdout. This one prints what is wrong, on stderr. */
export const presenter: CliOutput.Presenter = {
  present: Effect.fnUntraced(function* (event) {
    if (event._tag !== "InvalidInvocation") return yield* CliOutput.defaultPresenter.present(event)
    const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
    yield* Console.error(
      CliOutput.defaultFormatter({ colors: canColor }).formatErrors(event.errors.map(inPlainWords)),
    )
    yield* Console.error(`\nUsage: ${event.helpDoc.usage}\nSee: ${event.commandPath.join(" ")} --help`)
  }),
}

/** A defect is a bug of this program: it is printed with its stack, and where to report it. */
export const reportDefects = <A, E, R>(command: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.tapCause(command, (cause) =>
    Cause.hasDies(cause)
      ? Console.error(`This is a bug; please report it with the lines below:\n${Cause.pretty(cause)}`)
      : Effect.void,
  )

const WRONG_USAGE = 2
const INTERRUPTED = 130

let interrupted = INTERRUPTED

/** Makes Ctrl-C the normal end of this command, with 0: it runs until then. */
export const endsByCtrlC: Effect.Effect<void> = Effect.sync(() => {
  interrupted = 0
})

/** 0, 1 for a failure or a fault found, 2 for a wrong command line, 130 after Ctrl-C, unless that is how the command ends. */
export const exitCodeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return interrupted
  const failure = exit.cause.reasons.find(Cause.isFailReason)
  if (failure === undefined) return 1
  const { error } = failure
  const isWrongUsage =
    Predicate.isTagged(error, "ShowHelp") || (error instanceof CommandFailed && error.isWrongUsage === true)
  return isWrongUsage ? WRONG_USAGE : 1
}

/** Lets `lambda-cache-extension schema | head -1` end quietly when the reader has gone. */
export const endWithReader = (): void => {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0)
    throw error
  })
}
