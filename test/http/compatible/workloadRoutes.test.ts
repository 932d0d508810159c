/**
 * What the routes of the workload credentials provider answer, and what they ask of the cache.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Errors from "../../../src/domain/SourceError.ts"
import { SECRET, ARN, roleArn, served, LISTED, start } from "./workloadSetup.ts"

describe("the routes of the workload credentials provider", () => {
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
