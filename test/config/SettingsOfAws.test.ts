/**
 * The variables of AWS's own SDKs: what they may say, and how their faults are reported, without the secrets among them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { decodeSettings } from "../../src/config/Settings.ts"
import type { Environment } from "../../src/config/environment/variables.ts"

const settingsOf = (env: Environment) => Result.getOrThrow(decodeSettings(env))

const messageOf = (env: Environment): string =>
  Result.match(decodeSettings(env), { onSuccess: () => "accepted", onFailure: ({ message }) => message })

const SECRET = "wJalrXUtnFEMI/K7MDENG"

describe("a variable of AWS's own", () => {
  const ENDPOINT = "a URL such as http://localhost:4566, without credentials"
  const BOOLEAN = "true or false, in any case"
  const CONTAINER = "an https URL, or an http one on this machine (or of ECS or EKS)"

  it.each<readonly [Environment, string]>([
    [{ AWS_USE_FIPS_ENDPOINT: "1" }, `AWS_USE_FIPS_ENDPOINT: found "1"; allowed: ${BOOLEAN}`],
    [{ AWS_USE_FIPS_ENDPOINT: "yes" }, `AWS_USE_FIPS_ENDPOINT: found "yes"; allowed: ${BOOLEAN}`],
    [
      { AWS_USE_DUALSTACK_ENDPOINT: " true" },
      `AWS_USE_DUALSTACK_ENDPOINT: found " true"; allowed: ${BOOLEAN}`,
    ],
    [
      { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "on" },
      `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: found "on"; allowed: ${BOOLEAN}`,
    ],
    [
      { AWS_ENDPOINT_URL: "localhost:4566" },
      `AWS_ENDPOINT_URL: found "localhost:4566"; allowed: ${ENDPOINT}`,
    ],
    [
      { AWS_ENDPOINT_URL: "127.0.0.1:4566" },
      `AWS_ENDPOINT_URL: found "127.0.0.1:4566"; allowed: ${ENDPOINT}`,
    ],
    [
      { AWS_ENDPOINT_URL_SSM: "ftp://host" },
      `AWS_ENDPOINT_URL_SSM: found "ftp://host"; allowed: ${ENDPOINT}`,
    ],
    [
      { AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://" },
      `AWS_ENDPOINT_URL_SECRETS_MANAGER: found "http://"; allowed: ${ENDPOINT}`,
    ],
    [
      { AWS_ENDPOINT_URL_DYNAMODB: "//host" },
      `AWS_ENDPOINT_URL_DYNAMODB: found "//host"; allowed: ${ENDPOINT}`,
    ],
    [
      { AWS_ENDPOINT_URL_APPCONFIGDATA: "x" },
      `AWS_ENDPOINT_URL_APPCONFIGDATA: found "x"; allowed: ${ENDPOINT}`,
    ],
    [
      { AWS_ENDPOINT_URL_STS: "https://${HOST}/" },
      `AWS_ENDPOINT_URL_STS: found "https://\${HOST}/"; allowed: ${ENDPOINT} (\${HOST} in it is a variable that nothing has expanded)`,
    ],
    [
      { AWS_ENDPOINT_URL: `http://me:${SECRET}@host` },
      `AWS_ENDPOINT_URL: found "http://…@host"; allowed: ${ENDPOINT}`,
    ],
    [
      { AWS_ENDPOINT_URL: `localhost://x?token=${SECRET}` },
      `AWS_ENDPOINT_URL: found "localhost://x?…"; allowed: ${ENDPOINT}`,
    ],
    [
      { AWS_ENDPOINT_URL: "http://localhost:4566", AWS_USE_FIPS_ENDPOINT: "True" },
      "AWS_USE_FIPS_ENDPOINT: found true beside AWS_ENDPOINT_URL; allowed: one of the two: there is no such form of another endpoint",
    ],
    [
      { AWS_ENDPOINT_URL: "http://localhost:4566", AWS_USE_DUALSTACK_ENDPOINT: "true" },
      "AWS_USE_DUALSTACK_ENDPOINT: found true beside AWS_ENDPOINT_URL; allowed: one of the two: there is no such form of another endpoint",
    ],
    [{ AWS_REGION: "nowhere" }, 'AWS_REGION: found "nowhere"; allowed: a region such as us-west-2'],
    [
      { AWS_REGION: "us-west-2a" },
      'AWS_REGION: found "us-west-2a"; allowed: a region such as us-west-2 (this is an availability zone of us-west-2)',
    ],
    [
      { AWS_DEFAULT_REGION: "EU-WEST-1" },
      'AWS_DEFAULT_REGION: found "EU-WEST-1"; allowed: a region such as us-west-2 (regions are written in lower case)',
    ],
    [
      { AWS_ACCESS_KEY_ID: "AKIA" },
      "AWS_SECRET_ACCESS_KEY: found nothing; allowed: a value, as AWS_ACCESS_KEY_ID is set; or neither of the two",
    ],
    [
      { AWS_SECRET_ACCESS_KEY: SECRET },
      "AWS_ACCESS_KEY_ID: found nothing; allowed: a value, as AWS_SECRET_ACCESS_KEY is set; or neither of the two",
    ],
    [
      { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: `${SECRET}\n` },
      "AWS_SECRET_ACCESS_KEY: found a value that is wrong: there are blanks around it; allowed: the value alone",
    ],
    [
      { AWS_SESSION_TOKEN: `${SECRET}\r\nx: y` },
      "AWS_SESSION_TOKEN: found a value that is wrong: there is a control character in it; allowed: the value alone",
    ],
    [
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://evil.example/get?token=${SECRET}` },
      `AWS_CONTAINER_CREDENTIALS_FULL_URI: found evil.example; allowed: ${CONTAINER}`,
    ],
    [
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: "127.0.0.1:9001/credentials" },
      `AWS_CONTAINER_CREDENTIALS_FULL_URI: found no URL; allowed: ${CONTAINER}`,
    ],
  ])("is checked at the start, and never shown where it is a secret: %j", (env, fault) => {
    const message = messageOf(env)
    assert.strictEqual(message, `environment: ${fault}`)
    assert.notInclude(message, SECRET)
  })

  it.each<Environment>([
    { AWS_USE_FIPS_ENDPOINT: "True", AWS_USE_DUALSTACK_ENDPOINT: "TRUE" },
    { AWS_USE_FIPS_ENDPOINT: "false", AWS_ENDPOINT_URL: "http://localhost:4566" },
    { AWS_ENDPOINT_URL: "https://vpce-1.ssm.us-west-2.vpce.amazonaws.com/path" },
    { AWS_ENDPOINT_URL_SQS: "no concern of ours" },
    { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "True", AWS_ENDPOINT_URL: "localhost:4566" },
    { AWS_REGION: "us-gov-west-1", AWS_DEFAULT_REGION: "no concern of ours" },
    { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: SECRET, AWS_SESSION_TOKEN: "a+b/c==" },
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:9001/credentials", AWS_ACCESS_KEY_ID: "AKIA" },
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials" },
  ])("may be %j", (env) => {
    assert.strictEqual(messageOf(env), "accepted")
  })

  it("reads true in any case, as most SDKs do", () => {
    for (const text of ["true", "True", "TRUE"]) {
      const both = settingsOf({ AWS_USE_FIPS_ENDPOINT: text, AWS_USE_DUALSTACK_ENDPOINT: text }).aws
      assert.deepInclude(both, { useFips: true, useDualstack: true })
      const ignoring = { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: text, AWS_ENDPOINT_URL: "http://all" }
      assert.deepStrictEqual(settingsOf(ignoring).aws.endpoints, {})
    }
    assert.isFalse(settingsOf({ AWS_USE_FIPS_ENDPOINT: "False" }).aws.useFips)
    assert.isFalse(settingsOf({}).aws.useFips)
  })
})
