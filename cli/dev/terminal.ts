/**
 * The output of a session: one coloured margin per process, and lines of the session itself. Colours only on a
 * terminal, and unless NO_COLOR is set (https://no-color.org).
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import process from "node:process"
import type { LogLine } from "../../local/lambda/events.ts"
import { FaultsFound } from "../failures.ts"

const COLOURS = { extension: 36, function: 33, platform: 90, say: 1, dev: 32, failure: 31 } as const
const MARGIN = "extension".length

const paint = (colour: number, text: string): string =>
  process.stdout.isTTY && !process.env["NO_COLOR"] ? `\u001B[${colour}m${text}\u001B[0m` : text

/** A log line with its margin. */
export const logLine = ({ line, source }: LogLine): string =>
  `${paint(COLOURS[source], `${source.padEnd(MARGIN)} |`)} ${line}`

/** Prints a line of the session itself. */
export const say = (text: string): Effect.Effect<void> => Console.log(paint(COLOURS.say, text))

/** Prints a text whose first line is one of the session itself. */
export const sayAll = (text: string): Effect.Effect<void> => {
  const [first = "", ...rest] = text.split("\n")
  return Effect.andThen(say(first), rest.length === 0 ? Effect.void : Console.log(rest.join("\n")))
}

/** Prints a line about an invocation, or a summary. */
export const tell = (topic: string, text: string): Effect.Effect<void> =>
  Console.log(`${paint(COLOURS.dev, `${topic.padEnd(MARGIN)} |`)} ${text}`)

/** Prints what went wrong, on stderr. */
export const complain = (text: string): Effect.Effect<void> => Console.error(paint(COLOURS.failure, text))

/** Prints what went wrong, and ends the command with it. */
export const refuse = ({ message }: { readonly message: string }): Effect.Effect<never, FaultsFound> =>
  Effect.andThen(complain(message), Effect.fail(new FaultsFound()))
