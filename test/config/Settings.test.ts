/**
 * What the environment may say, what holds where it says nothing, and how its faults are reported.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result } from "effect"
import { inspect } from "node:util"
import { parsePort, portToOpen } from "../../src/config/fields/port.ts"
import { decodeSettings, Settings, type SettingsShape } from "../../src/config/Settings.ts"
import type { Environment } from "../../src/config/environment/variables.ts"

const settingsOf = (env: Environment) => Result.getOrThrow(decodeSettings(env))

const messageOf = (env: Environment): string =>
  Result.match(decodeSettings(env), { onSuccess: () => "accepted", onFailure: ({ message }) => message })

const DEFAULTS: SettingsShape = {
  ttl: undefined,
  common: undefined,
  preload: false,
  port: 4000,
  isPortGiven: false,
  configPath: "/var/task/config.yaml",
  folder: undefined,
  logLevel: "info",
  logFormat: "text",
  shortcut: true,
  otlpEndpoint: undefined,
  emfEvery: undefined,
  region: undefined,
  aws: {
    credentials: undefined,
    endpoints: {
      SSM: undefined,
      SECRETS_MANAGER: undefined,
      DYNAMODB: undefined,
      APPCONFIGDATA: undefined,
      S3: undefined,
      RDS_DATA: undefined,
      STS: undefined,
      KMS: undefined,
    },
    useFips: false,
    useDualstack: false,
  },
  proxyFor: undefined,
  runtimeApi: undefined,
  initializationType: undefined,
  memory: undefined,
  functionName: undefined,
  tokens: { fixed: [], file: undefined },
  workloadTokens: { fixed: [], file: undefined },
  isAgent: false,
  address: undefined,
  parametersAndSecrets: {
    port: 2773,
    isCaching: true,
    cacheSize: 1_000,
    logLevel: undefined,
    parameters: { ttl: undefined, readBudget: undefined },
    secrets: { ttl: undefined, readBudget: undefined },
  },
}

describe("the environment", () => {
  it("may say nothing: everything has a default", () => {
    assert.deepStrictEqual(settingsOf({}), DEFAULTS)
  })

  it("counts a variable that is set to nothing as unset", () => {
    const env = {
      CACHE_EXTENSION_TTL: "",
      CACHE_EXTENSION_INIT_STARTUP: "",
      CACHE_EXTENSION_PORT: "",
      CACHE_EXTENSION_CONFIG: "",
      CACHE_EXTENSION_LOG_LEVEL: "",
      CACHE_EXTENSION_LOG_FORMAT: "",
      AWS_REGION: "",
    }
    assert.deepStrictEqual(settingsOf(env), DEFAULTS)
  })

  it("may say everything", () => {
    const env = {
      CACHE_EXTENSION_TTL: "1.5h",
      CACHE_EXTENSION_DEFAULTS: `{"server":{"token":"required"}}`,
      CACHE_EXTENSION_INIT_STARTUP: "TRUE",
      CACHE_EXTENSION_PORT: "4321",
      CACHE_EXTENSION_CONFIG: "/opt/config.yaml",
      CACHE_EXTENSION_LOG_LEVEL: "WARN",
      CACHE_EXTENSION_LOG_FORMAT: "json",
      CACHE_EXTENSION_SHORTCUT: "F",
      CACHE_EXTENSION_OTLP_ENDPOINT: "http://localhost:4318/",
      CACHE_EXTENSION_EMF_EVERY: "7",
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_LAMBDA_INITIALIZATION_TYPE: "snap-start",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
      AWS_LAMBDA_FUNCTION_NAME: "shop",
      SECRETS_MANAGER_TTL: "30",
    }
    assert.deepStrictEqual(settingsOf(env), {
      ttl: 5_400_000,
      common: { server: { token: "required" } },
      preload: true,
      port: 4321,
      isPortGiven: true,
      configPath: "/opt/config.yaml",
      folder: undefined,
      logLevel: "warn",
      logFormat: "json",
      shortcut: false,
      otlpEndpoint: "http://localhost:4318",
      emfEvery: 7,
      region: "eu-west-1",
      aws: DEFAULTS.aws,
      proxyFor: undefined,
      runtimeApi: undefined,
      initializationType: "snap-start",
      memory: 512,
      functionName: "shop",
      tokens: { fixed: [], file: undefined },
      workloadTokens: { fixed: [], file: undefined },
      isAgent: false,
      address: undefined,
      parametersAndSecrets: {
        ...DEFAULTS.parametersAndSecrets,
        secrets: { ttl: 30_000, readBudget: undefined },
      },
    })
  })

  it("gives the function's credentials and shows none of them", () => {
    const keys = {
      AWS_ACCESS_KEY_ID: "key-id",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_SESSION_TOKEN: "session",
    }
    assert.notMatch(inspect(settingsOf(keys), { depth: null }), /AKIA1|hidden/)
    const container = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1/?hidden",
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "authorization",
    }
    assert.notMatch(inspect(settingsOf(container), { depth: null }), /\?hidden|authorization/)
  })

  it("takes the tokens that a request may show from all three variables, and shows none of them", () => {
    const { tokens } = settingsOf({
      AWS_SESSION_TOKEN: "session",
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "container",
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/run/token",
    })
    assert.deepStrictEqual(tokens.fixed.map(Redacted.value), ["session", "container"])
    assert.strictEqual(tokens.file, "/run/token")
    assert.notMatch(inspect(tokens), /session|container/)
  })

  it.each([
    ["AWS_TOKEN before all others", { AWS_TOKEN: "own", AWS_SESSION_TOKEN: "session" }, "own"],
    [
      "AWS_SESSION_TOKEN before the container's",
      { AWS_SESSION_TOKEN: "session", AWS_CONTAINER_AUTHORIZATION_TOKEN: "container" },
      "session",
    ],
    ["the container's, failing the others", { AWS_CONTAINER_AUTHORIZATION_TOKEN: "container" }, "container"],
    ["the next one where one is set to nothing", { AWS_TOKEN: "", AWS_SESSION_TOKEN: "session" }, "session"],
  ])("takes for the workload credentials provider's clients %s", (_, env, token) => {
    const { workloadTokens } = settingsOf(env)
    assert.deepStrictEqual(workloadTokens.fixed.map(Redacted.value), [token])
    assert.isUndefined(workloadTokens.file)
    assert.notInclude(inspect(workloadTokens), token)
  })

  it("reads that token from a file where its variable names one", () => {
    const { workloadTokens } = settingsOf({ AWS_TOKEN: "file:///run/token", AWS_SESSION_TOKEN: "session" })
    assert.deepStrictEqual(workloadTokens, { fixed: [], file: "/run/token" })
  })

  it("names the region by AWS_DEFAULT_REGION where AWS_REGION does not", () => {
    assert.strictEqual(settingsOf({ AWS_DEFAULT_REGION: "us-east-1" }).region, "us-east-1")
  })

  it.each([
    ["settings/cache.yaml", "/var/task/settings/cache.yaml"],
    ["../opt/cache.yaml", "/var/opt/cache.yaml"],
    ["/opt/cache.yaml", "/opt/cache.yaml"],
  ])("finds the file %s in the function's package: %s", (written, resolved) => {
    assert.strictEqual(settingsOf({ CACHE_EXTENSION_CONFIG: written }).configPath, resolved)
  })

  it.each([
    [
      { CACHE_EXTENSION_TTL: "30" },
      'environment: CACHE_EXTENSION_TTL: found "30"; allowed: a duration such as 30s, 3m, 1h30m or 300ms (missing unit in duration "30")',
    ],
    [
      { CACHE_EXTENSION_INIT_STARTUP: "yes" },
      'environment: CACHE_EXTENSION_INIT_STARTUP: found "yes"; allowed: 1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False',
    ],
    [
      { CACHE_EXTENSION_PORT: "http" },
      'environment: CACHE_EXTENSION_PORT: found "http"; allowed: a port number from 1 to 65535',
    ],
    [
      { CACHE_EXTENSION_LOG_LEVEL: "verbose" },
      'environment: CACHE_EXTENSION_LOG_LEVEL: found "verbose"; allowed: debug, info, warn, error, none',
    ],
    [
      { CACHE_EXTENSION_LOG_FORMAT: "xml" },
      'environment: CACHE_EXTENSION_LOG_FORMAT: found "xml"; allowed: text, json',
    ],
    [
      { CACHE_EXTENSION_EMF_EVERY: "0" },
      'environment: CACHE_EXTENSION_EMF_EVERY: found "0"; allowed: a whole number of invokes, 1 or more',
    ],
    [
      { CACHE_EXTENSION_OTLP_ENDPOINT: "ftp://host" },
      'environment: CACHE_EXTENSION_OTLP_ENDPOINT: found "ftp://host"; allowed: a URL such as http://127.0.0.1:4318, without query, fragment or credentials',
    ],
  ])("is refused with the variable, what was found and what is allowed: %j", (env, message) => {
    assert.strictEqual(messageOf(env), message)
  })

  it("is refused for all its faults at once", () => {
    const lines = messageOf({
      CACHE_EXTENSION_TTL: "soon",
      CACHE_EXTENSION_INIT_STARTUP: "maybe",
      CACHE_EXTENSION_PORT: "70000",
      CACHE_EXTENSION_LOG_LEVEL: "loud",
      CACHE_EXTENSION_LOG_FORMAT: "yaml",
    }).split("\n")
    assert.deepStrictEqual(
      lines.map((line) => line.split(":")[1]?.trim()),
      [
        "CACHE_EXTENSION_PORT",
        "CACHE_EXTENSION_TTL",
        "CACHE_EXTENSION_INIT_STARTUP",
        "CACHE_EXTENSION_LOG_LEVEL",
        "CACHE_EXTENSION_LOG_FORMAT",
      ],
    )
  })

  it("repeats no more than a glimpse of a long value", () => {
    assert.isBelow(
      messageOf({ CACHE_EXTENSION_TTL: "9".repeat(100_000) }).split("allowed")[0]?.length ?? 0,
      200,
    )
    assert.isBelow(messageOf({ CACHE_EXTENSION_TTL: "9".repeat(100_000) }).length, 500)
  })

  it.effect("is a service whose layer fails with the faults", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.provide(Settings, Settings.layer({ CACHE_EXTENSION_PORT: "-1" })),
      )
      assert.strictEqual(error._tag, "ConfigInvalid")
      assert.strictEqual(error.faults[0]?.key, "CACHE_EXTENSION_PORT")
    }),
  )
})

describe("the port", () => {
  it.each([
    ["0", 0],
    ["1", 1],
    ["4000", 4000],
    ["65535", 65_535],
  ])("may be %s", (text, port) => {
    assert.strictEqual(parsePort(text), port)
  })

  it.each(["", "65536", "-1", "+1", "4000.0", "4e3", "0x10", " 80", "80 ", "http", "٤"])(
    "may not be %j",
    (text) => {
      assert.isUndefined(parsePort(text))
    },
  )

  it("is open before anything can be reported: a malformed one falls back to the default", () => {
    assert.strictEqual(portToOpen({ CACHE_EXTENSION_PORT: "nonsense" }), 4000)
    assert.strictEqual(portToOpen({ CACHE_EXTENSION_PORT: "4321" }), 4321)
    assert.strictEqual(portToOpen({}), 4000)
  })
})
