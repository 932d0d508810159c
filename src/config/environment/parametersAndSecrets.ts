/**
 * The variables of the AWS Parameters and Secrets extension. They apply if `compatibility.parameters_and_secrets` is on, so
 * that a function configured for that extension needs no other configuration for this one.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html
 *
 * `Settings` reads them. Pure.
 */
import type { Policy } from "../../domain/Entry.ts"
import type { ConfigInvalid } from "../yaml/ConfigInvalid.ts"
import * as defaults from "../../domain/defaults.ts"
import { LOG_LEVELS, type LogLevel } from "./log.ts"
import type { Limits } from "../limits.ts"
import { boolean, type Environment, oneOf, port, readVariables, wholeNumber } from "./variables.ts"

/** The kinds that the other extension serves. */
export type CompatibleKind = "parameters" | "secrets"

export const COMPATIBLE_PORT_VARIABLE = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"

/** The prefix of a kind's variables. */
const PREFIXES: Readonly<Record<CompatibleKind, string>> = {
  parameters: "SSM_PARAMETER_STORE",
  secrets: "SECRETS_MANAGER",
}

interface KindVariables {
  /** <PREFIX>_TTL in milliseconds; undefined if unset. */
  readonly ttl: number | undefined
  /** <PREFIX>_TIMEOUT_MILLIS: how long a read waits for AWS, in milliseconds; undefined if unset or 0. */
  readonly readBudget: number | undefined
}

export interface ParametersAndSecrets extends Readonly<Record<CompatibleKind, KindVariables>> {
  /** PARAMETERS_SECRETS_EXTENSION_HTTP_PORT, or the default. */
  readonly port: number
  /** Whether values that config.yaml does not list are cached: _CACHE_ENABLED, and a _CACHE_SIZE above 0. */
  readonly isCaching: boolean
  /** PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE: how many entries may be cached in addition to those that config.yaml lists. */
  readonly cacheSize: number
  /** PARAMETERS_SECRETS_EXTENSION_LOG_LEVEL; undefined if CACHE_EXTENSION_LOG_LEVEL is set. */
  readonly logLevel: LogLevel | undefined
}

interface ParametersAndSecretsReading {
  readonly variables: ParametersAndSecrets
  readonly invalid: ConfigInvalid | undefined
}

const MILLISECONDS = 1_000

/** Reads all valid variables, and collects the faults of the others. */
export const readParametersAndSecrets = (env: Environment): ParametersAndSecretsReading => {
  const { invalid, read, get } = readVariables(env)

  const kind = (prefix: string): KindVariables => {
    const seconds = read(`${prefix}_TTL`, wholeNumber("seconds", 0))
    return {
      ttl: seconds === undefined ? undefined : seconds * MILLISECONDS,
      readBudget: read(`${prefix}_TIMEOUT_MILLIS`, wholeNumber("milliseconds", 0)) || undefined,
    }
  }

  // Calls are limited in another way, but that extension rejects a bad value too.
  read("PARAMETERS_SECRETS_EXTENSION_MAX_CONNECTIONS", wholeNumber("connections", 1))
  const cacheSize =
    read("PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE", wholeNumber("entries", 0)) ??
    defaults.DEFAULT_COMPATIBLE_CACHE_SIZE
  const logLevel = read("PARAMETERS_SECRETS_EXTENSION_LOG_LEVEL", oneOf(LOG_LEVELS))
  const variables: ParametersAndSecrets = {
    port: read(COMPATIBLE_PORT_VARIABLE, port) ?? defaults.DEFAULT_COMPATIBLE_PORT,
    isCaching: (read("PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED", boolean) ?? true) && cacheSize > 0,
    cacheSize,
    logLevel: get("CACHE_EXTENSION_LOG_LEVEL") === undefined ? logLevel : undefined,
    parameters: kind(PREFIXES.parameters),
    secrets: kind(PREFIXES.secrets),
  }
  return { variables, invalid: invalid() }
}

/** Serves nothing from memory. */
const NO_CACHE: Policy = {
  ttl: 0,
  staleWhileRevalidate: 0,
  staleIfError: 0,
  staleIfDenied: 0,
  negativeTtl: 0,
}

/**
 * The policy of entries that config.yaml does not list, on the other extension's routes.
 *
 * @param base The policy of `cache` in config.yaml.
 * @param ttl CACHE_EXTENSION_TTL in milliseconds, for a kind without a variable of the other extension.
 */
export const compatiblePolicy = (
  variables: ParametersAndSecrets,
  kind: CompatibleKind,
  base: Policy,
  ttl: number | undefined,
): Policy =>
  variables.isCaching
    ? { ...base, ttl: variables[kind].ttl ?? ttl ?? defaults.DEFAULT_COMPATIBLE_TTL }
    : NO_CACHE

/** Limits the number of entries to the listed ones and `cacheSize` others. */
export const withCacheSize = (limits: Limits, listed: number, cacheSize: number): Limits => ({
  ...limits,
  maxEntries: Math.min(limits.maxEntries, listed + cacheSize),
})
