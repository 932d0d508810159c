/**
 * The environment variables, decoded once: those of the extension, and those of Lambda and AWS that it uses. Nothing else
 * reads the environment, except for what runs before `register` (`test/docs/imports.test.ts` lists it).
 *
 * `Plan.layerFrom` creates the service together with the plan. An empty variable counts as unset.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import * as Result from "effect/Result"
import { CommonFrame } from "./configFields.ts"
import { type AwsSettings, type CredentialSource, readAws, readRegion } from "./environment/aws.ts"
import type { ConfigInvalid } from "./yaml/ConfigInvalid.ts"
import * as defaults from "../domain/defaults.ts"
import { readMemorySize } from "./limits.ts"
import { CONFIG_VARIABLE, configPath, YAML_VARIABLE } from "./readConfigFile.ts"
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel, readLogSettings } from "./environment/log.ts"
import { type ParametersAndSecrets, readParametersAndSecrets } from "./environment/parametersAndSecrets.ts"
import { decodeAt } from "./fields/decode.ts"
import { isMapping, type YamlDocument, type YamlValue } from "./yaml/YamlDocument.ts"
import { PORT_VARIABLE } from "./fields/port.ts"
import { type ProxyFor, readProxy } from "./environment/proxy.ts"
import { readTokens, readWorkloadTokens, type Tokens } from "./environment/tokens.ts"
import {
  boolean,
  duration,
  type Environment,
  oneOf,
  type Parse,
  port,
  readVariables,
  url,
  wholeNumber,
  type Variables,
} from "./environment/variables.ts"

export interface SettingsShape {
  /** CACHE_EXTENSION_TTL in milliseconds, which overrides every ttl of the file; undefined if unset. */
  readonly ttl: number | undefined
  /** CACHE_EXTENSION_DEFAULTS: keys of config.yaml that hold unless the file has them; undefined if unset. */
  readonly common: CommonFrame | undefined
  /** CACHE_EXTENSION_INIT_STARTUP: whether everything listed is loaded at start-up. */
  readonly preload: boolean
  /** CACHE_EXTENSION_PORT, or the default. 0 lets the system choose. */
  readonly port: number
  /** Whether CACHE_EXTENSION_PORT is set; then `server.port` of the file is ignored. */
  readonly isPortGiven: boolean
  /** CACHE_EXTENSION_CONFIG as an absolute path; or CACHE_EXTENSION_CONFIG_YAML, if that variable holds the file. */
  readonly configPath: string
  /** The folder from which `include` is meant, if not that of the file. Empty: the working directory. */
  readonly folder: string | undefined
  /** CACHE_EXTENSION_LOG_LEVEL, else the level of Lambda's logging controls. */
  readonly logLevel: LogLevel
  /** CACHE_EXTENSION_LOG_FORMAT, else that of Lambda's logging controls. */
  readonly logFormat: LogFormat
  /** CACHE_EXTENSION_SHORTCUT: whether fresh values are served without the router. Off is for diagnosis. */
  readonly shortcut: boolean
  /** CACHE_EXTENSION_OTLP_ENDPOINT: where spans are sent; undefined: the file decides. */
  readonly otlpEndpoint: string | undefined
  /** CACHE_EXTENSION_EMF_EVERY: metrics for CloudWatch after so many invokes; undefined: the file decides. */
  readonly emfEvery: number | undefined
  /** AWS_REGION, else AWS_DEFAULT_REGION: the region of sources without `region`. */
  readonly region: string | undefined
  /** Endpoints and credentials. */
  readonly aws: AwsSettings
  /** The proxy for calls to AWS, by HTTPS_PROXY and NO_PROXY; undefined: none is set. */
  readonly proxyFor: ProxyFor | undefined
  /** AWS_LAMBDA_RUNTIME_API: where the Extensions API is, which no URL of config.yaml may lead to. */
  readonly runtimeApi: string | undefined
  /** AWS_LAMBDA_INITIALIZATION_TYPE: `on-demand`, `snap-start`, `lambda-managed-instances`, ... */
  readonly initializationType: string | undefined
  /** AWS_LAMBDA_FUNCTION_MEMORY_SIZE, in MiB; outside of Lambda the limit of the container. */
  readonly memory: number | undefined
  /** AWS_LAMBDA_FUNCTION_NAME. */
  readonly functionName: string | undefined
  /** Under `server.token: required`, a request must carry one of these. */
  readonly tokens: Tokens
  /** Requests from clients of the workload credentials provider must carry one of these. */
  readonly workloadTokens: Tokens
  /** The variables of the AWS Parameters and Secrets extension, for its routes. */
  readonly parametersAndSecrets: ParametersAndSecrets
  /** Whether this runs outside of Lambda, as an agent. */
  readonly isAgent: boolean
  /** CACHE_EXTENSION_ADDRESS: the only address to listen on; undefined: both of the loopback interface. */
  readonly address: string | undefined
}

/** What holds outside of Lambda, in place of Lambda's variables; `outside.ts` reads it. */
export interface Outside {
  readonly settings: Pick<
    SettingsShape,
    "region" | "memory" | "tokens" | "workloadTokens" | "initializationType" | "functionName" | "address"
  > & { readonly credentials: CredentialSource }
  /** The faults of the variables that only matter there. */
  readonly invalid: ConfigInvalid | undefined
}

/** The settings of an environment and its faults. A variable with a fault counts as unset. */
interface SettingsReading {
  readonly settings: SettingsShape
  /** All faults; undefined if there are none. */
  readonly invalid: ConfigInvalid | undefined
  /** The faults of the other extension's variables, which matter only if its routes are on. */
  readonly invalidCompatibility: ConfigInvalid | undefined
}

const COMMON_VARIABLE = "CACHE_EXTENSION_DEFAULTS"
const COMMON_ALLOWED = 'a JSON object with keys of config.yaml such as {"server":{"token":"required"}}'

/** A value of JSON as config.yaml has it: every scalar is text. */
const asWritten = (value: unknown): YamlValue => {
  if (value === null || typeof value === "string") return value
  if (Array.isArray(value)) return value.map(asWritten)
  return isMapping(value) ? Record.map(value, asWritten) : String(value)
}

const parseJson: Parse<unknown> = (text) =>
  Result.try({ try: () => JSON.parse(text) as unknown, catch: () => COMMON_ALLOWED })

/** The keys that a fleet has in common. Its faults name the key within the variable. */
const readCommon = ({ fault, read }: Variables): CommonFrame | undefined => {
  const json = read(COMMON_VARIABLE, parseJson)
  if (json === undefined) return undefined
  const value = asWritten(json)
  const place = { line: 1, column: 1 }
  const document: YamlDocument = {
    value,
    locate: () => ({ key: place, value: place }),
    isNothing: (_path, found) => found === null,
  }
  const decoded = decodeAt(CommonFrame, document, [], value)
  if (Result.isSuccess(decoded)) return decoded.success
  for (const { allowed, found, key } of decoded.failure) {
    if (isMapping(value)) fault(`${COMMON_VARIABLE}: ${key}`, found, allowed)
    else fault(COMMON_VARIABLE, found, COMMON_ALLOWED)
  }
  return undefined
}

export const ADDRESS_VARIABLE = "CACHE_EXTENSION_ADDRESS"

/** The settings as they are outside of Lambda. */
const movedOutside = ({ invalid, settings, ...rest }: SettingsReading, outside: Outside): SettingsReading => {
  const { credentials, ...own } = outside.settings
  return {
    ...rest,
    settings: { ...settings, ...own, aws: { ...settings.aws, credentials }, isAgent: true },
    invalid: outside.invalid === undefined ? invalid : (invalid?.and(outside.invalid) ?? outside.invalid),
  }
}

/** Reads all valid variables, and collects the faults of the others. */
export const readSettings = (env: Environment, outside?: Outside): SettingsReading => {
  const variables = readVariables(env)
  const { fault, invalid, read, get } = variables
  const compatibility = readParametersAndSecrets(env)

  const proxyFor = readProxy(variables)
  const log = readLogSettings(env)
  const portGiven = read(PORT_VARIABLE, port)
  if (outside === undefined && get(ADDRESS_VARIABLE) !== undefined)
    fault(ADDRESS_VARIABLE, "an address", "nothing in Lambda, where only this machine may reach the port")
  const hasYaml = get(YAML_VARIABLE) !== undefined
  if (hasYaml && get(CONFIG_VARIABLE) !== undefined)
    fault(YAML_VARIABLE, `it, and ${CONFIG_VARIABLE}`, "one of both: the whole file, or its path")
  const settings: SettingsShape = {
    ttl: read("CACHE_EXTENSION_TTL", duration),
    common: readCommon(variables),
    preload: read("CACHE_EXTENSION_INIT_STARTUP", boolean) ?? defaults.DEFAULT_PRELOAD,
    port: portGiven ?? defaults.DEFAULT_PORT,
    isPortGiven: portGiven !== undefined,
    configPath: hasYaml ? YAML_VARIABLE : configPath(env),
    folder: hasYaml ? (outside === undefined ? defaults.TASK_ROOT : "") : undefined,
    logLevel: read("CACHE_EXTENSION_LOG_LEVEL", oneOf(LOG_LEVELS)) ?? log.level,
    logFormat: read("CACHE_EXTENSION_LOG_FORMAT", oneOf(LOG_FORMATS)) ?? log.format,
    shortcut: read("CACHE_EXTENSION_SHORTCUT", boolean) ?? defaults.DEFAULT_SHORTCUT,
    otlpEndpoint: read("CACHE_EXTENSION_OTLP_ENDPOINT", url),
    emfEvery: read("CACHE_EXTENSION_EMF_EVERY", wholeNumber("invokes", 1)),
    region: readRegion(variables),
    aws: readAws(variables),
    proxyFor,
    runtimeApi: get("AWS_LAMBDA_RUNTIME_API"),
    initializationType: get("AWS_LAMBDA_INITIALIZATION_TYPE"),
    memory: readMemorySize(get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")),
    functionName: get("AWS_LAMBDA_FUNCTION_NAME"),
    tokens: readTokens(get),
    workloadTokens: readWorkloadTokens(get),
    parametersAndSecrets: compatibility.variables,
    isAgent: false,
    address: undefined,
  }
  const reading = { settings, invalid: invalid(), invalidCompatibility: compatibility.invalid }
  return outside === undefined ? reading : movedOutside(reading, outside)
}

/** Decodes the environment. Fails with all faults at once. */
export const decodeSettings = (env: Environment): Result.Result<SettingsShape, ConfigInvalid> => {
  const { settings, invalid } = readSettings(env)
  return invalid === undefined ? Result.succeed(settings) : Result.fail(invalid)
}

export class Settings extends Context.Service<Settings, SettingsShape>()("cache-extension/config/Settings") {
  /** The settings of an environment. Fails with all faults at once. */
  static readonly layer = (env: Environment): Layer.Layer<Settings, ConfigInvalid> =>
    Layer.effect(
      Settings,
      Effect.suspend(() => Effect.fromResult(decodeSettings(env))),
    )
}
