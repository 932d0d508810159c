/**
 * Formats log entries as lines. Pure; `Log.ts` writes them.
 *
 * `text` lines begin with the extension's name in brackets, as in the Go sample. `json` lines have the fields of Lambda's
 * own JSON log format, so that one query finds the function's lines and the extension's:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 * Errors are shown without their messages (`defects.ts`); code that knows a message to be safe logs it as text. Every entry
 * is one line (`printable.ts`).
 */
import * as Cause from "effect/Cause"
import type * as Logger from "effect/Logger"
import { describeCause, describeDefect, framesOf } from "./defects.ts"
import { printable, shortened } from "./printable.ts"

const textOf = (part: unknown): string => {
  if (typeof part === "string") return part
  if (Cause.isCause(part)) return describeCause(part)
  return part instanceof Error ? describeDefect(part) : JSON.stringify(part)
}

const partsOf = ({ message }: Logger.Options<unknown>): ReadonlyArray<unknown> =>
  Array.isArray(message) ? message : [message]

const isNotEmpty = (cause: Cause.Cause<unknown>): boolean => cause.reasons.length > 0

/** `[name] message`, with the level before the message unless it is info, and causes after it. */
export const textLine = (name: string, options: Logger.Options<unknown>): string => {
  const level = options.logLevel === "Info" ? "" : `${options.logLevel.toUpperCase()} `
  const parts = [...partsOf(options), ...(isNotEmpty(options.cause) ? [options.cause] : [])]
  return printable(`[${name}] ${level}${shortened(parts.map(textOf).join(" "))}`)
}

/** The first error among the parts of a message and its cause. */
const errorIn = (options: Logger.Options<unknown>): Error | undefined => {
  const causes = [...partsOf(options).filter(Cause.isCause), options.cause]
  return (
    partsOf(options).find((part) => part instanceof Error) ??
    causes.flatMap((cause) => Cause.prettyErrors(cause))[0]
  )
}

/** An error as Lambda's runtimes log it, without its message and properties, which may contain anything. */
const errorFields = (error: Error | undefined) =>
  error === undefined ? {} : { errorType: error.name, stackTrace: framesOf(error) }

/** The other fields of a JSON line. */
interface LineContext {
  readonly name: string
  /** The current invoke's, if there is one. */
  readonly requestId: string | undefined
  /** The annotations of the log entry. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** The log entry as one JSON object. */
export const jsonLine = (
  { fields, name, requestId }: LineContext,
  options: Logger.Options<unknown>,
): string => {
  const words = partsOf(options).filter((part) => !Cause.isCause(part))
  const line = JSON.stringify({
    timestamp: options.date.toISOString(),
    level: options.logLevel.toUpperCase(),
    ...(requestId === undefined ? {} : { requestId }),
    extension: name,
    message: shortened(words.map(textOf).join(" ")),
    ...fields,
    ...errorFields(errorIn(options)),
  })
  return printable(line)
}
