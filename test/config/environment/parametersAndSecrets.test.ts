/**
 * The variables of the AWS Parameters and Secrets extension: what they mean here, what holds where they say nothing,
 * and that they have a say only where its routes are asked for.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  compatiblePolicy,
  readParametersAndSecrets,
  withCacheSize,
} from "../../../src/config/environment/parametersAndSecrets.ts"
import { LIMITS, POLICY } from "../../support/entries.ts"

const MINUTES_5 = 300_000

/** Numbers of entries on both sides of the bound of config.yaml. */
const COUNT = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 * LIMITS.maxEntries }))

const variablesOf = (env: Readonly<Record<string, string>>) => readParametersAndSecrets(env).variables

describe("the variables of the AWS Parameters and Secrets extension", () => {
  it.each([
    ["SSM_PARAMETER_STORE_TTL", "parameters"],
    ["SECRETS_MANAGER_TTL", "secrets"],
  ] as const)("%s is how many seconds an unlisted value is fresh", (variable, kind) => {
    const policyOf = (env: Readonly<Record<string, string>>, ttl?: number) =>
      compatiblePolicy(variablesOf(env), kind, POLICY, ttl)
    assert.deepStrictEqual(policyOf({}), { ...POLICY, ttl: MINUTES_5 })
    assert.deepStrictEqual(policyOf({ [variable]: "30" }), { ...POLICY, ttl: 30_000 })
    assert.deepStrictEqual(policyOf({ [variable]: "86400" }).ttl, 86_400_000, "no cap of five minutes")
    assert.deepStrictEqual(policyOf({}, 1_000).ttl, 1_000, "CACHE_EXTENSION_TTL where it is not set")
    assert.deepStrictEqual(policyOf({ [variable]: "30" }, 1_000).ttl, 30_000, "and not where it is")
  })

  it.each([
    { PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED: "false" },
    { PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE: "0" },
  ])("%o switches memory off for what is not listed", (env) => {
    const policy = compatiblePolicy(variablesOf(env), "secrets", POLICY, undefined)
    assert.deepStrictEqual(policy, {
      ttl: 0,
      staleWhileRevalidate: 0,
      staleIfError: 0,
      staleIfDenied: 0,
      negativeTtl: 0,
    })
  })

  it.each(["SSM_PARAMETER_STORE", "SECRETS_MANAGER"])(
    "%s_TIMEOUT_MILLIS is how long a read waits, and 0 leaves that to config.yaml",
    (prefix) => {
      const kind = prefix === "SECRETS_MANAGER" ? "secrets" : "parameters"
      assert.strictEqual(variablesOf({ [`${prefix}_TIMEOUT_MILLIS`]: "1500" })[kind].readBudget, 1_500)
      assert.isUndefined(variablesOf({ [`${prefix}_TIMEOUT_MILLIS`]: "0" })[kind].readBudget)
    },
  )

  it("leave the log level to CACHE_EXTENSION_LOG_LEVEL where that is set", () => {
    const env = { PARAMETERS_SECRETS_EXTENSION_LOG_LEVEL: "DEBUG" }
    assert.strictEqual(variablesOf(env).logLevel, "debug")
    assert.isUndefined(variablesOf({ ...env, CACHE_EXTENSION_LOG_LEVEL: "warn" }).logLevel)
  })

  it.each([
    ["SSM_PARAMETER_STORE_TTL", "5m", "a whole number of seconds, 0 or more"],
    ["SECRETS_MANAGER_TTL", "-1", "a whole number of seconds, 0 or more"],
    ["SSM_PARAMETER_STORE_TIMEOUT_MILLIS", "1.5", "a whole number of milliseconds, 0 or more"],
    ["SECRETS_MANAGER_TIMEOUT_MILLIS", "soon", "a whole number of milliseconds, 0 or more"],
    ["PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "70000", "a port number from 1 to 65535"],
    ["PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE", "many", "a whole number of entries, 0 or more"],
    ["PARAMETERS_SECRETS_EXTENSION_MAX_CONNECTIONS", "0", "a whole number of connections, 1 or more"],
    ["PARAMETERS_SECRETS_EXTENSION_LOG_LEVEL", "loud", "debug, info, warn, error, none"],
  ])("%s=%s is refused with what is allowed", (variable, value, allowed) => {
    const { invalid } = readParametersAndSecrets({ [variable]: value })
    assert.strictEqual(invalid?.message, `environment: ${variable}: found "${value}"; allowed: ${allowed}`)
  })

  it.effect.prop(
    "never let unlisted entries take the room of listed ones, nor more than config.yaml allows",
    { listed: COUNT, cacheSize: COUNT },
    ({ cacheSize, listed }) =>
      Effect.sync(() => {
        const { maxEntries } = withCacheSize(LIMITS, listed, cacheSize)
        assert.isAtMost(maxEntries, LIMITS.maxEntries)
        assert.isAtMost(maxEntries - listed, cacheSize)
        assert.isTrue(maxEntries === LIMITS.maxEntries || maxEntries === listed + cacheSize)
      }),
  )
})
