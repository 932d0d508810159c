/**
 * The log: lines to standard output, which Lambda forwards to CloudWatch.
 *
 * `text` lines carry the extension's name in brackets, as the original's did; `json` lines are one object
 * each. Needed before the settings are decoded, so it reads the two variables by itself; `config/Settings`
 * reports bad values. Errors are shown without their messages (`defects.ts`): who knows that a message is safe logs the text.
 */
import * as Cause from "effect/Cause"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"
import { describeCause, describeDefect } from "./defects.ts"

const LEVELS: Readonly<Record<string, LogLevel.LogLevel>> = {
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  none: "None",
}

const textOf = (part: unknown): string => {
  if (typeof part === "string") return part
  if (Cause.isCause(part)) return describeCause(part)
  return part instanceof Error ? describeDefect(part) : JSON.stringify(part)
}

const messageOf = ({ cause, message }: Logger.Options<unknown>): string => {
  const parts = Array.isArray(message) ? message : [message]
  return [...parts, ...(cause.reasons.length === 0 ? [] : [cause])].map(textOf).join(" ")
}

const textLine = (name: string) => (options: Logger.Options<unknown>) => {
  const level = options.logLevel === "Info" ? "" : `${options.logLevel.toUpperCase()} `
  return `[${name}] ${level}${messageOf(options)}`
}

const jsonLine = (name: string) => (options: Logger.Options<unknown>) =>
  JSON.stringify({
    timestamp: options.date.toISOString(),
    level: options.logLevel.toUpperCase(),
    extension: name,
    message: messageOf(options),
  })

/** The logger for an extension called `name`, its format and level from the environment. */
export const layer = (
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Layer.Layer<never> => {
  const line =
    environment["CACHE_EXTENSION_LOG_FORMAT"]?.toLowerCase() === "json" ? jsonLine(name) : textLine(name)
  const level = LEVELS[environment["CACHE_EXTENSION_LOG_LEVEL"]?.toLowerCase() ?? ""] ?? "Info"
  const logger = Logger.make<unknown, void>((options) => {
    // Not process.stdout, which costs 12 ms under Bun when it is first touched.
    globalThis.console.log(line(options))
  })
  return Layer.merge(Logger.layer([logger]), Layer.succeed(References.MinimumLogLevel, level))
}
