/**
 * What the routes of the AWS Parameters and Secrets extension understand: the URLs as its clients write them, and what
 * is refused.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { type CompatibleRequest, readRequest } from "../../../src/http/compatible/request.ts"

const parameter = (name: string, more: Partial<CompatibleRequest> = {}): CompatibleRequest => ({
  kind: "parameters",
  name,
  selector: {},
  withDecryption: false,
  ...more,
})

const secret = (name: string, selector: CompatibleRequest["selector"] = {}): CompatibleRequest => ({
  kind: "secrets",
  name,
  selector,
  withDecryption: false,
})

const ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db/main-AbCdEf"

const SHAPES: ReadonlyArray<readonly [client: string, url: string, asked: CompatibleRequest]> = [
  ["AWS's documentation", "/systemsmanager/parameters/get?name=MyParameter", parameter("MyParameter")],
  [
    "AWS's documentation, a version of a SecureString",
    "/systemsmanager/parameters/get/?name=MyParameter&version=5&withDecryption=true",
    parameter("MyParameter", { selector: { version: "5" }, withDecryption: true }),
  ],
  [
    "AWS's documentation, a label",
    "/systemsmanager/parameters/get/?name=%2Fapp%2Fdb&label=live",
    parameter("/app/db", { selector: { label: "live" } }),
  ],
  [
    "AWS's documentation, the version in the name",
    "/systemsmanager/parameters/get/?name=MyParameter%3A5",
    parameter("MyParameter:5"),
  ],
  [
    "Middy, which leaves slashes and colons as they are",
    "/systemsmanager/parameters/get/?withDecryption=true&name=/app/db:live",
    parameter("/app/db:live", { withDecryption: true }),
  ],
  ["Middy, a secret", `/secretsmanager/get?secretId=${ARN}`, secret(ARN)],
  [
    "Python's requests",
    "/systemsmanager/parameters/get?name=%2Fapp%2Fa+b&withDecryption=True",
    parameter("/app/a b", { withDecryption: true }),
  ],
  [
    "Python's urllib.parse.quote",
    "/systemsmanager/parameters/get/?name=/app/db&withDecryption=true",
    parameter("/app/db", { withDecryption: true }),
  ],
  [
    "Go's url.Values, in the order of the keys",
    "/systemsmanager/parameters/get?label=&name=%2Fapp%2Fdb&version=&withDecryption=false",
    parameter("/app/db"),
  ],
  [
    "fetch with encodeURIComponent",
    "/secretsmanager/get?secretId=db%2Fmain&versionStage=AWSPREVIOUS",
    secret("db/main", { versionStage: "AWSPREVIOUS" }),
  ],
  [
    "Rust's reqwest, a version",
    "/secretsmanager/get?secretId=db/main&versionId=18b94218-543d-4d67-aec5-f8e6a41f7813",
    secret("db/main", { versionId: "18b94218-543d-4d67-aec5-f8e6a41f7813" }),
  ],
  ["a client that adds what nobody knows", "/secretsmanager/get/?secretId=a&refresh=1", secret("a")],
  ["a client that asks twice", "/secretsmanager/get?secretId=a&secretId=b", secret("a")],
]

describe("a request of the AWS Parameters and Secrets extension", () => {
  it.each(SHAPES)("is understood as %s writes it", (_, url, asked) => {
    assert.deepStrictEqual(readRequest(url), Result.succeed(asked))
  })

  it.each([
    ["/", 404],
    ["/systemsmanager/parameters", 404],
    ["/systemsmanager/parameters/get//?name=a", 404],
    ["/parameters?name=a", 404],
    ["/systemsmanager/parameters/get", 400],
    ["/systemsmanager/parameters/get/?name=", 400],
    ["/systemsmanager/parameters/get/?secretId=a", 400],
    ["/systemsmanager/parameters/get/?name=a&version=1&label=b", 400],
    ["/systemsmanager/parameters/get/?name=a&withDecryption=yes", 400],
    ["/systemsmanager/parameters/get/?name=%E0%A4", 400],
    ["/secretsmanager/get?name=a", 400],
  ] as const)("is refused where it makes no sense: %s", (url, status) => {
    const request = readRequest(url)
    assert.isTrue(Result.isFailure(request) && request.failure.status === status, String(request))
  })

  it.effect.prop(
    "finds every name again, encoded or not",
    { name: Schema.String.check(Schema.isNonEmpty()) },
    ({ name }) =>
      Effect.sync(() => {
        if (!name.isWellFormed() || name.includes("\uFFFD")) return
        const encoded = encodeURIComponent(name)
        const asked = readRequest(`/secretsmanager/get?secretId=${encoded}`)
        assert.deepStrictEqual(asked, Result.succeed(secret(name)))
        const bare = encoded.replaceAll("%2F", "/").replaceAll("%3A", ":")
        assert.deepStrictEqual(readRequest(`/secretsmanager/get/?secretId=${bare}`), asked)
      }),
  )
})
