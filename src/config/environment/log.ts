/**
 * Format and level of the log: our own variables, else Lambda's logging controls, else the defaults.
 *
 * `Boot` reads them before the settings are decoded, so an unknown value counts as unset here. `Settings` reports it if the
 * variable is ours. Pure.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html
 */
import { DEFAULT_LOG_FORMAT, DEFAULT_LOG_LEVEL } from "../../domain/defaults.ts"

export const LOG_LEVELS = ["debug", "info", "warn", "error", "none"] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const LOG_FORMATS = ["text", "json"] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

interface LogSettings {
  readonly format: LogFormat
  /** The least severe level that is logged. */
  readonly level: LogLevel
}

/** Our levels by Lambda's. */
const LAMBDA_LEVELS: ReadonlyMap<string, LogLevel> = new Map([
  ["trace", "debug"],
  ["debug", "debug"],
  ["info", "info"],
  ["warn", "warn"],
  ["error", "error"],
  ["fatal", "error"],
])

const among = <Word extends string>(words: ReadonlyArray<Word>, text: string | undefined): Word | undefined =>
  words.find((word) => word === text?.toLowerCase())

/** Lambda has levels only if the function's log format is JSON. */
const ofLambda = (environment: Readonly<Record<string, string | undefined>>): Partial<LogSettings> => {
  const format = among(LOG_FORMATS, environment["AWS_LAMBDA_LOG_FORMAT"])
  if (format !== "json") return {}
  const level = LAMBDA_LEVELS.get(environment["AWS_LAMBDA_LOG_LEVEL"]?.toLowerCase() ?? "")
  return level === undefined ? { format } : { format, level }
}

/** Format and level of the log. */
export const readLogSettings = (environment: Readonly<Record<string, string | undefined>>): LogSettings => {
  const lambda = ofLambda(environment)
  return {
    format:
      among(LOG_FORMATS, environment["CACHE_EXTENSION_LOG_FORMAT"]) ?? lambda.format ?? DEFAULT_LOG_FORMAT,
    level: among(LOG_LEVELS, environment["CACHE_EXTENSION_LOG_LEVEL"]) ?? lambda.level ?? DEFAULT_LOG_LEVEL,
  }
}
