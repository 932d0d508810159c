import { assert, describe, it } from "@effect/vitest"
import type { Exchange, Reply } from "../../src/host/Platform.ts"
import * as credentials from "../../src/aws/functionCredentials.ts"
import { toSourceError } from "../../src/aws/awsErrors.ts"
import * as sdk from "../../src/aws/sdkErrors.ts"
import type { Environment } from "../../src/config/environment/variables.ts"
import { readSettings } from "../../src/config/Settings.ts"

const KEYS = {
  AccessKeyId: "AKIA",
  SecretAccessKey: "s3cr3t",
  Token: "token",
  Expiration: "2026-11-24T18:00:00Z",
}
const TRIPLE = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s" }
const CONTAINER = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:9001/2021-04-23/credentials",
  AWS_CONTAINER_AUTHORIZATION_TOKEN: "authorization",
}

/** An endpoint that answers always the same, and the requests it got. */
const endpoint = (status: number, body: string) => {
  const requests: Array<Exchange> = []
  const exchange = (request: Exchange): Promise<Reply> => {
    requests.push(request)
    return Promise.resolve({ status, body, header: () => undefined })
  }
  return { exchange, requests }
}

const never = () => Promise.reject(new Error("the endpoint was asked"))

const sourceIn = (environment: Environment) => readSettings(environment).settings.aws.credentials

const functionCredentials = (environment: Environment, exchange: (request: Exchange) => Promise<Reply>) =>
  credentials.functionCredentials(sourceIn(environment), exchange)

/** What a read says that had these credentials. */
const failureOf = (provider: ReturnType<typeof functionCredentials>) =>
  provider().then(
    () => "there were credentials",
    (error: unknown) => toSourceError(error, sdk).reason,
  )

describe("the function's credentials", () => {
  it("are the key triple of the environment", async () => {
    const triple = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" }
    assert.deepStrictEqual(await functionCredentials(triple, never)(), {
      accessKeyId: "a",
      secretAccessKey: "s",
      sessionToken: "t",
    })
  })

  it("come from the container endpoint where there is one, with their expiration", async () => {
    const { exchange, requests } = endpoint(200, JSON.stringify(KEYS))
    const provider = functionCredentials(
      { ...CONTAINER, AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s" },
      exchange,
    )
    assert.deepStrictEqual(await provider(), {
      accessKeyId: "AKIA",
      secretAccessKey: "s3cr3t",
      sessionToken: "token",
      // @effect-diagnostics-next-line globalDate:off
      expiration: new Date(KEYS.Expiration),
    })
    assert.deepStrictEqual(requests, [
      {
        method: "GET",
        url: CONTAINER.AWS_CONTAINER_CREDENTIALS_FULL_URI,
        headers: { authorization: "authorization" },
        isFresh: true,
      },
    ])
  })

  it("that are missing are named", async () => {
    assert.deepInclude(await failureOf(functionCredentials({}, never)), { _tag: "ExpiredCredentials" })
  })

  it("are not asked of a host that anybody could be", async () => {
    const provider = functionCredentials(
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://example.com/c" },
      never,
    )
    assert.include(JSON.stringify(await failureOf(provider)), "neither https nor on a trusted host")
  })

  it.each([
    "http://user:s3cr3t@example.com/s3cr3t?token=s3cr3t#s3cr3t",
    "ftp://example.com/?token=s3cr3t",
    "s3cr3t",
  ])("are not asked of %s, of which only the host is named", async (uri) => {
    const provider = functionCredentials({ AWS_CONTAINER_CREDENTIALS_FULL_URI: uri }, never)
    const shown = JSON.stringify(await failureOf(provider))
    assert.include(shown, uri === "s3cr3t" ? "no URL" : "example.com")
    assert.notInclude(shown, "s3cr3t")
  })

  it.each([301, 302, 303, 307, 308])("are not asked of where a redirect leads to: %s", async (status) => {
    const { exchange, requests } = endpoint(status, JSON.stringify(KEYS))
    const shown = JSON.stringify(await failureOf(functionCredentials(CONTAINER, exchange)))
    assert.include(shown, `answered ${status}`)
    assert.strictEqual(requests.length, 1)
  })

  it.each([5, "soon", {}])("that cannot be read are never quoted: with an end of %j", async (Expiration) => {
    const { exchange } = endpoint(200, JSON.stringify({ ...KEYS, Expiration }))
    const shown = JSON.stringify(await failureOf(functionCredentials(CONTAINER, exchange)))
    assert.include(shown, "sent no credentials")
    assert.notInclude(shown, KEYS.SecretAccessKey)
  })

  it.each([
    ["is missing", {}],
    ["is null", { Expiration: null }],
  ])("have no end where it %s", async (_, end) => {
    const { Expiration: __, ...keys } = KEYS
    const { exchange } = endpoint(200, JSON.stringify({ ...keys, ...end }))
    assert.deepStrictEqual(await functionCredentials(CONTAINER, exchange)(), {
      accessKeyId: "AKIA",
      secretAccessKey: "s3cr3t",
      sessionToken: "token",
    })
  })

  it.each([
    [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1/c", ...TRIPLE }, true],
    [TRIPLE, false],
    [{ ...TRIPLE, AWS_CONTAINER_CREDENTIALS_FULL_URI: "" }, false],
    [{}, false],
  ])("can be renewed where they come from the endpoint: %j", (environment, expected) => {
    assert.strictEqual(sourceIn(environment)?._tag === "Container", expected)
  })

  it.each([
    ["AWS_ACCESS_KEY_ID", { AWS_SECRET_ACCESS_KEY: "s" }],
    ["AWS_SECRET_ACCESS_KEY", { AWS_ACCESS_KEY_ID: "a" }],
    ["both", { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" }],
  ])("are missing without %s", async (_, environment) => {
    assert.include(
      JSON.stringify(await failureOf(functionCredentials(environment, never))),
      "no credentials in the",
    )
  })

  it("need no session token", async () => {
    const keys = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "" }
    assert.deepStrictEqual(await functionCredentials(keys, never)(), {
      accessKeyId: "a",
      secretAccessKey: "s",
    })
  })

  it("are asked for without a token where there is none", async () => {
    const { exchange, requests } = endpoint(200, JSON.stringify(KEYS))
    const { AWS_CONTAINER_AUTHORIZATION_TOKEN: _, ...environment } = CONTAINER
    await functionCredentials(environment, exchange)()
    assert.deepStrictEqual(requests[0]?.headers, {})
  })

  it.each([
    "http://localhost/c",
    "http://127.0.0.1/c",
    "http://[::1]/c",
    "http://169.254.170.2/c",
    "http://169.254.170.23/c",
    "http://[fd00:ec2::23]/c",
    "https://example.com/c",
  ])("are asked of %s", async (uri) => {
    const { exchange, requests } = endpoint(200, JSON.stringify(KEYS))
    await functionCredentials({ AWS_CONTAINER_CREDENTIALS_FULL_URI: uri }, exchange)()
    assert.strictEqual(requests[0]?.url, uri)
  })

  it("that are refused say with which status", async () => {
    const { exchange } = endpoint(404, "no")
    assert.include(JSON.stringify(await failureOf(functionCredentials(CONTAINER, exchange))), "answered 404")
  })
})
