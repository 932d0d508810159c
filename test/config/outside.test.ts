/**
 * What an agent's variables say, and what is wrong with them: address, token, region, credentials.
 */
import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result } from "effect"
import { addressToOpen, readOutside } from "../../src/config/outside.ts"
import { parseConfig } from "../../src/config/ConfigFile.ts"
import { readSettings } from "../../src/config/Settings.ts"
import type { Environment } from "../../src/config/environment/variables.ts"
import { Effect } from "effect"

const NOTHING = { region: undefined, memory: undefined }
const outsideOf = (environment: Environment) => readOutside(environment, NOTHING)
const readingOf = (environment: Environment) => readSettings(environment, outsideOf(environment))
const faultsOf = (environment: Environment) => readingOf(environment).invalid?.message ?? ""
const credentialsOf = (environment: Environment) => readingOf(environment).settings.aws.credentials

const KEYS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" }
const LONG = "a-token-of-some-length"

describe("the address of an agent", () => {
  it.each([
    "0.0.0.0",
    "172.17.0.2",
    "127.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fd00::12",
    "::ffff:10.0.0.1",
  ])("may be %s", (address) => {
    const environment = { CACHE_EXTENSION_ADDRESS: address }
    assert.strictEqual(addressToOpen(environment), address)
    assert.strictEqual(readingOf(environment).settings.address, address)
    assert.strictEqual(faultsOf(environment), "")
  })

  it.each([
    "localhost",
    "eth0",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "10.0.0.1:4000",
    "[::1]",
    ":",
    "1.2.3.4.",
    "*",
  ])("may not be %s, and the fault says what is allowed", (address) => {
    const environment = { CACHE_EXTENSION_ADDRESS: address }
    assert.isUndefined(addressToOpen(environment))
    assert.include(
      faultsOf(environment),
      `CACHE_EXTENSION_ADDRESS: found "${address}"; allowed: an IP address of this machine`,
    )
  })

  it("is a fault in Lambda, where nothing but this machine may reach the port", () => {
    const { invalid } = readSettings({ CACHE_EXTENSION_ADDRESS: "0.0.0.0" })
    assert.include(
      invalid?.message ?? "",
      "CACHE_EXTENSION_ADDRESS: found an address; allowed: nothing in Lambda",
    )
  })
})

describe("the token of an agent", () => {
  it("is the variable's, else the file's, and never that of a function", () => {
    const lambda = { AWS_SESSION_TOKEN: "session", AWS_CONTAINER_AUTHORIZATION_TOKEN: "container" }
    const file = { CACHE_EXTENSION_TOKEN_FILE: "/run/token" }
    assert.deepStrictEqual(readingOf(lambda).settings.tokens, { fixed: [], file: undefined })
    assert.deepStrictEqual(readingOf({ ...lambda, ...file }).settings.tokens, {
      fixed: [],
      file: "/run/token",
    })
    const { fixed, file: none } = readingOf({ ...file, CACHE_EXTENSION_TOKEN: LONG }).settings.tokens
    assert.deepStrictEqual([fixed.map(Redacted.value), none], [[LONG], undefined])
  })

  it.each(["tiny", "with blanks in between them", ` ${LONG}`, `${LONG}\n`, "ünïcödé-ünïcödé-ünïcödé"])(
    "is refused without being quoted: %j",
    (token) => {
      const message = faultsOf({ CACHE_EXTENSION_TOKEN: token })
      assert.match(
        message,
        /CACHE_EXTENSION_TOKEN: found a value that is wrong: .*; allowed: at least 16 characters/,
      )
      assert.notInclude(message, token.trim())
    },
  )

  it("is also what clients of the workload credentials provider show, unless AWS_TOKEN is set", () => {
    const tokens = (environment: Environment) => readingOf(environment).settings.workloadTokens.fixed
    assert.deepStrictEqual(tokens({ CACHE_EXTENSION_TOKEN: LONG }).map(Redacted.value), [LONG])
    assert.deepStrictEqual(tokens({ CACHE_EXTENSION_TOKEN: LONG, AWS_TOKEN: "t" }).map(Redacted.value), ["t"])
  })
})

describe("config.yaml of an agent", () => {
  const planOf = (text: string, environment: Environment) => {
    const { settings } = readingOf({ AWS_REGION: "eu-west-1", ...environment })
    const parsed = Effect.runSync(Effect.result(parseConfig(text, { ...settings, file: "config.yaml" })))
    return Result.match(parsed, { onSuccess: (plan) => plan, onFailure: ({ message }) => message })
  }

  it("requires a token unless it says off", () => {
    assert.include(
      planOf("", {}),
      "server.token: found nothing, so a token is required outside of Lambda, and there is none; allowed: off, or required where CACHE_EXTENSION_TOKEN or CACHE_EXTENSION_TOKEN_FILE is set",
    )
    assert.include(
      planOf("server: { token: required }", {}),
      "server.token: found required, and no token in the environment",
    )
    assert.notProperty(planOf("server: { token: off }", {}), "tokens")
    assert.property(planOf("", { CACHE_EXTENSION_TOKEN: LONG }), "tokens")
  })

  it("may not switch the token off where other machines reach the port", () => {
    const off = (address: string) => planOf("server: { token: off }", { CACHE_EXTENSION_ADDRESS: address })
    assert.include(off("10.0.0.1"), "server.token: found off, and 10.0.0.1 can be reached from elsewhere")
    for (const address of ["127.0.0.1", "::1"]) assert.deepInclude(off(address), { isExposed: false })
  })

  it("gets no warning about secrets without a token, and one about metrics that count invokes", () => {
    const plan = planOf("secrets: [{ names: [S] }]\nmetrics: { emf_every: 1 }", {
      CACHE_EXTENSION_TOKEN: LONG,
    })
    assert.isObject(plan)
    const warnings = typeof plan === "string" ? [] : plan.warnings
    assert.lengthOf(warnings, 1)
    assert.match(
      warnings[0] ?? "",
      /^metrics\.emf_every counts invokes, and outside of Lambda there are none/,
    )
  })
})

describe("an agent's region and credentials", () => {
  it("are those that were found, if no variable names them", () => {
    const region = (environment: Environment) =>
      readOutside(environment, { region: "ca-central-1", memory: 256 }).settings.region
    assert.strictEqual(region({}), "ca-central-1")
    assert.strictEqual(region({ AWS_DEFAULT_REGION: "eu-west-1" }), "eu-west-1")
    assert.strictEqual(region({ AWS_DEFAULT_REGION: "eu-west-1", AWS_REGION: "eu-west-2" }), "eu-west-2")
  })

  it.each<readonly [string, Environment, string | undefined]>([
    ["keys", KEYS, "Keys"],
    [
      "keys before a container's endpoint",
      { ...KEYS, AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1/" },
      "Keys",
    ],
    ["a profile before keys", { ...KEYS, AWS_PROFILE: "work" }, "Providers"],
    ["a web identity", { AWS_WEB_IDENTITY_TOKEN_FILE: "/token" }, "Providers"],
    ["a container's endpoint", { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1/" }, "Container"],
    ["the SDK's providers for all else", {}, "Providers"],
  ])("come from %s", (_, environment, tag) => {
    assert.strictEqual(credentialsOf(environment)?._tag, tag)
  })

  it("come from the endpoint of ECS by its relative path, which begins with a slash", () => {
    const credentials = credentialsOf({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/credentials/1" })
    assert.strictEqual(
      credentials?._tag === "Container" ? Redacted.value(credentials.uri) : "",
      "http://169.254.170.2/v2/credentials/1",
    )
    assert.include(
      faultsOf({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "@evil.example/" }),
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: found a text that does not begin with a slash",
    )
  })
})
