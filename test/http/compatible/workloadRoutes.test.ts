/**
 * The routes of AWS's workload credentials provider over a mocked cache: who is let in, as which role AWS is asked, what is
 * answered, and whose manner counts where both peers are offered.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { HttpEffect } from "effect/http"
import { Cache, type ReadOptions } from "../../../src/cache/Cache.ts"
import type { Served } from "../../../src/cache/Served.ts"
import { Settings } from "../../../src/config/Settings.ts"
import type { Entry } from "../../../src/domain/Entry.ts"
import * as Errors from "../../../src/domain/SourceError.ts"
import { app } from "../../../src/http/compatible/routes.ts"
import { parameter, planOffering, POLICY, SECOND } from "../../support/entries.ts"

const TOKEN = "the function's session token"
const AWS_HEADER = "x-aws-parameters-secrets-token"
const VAULT_HEADER = "x-vault-token"
const SECRET = "/secretsmanager/get"
const ARN = "arn:aws:secretsmanager:us-west-2:123456789012:secret:db-AbCdEf"

const roleArn = (name: string) => `arn:aws:iam::123456789012:role/${name}`

const DETAILS = {
  ARN,
  Name: "db",
  VersionId: "v1",
  VersionStages: ["AWSCURRENT"],
  CreatedDate: "2019-09-26T21:53:09.046Z",
}

const served = (body: string | Uint8Array = "value", details: object = DETAILS): Served => ({
  value: { body: Redacted.make(body), contentType: "text/plain", details: { ...details } },
  age: 2 * SECOND,
  outcome: "hit",
})

const LISTED: Entry = {
  key: "secrets:listed",
  name: "listed",
  address: {
    kind: "secrets",
    region: "eu-west-1",
    secretId: "listed",
    versionStage: "AWSCURRENT",
    roleArn: roleArn("of-file"),
  },
  policy: POLICY,
}

interface Options {
  readonly both?: boolean
  readonly env?: Readonly<Record<string, string>>
  readonly read?: (entry: Entry) => Effect.Effect<Served, Errors.SourceError>
}

const start = ({ both = false, env = {}, read = () => Effect.succeed(served()) }: Options = {}) =>
  Effect.gen(function* () {
    const asked: Array<Entry> = []
    const ways: Array<ReadOptions> = []
    const cache = Layer.mock(Cache, {
      fresh: () => undefined,
      read: (entry, options = {}) =>
        Effect.suspend(() => (asked.push(entry), ways.push(options), read(entry))),
    })
    const settings = Settings.layer({ AWS_SESSION_TOKEN: TOKEN, AWS_REGION: "us-west-2", ...env })
    const plan = planOffering(
      { parametersAndSecrets: both, workloadCredentials: true },
      {},
      parameter("p"),
      LISTED,
    )
    const handler = HttpEffect.toWebHandler(yield* Effect.provide(app, [cache, Layer.orDie(settings), plan]))
    const ask = (
      path: string,
      headers: Readonly<Record<string, string>> = { [VAULT_HEADER]: TOKEN },
      method = "GET",
    ) =>
      Effect.promise(async () => {
        const response = await handler(new Request(`http://localhost:2773${path}`, { headers, method }))
        return { status: response.status, headers: response.headers, body: await response.text() }
      })
    return { ask, asked, ways }
  })

describe("the routes of the workload credentials provider", () => {
  it.effect("let in whoever shows the token in either header", () =>
    Effect.gen(function* () {
      const { ask } = yield* start()
      const shown = [
        { [VAULT_HEADER]: TOKEN },
        { [AWS_HEADER]: TOKEN },
        { [AWS_HEADER]: "wrong", [VAULT_HEADER]: TOKEN },
      ]
      for (const headers of shown) assert.strictEqual((yield* ask("/v1/db", headers)).status, 200)
    }),
  )

  it.effect.each<readonly [string, Record<string, string>]>([
    ["no token", {}],
    ["another token", { [AWS_HEADER]: "other" }],
    ["an empty token", { [VAULT_HEADER]: "" }],
    ["the token in a header that is none of a token's", { authorization: TOKEN, "x-token": TOKEN }],
  ])("answer 403 to %s, whatever is asked for", ([, headers]) =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      for (const path of [`${SECRET}?secretId=db`, "/v1/db", "/v1/db?refreshNow=true", "/nothing"]) {
        assert.deepInclude(yield* ask(path, headers), { status: 403, body: "Bad Token" })
      }
      assert.deepStrictEqual(asked, [])
    }),
  )

  it.effect.each([
    [{ AWS_TOKEN: "own" }, "own", 200],
    [{ AWS_TOKEN: "own" }, TOKEN, 403],
    [{ AWS_SESSION_TOKEN: "", AWS_CONTAINER_AUTHORIZATION_TOKEN: "container" }, "container", 200],
    [{ AWS_TOKEN: "file:///nowhere/token" }, "file:///nowhere/token", 403],
  ] as const)("take the token from the first variable that is set: %o", ([env, token, status]) =>
    Effect.gen(function* () {
      const { ask } = yield* start({ env })
      assert.strictEqual((yield* ask("/v1/db", { [VAULT_HEADER]: token })).status, status)
    }),
  )

  it.effect("answer 400 to what a proxy has forwarded, before the token is looked at", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      for (const headers of [{ [VAULT_HEADER]: TOKEN }, {}]) {
        const answer = yield* ask("/v1/db", { ...headers, "x-forwarded-for": "10.0.0.1" })
        assert.deepInclude(answer, { status: 400, body: "Forwarded" })
      }
      assert.deepStrictEqual(asked, [])
    }),
  )

  it.effect.each<readonly [string, Record<string, string>]>([
    ["under a foreign Host", { host: "evil.example" }],
    ["through another proxy", { via: "1.1 proxy" }],
    ["from a web page", { origin: "https://evil.example" }],
    ["from a browser", { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" }],
  ])("answer 403 to what comes %s, token or not", ([, headers]) =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      const answer = yield* ask("/v1/db", { [VAULT_HEADER]: TOKEN, ...headers })
      assert.strictEqual(answer.status, 403)
      assert.deepStrictEqual(asked, [])
    }),
  )

  it.effect("say that they are healthy to whoever asks, without a token", () =>
    Effect.gen(function* () {
      const { ask } = yield* start()
      for (const headers of [{}, { [VAULT_HEADER]: "wrong" }, { "x-forwarded-for": "10.0.0.1" }]) {
        assert.deepInclude(yield* ask("/ping", headers), { status: 200, body: "healthy" })
      }
      assert.strictEqual((yield* ask("/ping", { host: "evil.example" })).status, 403)
    }),
  )

  it.effect.each(["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])("answer %s with 405", ([...letters]) =>
    Effect.gen(function* () {
      const method = letters.join("")
      const { ask, asked } = yield* start()
      for (const path of [`${SECRET}?secretId=db`, "/v1/db", "/ping"]) {
        const answer = yield* ask(path, { [VAULT_HEADER]: TOKEN }, method)
        assert.deepStrictEqual([answer.status, answer.headers.get("allow")], [405, "GET"])
      }
      assert.deepStrictEqual(asked, [])
    }),
  )

  it.effect("answer with the reply of GetSecretValue as that one writes it", () =>
    Effect.gen(function* () {
      const { ask } = yield* start()
      const { body, headers, status } = yield* ask(`${SECRET}?secretId=db`)
      assert.strictEqual(status, 200)
      assert.strictEqual(
        body,
        `{"ARN":"${ARN}","Name":"db","VersionId":"v1","SecretString":"value","VersionStages":["AWSCURRENT"],"CreatedDate":"1569534789.046"}`,
      )
      assert.strictEqual(headers.get("content-type"), "application/json")
      assert.strictEqual(headers.get("age"), "2")
    }),
  )

  it.effect("answer with a binary secret in base64, and without what AWS did not say", () =>
    Effect.gen(function* () {
      const { ask } = yield* start({
        read: () => Effect.succeed(served(new Uint8Array([0, 255]), { Name: "db" })),
      })
      assert.strictEqual(
        (yield* ask("/v1/db")).body,
        '{"ARN":null,"Name":"db","VersionId":null,"SecretBinary":"AP8=","CreatedDate":null}',
      )
    }),
  )

  it.effect("ask AWS as the role that is asked for, each with an entry of its own", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      yield* ask("/v1/db")
      yield* ask(`/v1/db?roleArn=${roleArn("a")}`)
      yield* ask(`${SECRET}?secretId=db&roleArn=${roleArn("b")}&versionId=v`)
      yield* ask(`/v1/db?roleArn=${roleArn("a")}`)
      assert.deepStrictEqual(
        asked.map(({ address }) => address.roleArn),
        [undefined, roleArn("a"), roleArn("b"), roleArn("a")],
      )
      const keys = asked.map(({ key }) => key)
      assert.strictEqual(keys[1], keys[3])
      assert.strictEqual(new Set(keys).size, 3)
    }),
  )

  it.effect("answer as a listed secret's own role from its entry, and as another from one beside it", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      yield* ask("/v1/listed")
      yield* ask(`/v1/listed?roleArn=${roleArn("of-file")}`)
      yield* ask(`/v1/listed?roleArn=${roleArn("other")}`)
      assert.deepStrictEqual(asked.slice(0, 2), [LISTED, LISTED])
      assert.notStrictEqual(asked[2]?.key, LISTED.key)
      assert.deepInclude(asked[2]?.address, { region: "eu-west-1", roleArn: roleArn("other") })
    }),
  )

  it.effect("take 20 roles and no more, and go on with those", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      for (let index = 0; index < 20; index++) {
        assert.strictEqual((yield* ask(`/v1/db?roleArn=${roleArn(`r${index}`)}`)).status, 200)
      }
      const answer = yield* ask(`/v1/db?roleArn=${roleArn("one-too-many")}`)
      assert.strictEqual(answer.status, 400)
      assert.strictEqual(JSON.parse(answer.body).__type, "MaxRolesExceeded")
      for (const path of [
        "/v1/db",
        `/v1/db?roleArn=${roleArn("r7")}`,
        `/v1/db?roleArn=${roleArn("of-file")}`,
      ]) {
        assert.strictEqual((yield* ask(path)).status, 200)
      }
      assert.strictEqual(asked.length, 23)
    }),
  )

  it.effect("ask AWS whatever is held where refreshNow says so", () =>
    Effect.gen(function* () {
      const { ask, ways } = yield* start()
      for (const query of ["refreshNow=true", "refreshNow=1", "refreshNow=false"])
        yield* ask(`/v1/db?${query}`)
      assert.deepStrictEqual(
        ways.map(({ refreshNow }) => refreshNow),
        [true, true, undefined],
      )
    }),
  )

  it.effect.each<readonly [number, string, string | undefined, Errors.SourceErrorReason]>([
    [
      400,
      "ResourceNotFoundException",
      "Secrets Manager can't find the specified secret.",
      new Errors.NotFound({
        detail: "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
      }),
    ],
    [
      400,
      "AccessDeniedException",
      "Access to KMS is not allowed",
      new Errors.AccessDenied({ detail: "AccessDeniedException: Access to KMS is not allowed" }),
    ],
    [
      403,
      "AccessDeniedException",
      "AccessDenied: not authorized to perform: sts:AssumeRole",
      new Errors.AccessDenied({ detail: "AccessDenied: not authorized to perform: sts:AssumeRole" }),
    ],
    [
      400,
      "ThrottlingException",
      "slow down",
      new Errors.Throttled({ detail: "ThrottlingException: slow down" }),
    ],
    [
      400,
      "InvalidSignatureException",
      undefined,
      new Errors.BadSignature({ detail: "InvalidSignatureException" }),
    ],
    [500, "InternalServiceError", "oops", new Errors.Unavailable({ detail: "InternalServiceError: oops" })],
    [
      502,
      "ConnectionError",
      "a reply that cannot be read",
      new Errors.Unavailable({ detail: "a reply that cannot be read" }),
    ],
    [
      502,
      "ConnectionError",
      "ECONNREFUSED: refused",
      new Errors.ConnectionLost({ detail: "ECONNREFUSED: refused" }),
    ],
    [502, "ConnectionError", "no JSON", new Errors.Unavailable({ detail: "UnusableReply: no JSON" })],
    [
      500,
      "InternalFailure",
      "no credentials",
      new Errors.ExpiredCredentials({ detail: "CredentialsProviderError: no credentials" }),
    ],
    [502, "ConnectionError", "not asked", new Errors.CircuitOpen({ detail: "not asked" })],
    [504, "TimeoutError", "no answer", new Errors.TimedOut({ detail: "no answer" })],
  ])("pass on AWS's failure as %i %s", ([status, type, message, reason]) =>
    Effect.gen(function* () {
      const { ask } = yield* start({ read: () => Effect.fail(new Errors.SourceError({ reason })) })
      const answer = yield* ask("/v1/db")
      assert.strictEqual(answer.status, status)
      const expected = message === undefined ? { __type: type } : { __type: type, message }
      assert.deepStrictEqual(JSON.parse(answer.body), expected)
    }),
  )

  it.effect("answer a bug of ours with 500 and no stack trace", () =>
    Effect.gen(function* () {
      const { ask } = yield* start({ read: () => Effect.die(new Error("secret words")) })
      assert.deepInclude(yield* ask("/v1/db"), { status: 500, body: '{"__type":"InternalFailure"}' })
    }),
  )
})

describe("where both peers are offered, a request is answered in the manner of", () => {
  const manner = ({ body, status }: { readonly body: string; readonly status: number }) =>
    status === 401 || body.includes("ResultMetadata") ? "Parameters and Secrets" : "the provider"

  it.effect.each<readonly [string, string, Record<string, string>]>([
    ["Parameters and Secrets", `${SECRET}?secretId=db`, { [AWS_HEADER]: TOKEN }],
    ["Parameters and Secrets", `${SECRET}/?secretId=db`, { [AWS_HEADER]: TOKEN }],
    ["Parameters and Secrets", `${SECRET}?secretId=db`, {}],
    ["Parameters and Secrets", "/systemsmanager/parameters/get?name=p", { [AWS_HEADER]: TOKEN }],
    ["the provider", `${SECRET}?secretId=db`, { [VAULT_HEADER]: TOKEN }],
    ["the provider", `${SECRET}?secretId=db&refreshNow=false`, { [AWS_HEADER]: TOKEN }],
    ["the provider", `${SECRET}?secretId=db&roleArn=${roleArn("a")}`, { [AWS_HEADER]: TOKEN }],
    ["the provider", `${SECRET}?secretId=db&roleArn=nonsense`, {}],
    ["the provider", "/v1/db", { [AWS_HEADER]: TOKEN }],
    ["the provider", "/v1/db", {}],
    ["the provider", "/ping", {}],
  ])("%s: %s", ([whose, path, headers]) =>
    Effect.gen(function* () {
      const { ask } = yield* start({ both: true })
      assert.strictEqual(manner(yield* ask(path, headers)), whose)
    }),
  )

  it.effect("neither, if it shows no token of either", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start({ both: true, env: { AWS_TOKEN: "own" } })
      for (const token of ["own", TOKEN]) {
        assert.strictEqual((yield* ask(`${SECRET}?secretId=db`, { [AWS_HEADER]: token })).status, 200)
      }
      assert.strictEqual((yield* ask(`${SECRET}?secretId=db`, { [AWS_HEADER]: "third" })).status, 401)
      assert.strictEqual((yield* ask("/v1/db", { [AWS_HEADER]: "third" })).status, 403)
      assert.strictEqual(asked.length, 2)
    }),
  )
})
