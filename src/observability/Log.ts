/**
 * The log: lines on standard output, which Lambda forwards to CloudWatch. `logLines` formats them.
 *
 * `Boot` creates it before the settings are decoded, with what `config/environment/log` finds in the environment.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"
import { CurrentInvoke } from "./CurrentInvoke.ts"
import { jsonLine, textLine } from "./logLines.ts"

const LEVELS: Readonly<Record<string, LogLevel.LogLevel>> = {
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  none: "None",
}

// Not process.stdout, whose first use costs 12 ms under Bun.
const print = (line: string): void => globalThis.console.log(line)

/** Writes a line unchanged, regardless of format and level: for machines such as CloudWatch. */
export const writeLine = (line: string): Effect.Effect<void> => Effect.sync(() => print(line))

type LineOf = (options: Logger.Options<unknown>) => string

const jsonLineOf =
  (name: string): LineOf =>
  (options) => {
    const requestId = options.fiber.getRef(CurrentInvoke).current?.requestId
    const fields = options.fiber.getRef(References.CurrentLogAnnotations)
    return jsonLine({ name, requestId, fields }, options)
  }

/** Runs an effect at a log level (`debug`, `info`, `warn`, `error`, `none`); without one, at the current level. */
export const withLevel =
  (level: string | undefined) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    level === undefined
      ? effect
      : Effect.provideService(effect, References.MinimumLogLevel, LEVELS[level] ?? "Info")

/** The logger for an extension called `name`. */
export const layer = (
  name: string,
  { format, level }: { readonly format: "json" | "text"; readonly level: string },
): Layer.Layer<never> => {
  const lineOf: LineOf = format === "json" ? jsonLineOf(name) : (options) => textLine(name, options)
  const logger = Logger.make<unknown, void>((options) => print(lineOf(options)))
  return Layer.merge(
    Logger.layer([logger]),
    Layer.succeed(References.MinimumLogLevel, LEVELS[level] ?? "Info"),
  )
}
