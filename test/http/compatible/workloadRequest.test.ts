/**
 * What the routes of AWS's workload credentials provider understand: the secret in the query or in the path, and what is
 * refused because it would otherwise be ignored.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import type { CompatibleRequest } from "../../../src/http/compatible/Peer.ts"
import { workloadCredentials } from "../../../src/http/compatible/workloadCredentials.ts"
import { PROBLEMS } from "../../../src/http/problems.ts"

const readRequest = (url: string) => workloadCredentials.readRequest(url, "read")

const ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db/main-AbCdEf"
const ROLE = "arn:aws:iam::123456789012:role/team/reader"
const VERSION = "18b94218-543d-4d67-aec5-f8e6a41f7813"

const secret = (name: string, more: Partial<CompatibleRequest> = {}): CompatibleRequest => ({
  kind: "secrets",
  name,
  selector: {},
  withDecryption: true,
  refreshNow: false,
  ...more,
})

describe("a request of the workload credentials provider", () => {
  it.each<readonly [url: string, asked: CompatibleRequest]>([
    ["/secretsmanager/get?secretId=db", secret("db")],
    [`/secretsmanager/get?secretId=${ARN}`, secret(ARN)],
    [
      `/secretsmanager/get?secretId=db&versionId=${VERSION}&versionStage=AWSPENDING&refreshNow=0`,
      secret("db", { selector: { versionId: VERSION, versionStage: "AWSPENDING" } }),
    ],
    ["/secretsmanager/get?secretId=db&refreshNow=true", secret("db", { refreshNow: true })],
    ["/secretsmanager/get?secretId=db&refreshNow=TRUE", secret("db", { refreshNow: true })],
    ["/secretsmanager/get?secretId=db&refreshNow=1", secret("db", { refreshNow: true })],
    [`/secretsmanager/get?roleArn=${ROLE}&secretId=db`, secret("db", { roleArn: ROLE })],
    ["/v1/db", secret("db")],
    ["/v1/db/main", secret("db/main")],
    ["/v1/db%2Fmain?refreshNow=1", secret("db/main", { refreshNow: true })],
    [`/v1/${encodeURIComponent(ARN)}`, secret(ARN)],
    [`/v1/a+b?roleArn=${encodeURIComponent(ROLE)}`, secret("a+b", { roleArn: ROLE })],
    ["/v1/db?versionStage=AWSPENDING", secret("db", { selector: { versionStage: "AWSPENDING" } })],
  ])("is understood: %s", (url, asked) => {
    assert.deepStrictEqual(readRequest(url), Result.succeed(asked))
  })

  it.each([
    ["/pong", 404, "Not found"],
    ["/v1", 404, "Not found"],
    ["/secretsmanager/get/", 404, "Not found"],
    ["/systemsmanager/parameters/get?name=a", 404, "Not found"],
    ["/v1/", 400, "missing secret ID"],
    ["/v1/%E0%A4", 400, "not percent-encoded"],
    ["/secretsmanager/get", 400, "missing parameter secretId"],
    ["/secretsmanager/get?secretId=", 400, "missing parameter secretId"],
    ["/secretsmanager/get?versionStage=AWSPENDING", 400, "missing parameter secretId"],
    ["/secretsmanager/get?secretId=db&abc=123", 400, 'unknown parameter: "abc"'],
    ["/secretsmanager/get?secretId=db&withDecryption=true", 400, 'unknown parameter: "withDecryption"'],
    ["/v1/db?secretId=other", 400, 'unknown parameter: "secretId"'],
    ["/v1/db?RefreshNow=true", 400, 'unknown parameter: "RefreshNow"'],
    ["/secretsmanager/get?secretId=a&secretId=b", 400, "secretId is there more than once"],
    ["/secretsmanager/get?secretId=db&refreshNow=maybe", 400, "invalid refreshNow value"],
    ["/v1/db?refreshNow=", 400, "invalid refreshNow value"],
    ["/secretsmanager/get?secretId=db&roleArn=not-an-arn", 400, "invalid roleArn format"],
    ["/secretsmanager/get?secretId=db&roleArn=", 400, "invalid roleArn format"],
    ["/v1/db?roleArn=arn:aws:iam::12345:role/reader", 400, "invalid roleArn format"],
    ["/v1/db?roleArn=arn:aws:iam::123456789012:user/reader", 400, "invalid roleArn format"],
    [`/v1/db?roleArn=arn:aws:iam::123456789012:role/${"r".repeat(2_048)}`, 400, "invalid roleArn format"],
  ] as const)("is refused rather than half understood: %s", (url, status, words) => {
    const request = readRequest(url)
    assert.isTrue(Result.isFailure(request))
    if (Result.isFailure(request)) {
      assert.strictEqual(PROBLEMS[request.failure.problem].status, status)
      assert.include(request.failure.detail, words)
    }
  })

  it.effect.prop(
    "finds every name again, in the query and in the path, with slashes encoded or not",
    { name: Schema.String.check(Schema.isNonEmpty()) },
    ({ name }) =>
      Effect.sync(() => {
        if (!name.isWellFormed() || name.includes("\uFFFD")) return
        const encoded = encodeURIComponent(name)
        const bare = encoded.replaceAll("%2F", "/").replaceAll("%3A", ":")
        for (const written of [encoded, bare]) {
          for (const url of [`/v1/${written}`, `/secretsmanager/get?secretId=${written}`]) {
            assert.deepStrictEqual(readRequest(url), Result.succeed(secret(name)))
          }
        }
      }),
  )
})
