/**
 * What the routes of the AWS Parameters and Secrets extension understand: the URLs as its clients write them, and what
 * is refused.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { parametersAndSecrets } from "../../../src/http/compatible/parametersAndSecrets.ts"
import type { CompatibleRequest } from "../../../src/http/compatible/Peer.ts"
import { PROBLEMS } from "../../../src/http/problems.ts"

const readRequest = (url: string) => parametersAndSecrets.readRequest(url, "read")

const parameter = (name: string, more: Partial<CompatibleRequest> = {}): CompatibleRequest => ({
  kind: "parameters",
  name,
  selector: {},
  withDecryption: false,
  refreshNow: false,
  ...more,
})

const secret = (
  name: string,
  selector: CompatibleRequest["selector"] = {},
  more: Partial<CompatibleRequest> = {},
): CompatibleRequest => ({
  kind: "secrets",
  name,
  selector,
  withDecryption: false,
  refreshNow: false,
  ...more,
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
  [
    "a client that asks for decryption of a secret too",
    "/secretsmanager/get?secretId=shop%2Ftoken&withDecryption=true",
    secret("shop/token", {}, { withDecryption: true }),
  ],
  ["a client that puts two slashes behind the port", "//secretsmanager/get?secretId=a", secret("a")],
  [
    "a client that wants AWS to be asked",
    "/secretsmanager/get?secretId=a&refreshNow=true",
    secret("a", {}, { refreshNow: true }),
  ],
  [
    "the same of a parameter",
    "/systemsmanager/parameters/get?name=a&refreshNow=1&withDecryption=true",
    parameter("a", { refreshNow: true, withDecryption: true }),
  ],
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
    ["/secretsmanager/get/v1?secretId=a", 404],
    ["/toString", 404],
    ["/secretsmanager/get?secretId=a&secretId=b", 400],
    ["/secretsmanager/get?secretId=a&refresh=1", 400],
    ["/secretsmanager/get?secretId=a&constructor=1", 400],
    ["/secretsmanager/get?secretId=a&refreshNow=maybe", 400],
    ["/secretsmanager/get?secretId=a&refreshNow=", 400],
    ["/secretsmanager/get?secretId=a&refreshNow=constructor", 400],
    ["/secretsmanager/get?secretId=a&roleArn=arn:aws:iam::123456789012:role/reader", 400],
    ["/secretsmanager/get?secretId=a&withDecryption=false", 400],
    ["/secretsmanager/get?secretId=a&version=1", 400],
    ["/systemsmanager/parameters/get?name=a&versionStage=AWSCURRENT", 400],
    ["/systemsmanager/parameters/get?name=a&withdecryption=true", 400],
  ] as const)("is refused where it makes no sense: %s", (url, status) => {
    const request = readRequest(url)
    assert.isTrue(
      Result.isFailure(request) && PROBLEMS[request.failure.problem].status === status,
      String(request),
    )
  })

  it.effect.prop(
    "has no key that is ignored: one that the route does not know is refused and named",
    { key: Schema.String.check(Schema.isNonEmpty(), Schema.isMaxLength(20)) },
    ({ key }) =>
      Effect.sync(() => {
        const known = ["name", "version", "label", "withDecryption", "refreshNow"]
        if (!key.isWellFormed() || key.includes("\uFFFD") || known.includes(key)) return
        const request = readRequest(
          `/systemsmanager/parameters/get?name=a&${encodeURIComponent(key)}=${encodeURIComponent(key)}`,
        )
        assert.isTrue(Result.isFailure(request))
        if (Result.isFailure(request)) {
          assert.strictEqual(PROBLEMS[request.failure.problem].status, 400)
          assert.include(request.failure.detail, JSON.stringify(key))
          assert.include(request.failure.detail, "allowed: name, version, label")
        }
      }),
  )

  it.each(["withDecryption=true", "refreshNow=true"])(
    "is refused where it says how to read what is to be forgotten: %s",
    (pair) => {
      const url = `/systemsmanager/parameters/get?name=a&version=2`
      assert.isTrue(Result.isSuccess(parametersAndSecrets.readRequest(url, "forget")))
      assert.isTrue(Result.isFailure(parametersAndSecrets.readRequest(`${url}&${pair}`, "forget")))
    },
  )

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
