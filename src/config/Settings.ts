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
import { type AwsSettings, readAws, readRegion } from "./environment/aws.ts"
import type { ConfigInvalid } from "./yaml/ConfigInvalid.ts"
import * as defaults from "../domain/defaults.ts"
import { readMemorySize } from "./limits.ts"
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel, logSettingsOf } from "./environment/log.ts"
import { type ParametersAndSecrets, readParametersAndSecrets } from "./environment/parametersAndSecrets.ts"
import { PORT_VARIABLE } from "./fields/port.ts"
import { type ProxyFor, readProxy } from "./environment/proxy.ts"
import { readTokens, readWorkloadTokens, type Tokens } from "./environment/tokens.ts"
import {
  boolean,
  duration,
  type Environment,
  oneOf,
  port,
  readVariables,
  url,
} from "./environment/variables.ts"

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
  /** CACHE_EXTENSION_LOG_LEVEL, else what Lambda's logging controls say. */
  readonly logLevel: LogLevel
  /** CACHE_EXTENSION_LOG_FORMAT, else that of Lambda's logging controls. */
  readonly logFormat: LogFormat
  /** CACHE_EXTENSION_SHORTCUT: whether fresh values are served without the router. Off is for diagnosis. */
  readonly shortcut: boolean
  /** CACHE_EXTENSION_OTLP_ENDPOINT: where spans are sent; undefined: the file decides. */
  readonly otlpEndpoint: string | undefined
  /** AWS_REGION, else AWS_DEFAULT_REGION: where a source without `region` is read. */
  readonly region: string | undefined
  /** Endpoints and credentials. */
  readonly aws: AwsSettings
  /** The proxy for calls to AWS, by HTTPS_PROXY and NO_PROXY; undefined: none is set. */
  readonly proxyFor: ProxyFor | undefined
  /** AWS_LAMBDA_INITIALIZATION_TYPE: `on-demand`, `snap-start`, `lambda-managed-instances`, ... */
  readonly initializationType: string | undefined
  /** AWS_LAMBDA_FUNCTION_MEMORY_SIZE in MiB, where it says so. */
  readonly memory: number | undefined
  /** AWS_LAMBDA_FUNCTION_NAME. */
  readonly functionName: string | undefined
  /** What a request must show one of, where a token is asked for. */
  readonly tokens: Tokens
  /** What a request of a client of the workload credentials provider must show. */
  readonly workloadTokens: Tokens
  /** What the variables of the AWS Parameters and Secrets extension say, where its routes are asked for. */
  readonly parametersAndSecrets: ParametersAndSecrets
}

/** What can be made of an environment: a variable with a fault counts as unset. */
export interface SettingsReading {
  readonly settings: SettingsShape
  /** The faults of all variables, if there are any. */
  readonly invalid: ConfigInvalid | undefined
  /** The faults of the other extension's variables, which matter only where its routes are asked for. */
  readonly invalidCompatibility: ConfigInvalid | undefined
}

/** Reads the environment as far as it can be read. */
export const readSettings = (env: Environment): SettingsReading => {
  const variables = readVariables(env)
  const { invalid, read, textOf } = variables
  const compatibility = readParametersAndSecrets(env)

  const proxyFor = readProxy(variables)
  const log = logSettingsOf(env)
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
    logLevel: read("CACHE_EXTENSION_LOG_LEVEL", oneOf(LOG_LEVELS)) ?? log.level,
    logFormat: read("CACHE_EXTENSION_LOG_FORMAT", oneOf(LOG_FORMATS)) ?? log.format,
    shortcut: read("CACHE_EXTENSION_SHORTCUT", boolean) ?? defaults.DEFAULT_SHORTCUT,
    otlpEndpoint: read("CACHE_EXTENSION_OTLP_ENDPOINT", url),
    region: readRegion(variables),
    aws: readAws(variables),
    proxyFor,
    initializationType: textOf("AWS_LAMBDA_INITIALIZATION_TYPE"),
    memory: readMemorySize(textOf("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")),
    functionName: textOf("AWS_LAMBDA_FUNCTION_NAME"),
    tokens: readTokens(textOf),
    workloadTokens: readWorkloadTokens(textOf),
    parametersAndSecrets: compatibility.variables,
  }
  return { settings, invalid: invalid(), invalidCompatibility: compatibility.invalid }
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
