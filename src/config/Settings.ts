/**
 * What the environment says, decoded once: the variables of the extension and the few of Lambda's that it needs.
 * Nothing else reads environment variables.
 *
 * `App` makes the layer from the process's environment; config, sources, lambda and observability read the
 * service. A variable that is set to nothing counts as unset.
 */
import * as path from "node:path/posix"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { ConfigInvalid, cut, type Fault, quoteText } from "./ConfigInvalid.ts"
import * as defaults from "./defaults.ts"
import * as GoBoolean from "./GoBoolean.ts"
import * as GoDuration from "./GoDuration.ts"
import { parsePort, PORT_ALLOWED, PORT_VARIABLE } from "./Port.ts"
import { readTokens, type Tokens } from "./Tokens.ts"

/** The environment as the process has it. */
export type Environment = Readonly<Record<string, string | undefined>>

export const LOG_LEVELS = ["debug", "info", "warn", "error", "none"] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const LOG_FORMATS = ["text", "json"] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

export interface SettingsShape {
  /** CACHE_EXTENSION_TTL in milliseconds, which wins over every ttl of the file; undefined where unset. */
  readonly ttl: number | undefined
  /** CACHE_EXTENSION_INIT_STARTUP: whether everything listed is loaded at start-up. */
  readonly preload: boolean
  /** CACHE_EXTENSION_PORT, or the default. 0 lets the system choose. */
  readonly port: number
  /** Whether the environment names the port; if so, the file's `server.port` has no say. */
  readonly isPortGiven: boolean
  /** CACHE_EXTENSION_CONFIG as an absolute path. */
  readonly configPath: string
  /** CACHE_EXTENSION_LOG_LEVEL. */
  readonly logLevel: LogLevel
  /** CACHE_EXTENSION_LOG_FORMAT. */
  readonly logFormat: LogFormat
  /** CACHE_EXTENSION_SHORTCUT: whether fresh values are served without the router. Off is for diagnosis. */
  readonly shortcut: boolean
  /** AWS_REGION, else AWS_DEFAULT_REGION: where a source without `region` is read. */
  readonly region: string | undefined
  /** AWS_LAMBDA_INITIALIZATION_TYPE: `on-demand`, `snap-start`, `lambda-managed-instances`, ... */
  readonly initializationType: string | undefined
  /** AWS_LAMBDA_FUNCTION_NAME. */
  readonly functionName: string | undefined
  /** What a request must show one of, where `server.token` is `required`. */
  readonly tokens: Tokens
}

/** How the faults of the environment name their place. */
const ENVIRONMENT = "environment"

/** The texts that a variable may hold, told apart from case. */
const oneOf =
  <const Words extends ReadonlyArray<string>>(words: Words) =>
  (text: string): Result.Result<Words[number], string> => {
    const word = words.find((candidate) => candidate === text.toLowerCase())
    return word === undefined ? Result.fail(words.join(", ")) : Result.succeed(word)
  }

const duration = (text: string): Result.Result<number, string> =>
  Result.mapError(GoDuration.parse(text), ({ message }) => `${GoDuration.DURATION_ALLOWED} (${cut(message)})`)

const boolean = (text: string): Result.Result<boolean, string> =>
  Result.mapError(GoBoolean.parse(text), () => GoBoolean.GO_BOOLEANS.join(", "))

const port = (text: string): Result.Result<number, string> => {
  const value = parsePort(text)
  return value === undefined ? Result.fail(PORT_ALLOWED) : Result.succeed(value)
}

/** What can be made of an environment: a variable with a fault counts as unset. */
export interface SettingsReading {
  readonly settings: SettingsShape
  /** The faults of all variables, if there are any. */
  readonly invalid: ConfigInvalid | undefined
}

/** Reads the environment as far as it can be read. */
export const readSettings = (env: Environment): SettingsReading => {
  const faults: Array<Fault> = []
  const textOf = (variable: string): string | undefined => env[variable] || undefined

  const read = <A>(variable: string, parse: (text: string) => Result.Result<A, string>): A | undefined => {
    const text = textOf(variable)
    if (text === undefined) return undefined
    const result = parse(text)
    if (Result.isSuccess(result)) return result.success
    faults.push({ key: variable, found: quoteText(text), allowed: result.failure })
    return undefined
  }

  const portGiven = read(PORT_VARIABLE, port)
  const settings: SettingsShape = {
    ttl: read("CACHE_EXTENSION_TTL", duration),
    preload: read("CACHE_EXTENSION_INIT_STARTUP", boolean) ?? defaults.DEFAULT_PRELOAD,
    port: portGiven ?? defaults.DEFAULT_PORT,
    isPortGiven: portGiven !== undefined,
    configPath: path.resolve(
      defaults.TASK_ROOT,
      textOf("CACHE_EXTENSION_CONFIG") ?? defaults.DEFAULT_CONFIG_PATH,
    ),
    logLevel: read("CACHE_EXTENSION_LOG_LEVEL", oneOf(LOG_LEVELS)) ?? defaults.DEFAULT_LOG_LEVEL,
    logFormat: read("CACHE_EXTENSION_LOG_FORMAT", oneOf(LOG_FORMATS)) ?? defaults.DEFAULT_LOG_FORMAT,
    shortcut: read("CACHE_EXTENSION_SHORTCUT", boolean) ?? defaults.DEFAULT_SHORTCUT,
    region: textOf("AWS_REGION") ?? textOf("AWS_DEFAULT_REGION"),
    initializationType: textOf("AWS_LAMBDA_INITIALIZATION_TYPE"),
    functionName: textOf("AWS_LAMBDA_FUNCTION_NAME"),
    tokens: readTokens(textOf),
  }
  const invalid = faults.length === 0 ? undefined : new ConfigInvalid({ file: ENVIRONMENT, faults })
  return { settings, invalid }
}

/** Decodes the environment. A failure carries the faults of all variables at once. */
export const decodeSettings = (env: Environment): Result.Result<SettingsShape, ConfigInvalid> => {
  const { settings, invalid } = readSettings(env)
  return invalid === undefined ? Result.succeed(settings) : Result.fail(invalid)
}

export class Settings extends Context.Service<Settings, SettingsShape>()("cache-extension/config/Settings") {
  /** The settings of an environment; fails with the faults of all its variables. */
  static readonly layer = (env: Environment): Layer.Layer<Settings, ConfigInvalid> =>
    Layer.effect(
      Settings,
      Effect.suspend(() => Effect.fromResult(decodeSettings(env))),
    )
}
