/**
 * What the routes of the AWS Parameters and Secrets extension answer, and what they ask of the cache.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ReadOptions } from "../../../src/cache/Cache.ts"
import {
  AccessDenied,
  BadSignature,
  ConnectionLost,
  ExpiredCredentials,
  InvalidRequest,
  NotFound,
  SourceError,
  type SourceErrorReason,
  Throttled,
  TimedOut,
  TooLarge,
  Unavailable,
} from "../../../src/domain/SourceError.ts"
import { MINUTE, parameter, POLICY, SECOND, text } from "../../support/entries.ts"
import { TOKEN, NAME, LISTED, served, type Read, start, PARAMETER } from "./routesSetup.ts"

describe("the routes of the AWS Parameters and Secrets extension", () => {
  it.effect("answer with the SDK's JSON, and how old it is", () =>
    Effect.gen(function* () {
      const { ask } = yield* start()
      const { body, headers, status } = yield* ask(`${PARAMETER}/?name=listed&withDecryption=true`)
      assert.deepStrictEqual([status, JSON.parse(body).Parameter.Value], [200, "value"])
      assert.strictEqual(headers.get("content-type"), "application/json")
      assert.strictEqual(headers.get("age"), "2")
    }),
  )

  it.effect("answer a listed name from its own entry, by its own policy", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start({ env: { SSM_PARAMETER_STORE_TTL: "1" } })
      yield* ask(`${PARAMETER}?name=listed&withDecryption=true`)
      assert.deepStrictEqual(asked, [LISTED])
    }),
  )

  it.effect("fetch what is not listed, although on_demand is deny, by the variables' policy", () =>
    Effect.gen(function* () {
      const env = { SSM_PARAMETER_STORE_TTL: "30", SSM_PARAMETER_STORE_TIMEOUT_MILLIS: "700" }
      const { ask, asked } = yield* start({ env })
      yield* ask(`${PARAMETER}?name=other&withDecryption=true`)
      yield* ask("/secretsmanager/get?secretId=other")
      assert.deepStrictEqual(asked, [
        { ...parameter("other", { ttl: 30 * SECOND }), readBudget: 700 },
        {
          key: "secrets:other",
          name: "other",
          address: { kind: "secrets", region: "us-west-2", secretId: "other", versionStage: "AWSCURRENT" },
          policy: { ...POLICY, ttl: 5 * MINUTE },
        },
      ])
    }),
  )

  it.effect("fetch versions, however they are asked for", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      yield* ask(`${PARAMETER}?name=listed&version=3&withDecryption=true`)
      yield* ask(`${PARAMETER}?name=listed:3&withDecryption=true`)
      yield* ask("/secretsmanager/get?secretId=s&versionId=v&versionStage=AWSPREVIOUS")
      const [asVersion, inName, version] = asked
      assert.deepStrictEqual(asVersion, inName)
      assert.deepInclude(asVersion, { key: "parameters:listed:3", policy: LISTED.policy })
      assert.deepInclude(version?.address, { secretId: "s", versionId: "v", versionStage: "AWSPREVIOUS" })
      assert.strictEqual((yield* ask(`${PARAMETER}?name=listed:3&version=3`)).status, 400)
    }),
  )

  it.effect("answer without decryption from a listed entry that is not encrypted", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      assert.strictEqual((yield* ask(`${PARAMETER}?name=listed`)).status, 200)
      assert.deepStrictEqual(asked, [LISTED])
    }),
  )

  it.effect("give a SecureString as it is stored where decryption is not asked for", () =>
    Effect.gen(function* () {
      const read: Read = ({ address }) =>
        Effect.succeed(
          "withDecryption" in address
            ? {
                ...served({ Type: "SecureString" }),
                value: { ...text("AQICAHh"), details: { Type: "SecureString" } },
              }
            : served({ Type: "SecureString" }),
        )
      const { ask, asked } = yield* start({ read })
      for (const query of ["name=listed", "name=other&withDecryption=false"]) {
        assert.strictEqual(JSON.parse((yield* ask(`${PARAMETER}?${query}`)).body).Parameter.Value, "AQICAHh")
      }
      assert.deepStrictEqual(
        asked.map(({ key }) => key),
        [
          "parameters:listed",
          "parameters?name=listed&withDecryption=false",
          "parameters?name=other&withDecryption=false",
        ],
      )
    }),
  )

  it.effect.each<readonly [number, SourceErrorReason]>([
    [400, new NotFound({ detail: "ParameterNotFound" })],
    [400, new AccessDenied({ detail: "AccessDeniedException" })],
    [400, new InvalidRequest({ detail: "ValidationException" })],
    [400, new Throttled({ detail: "ThrottlingException" })],
    [400, new ExpiredCredentials({ detail: "ExpiredTokenException" })],
    [400, new BadSignature({ detail: "InvalidSignatureException" })],
    [500, new Unavailable({ detail: "InternalServerError" })],
    [502, new ConnectionLost({ detail: "ECONNREFUSED" })],
    [502, new TooLarge({ detail: "too large" })],
    [504, new TimedOut({ detail: "no answer" })],
  ])("answer %i with that extension's words when AWS says %o", ([status, reason]) =>
    Effect.gen(function* () {
      const { ask } = yield* start({ read: () => Effect.fail(new SourceError({ reason })) })
      const answer = yield* ask("/secretsmanager/get?secretId=s")
      assert.deepInclude(answer, { status, body: "an unexpected error occurred while executing request" })
      assert.strictEqual(answer.headers.get("content-type"), "text/plain")
    }),
  )

  it.effect("refuse what they do not understand with words that help", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      assert.deepInclude(yield* ask(PARAMETER), {
        status: 400,
        body: "the query parameter name is missing or empty",
      })
      assert.strictEqual((yield* ask("/parameters?name=listed")).status, 404)
      const post = yield* ask(`${PARAMETER}?name=listed`, { method: "POST", headers: { [NAME]: TOKEN } })
      assert.deepStrictEqual([post.status, post.headers.get("allow")], [405, "GET, DELETE"])
      assert.deepStrictEqual(asked, [])
    }),
  )

  it.effect.each<readonly [string, ReadOptions]>([
    ["no-cache", { maxAge: 0 }],
    ["max-age=30", { maxAge: 30 * SECOND }],
    ["max-stale=5, min-fresh=2", { maxStale: 5 * SECOND, minFresh: 2 * SECOND }],
    ["no-store", { noStore: true }],
  ])("read as Cache-Control asks: %s", ([directive, way]) =>
    Effect.gen(function* () {
      const { ask, ways, withHeaders } = yield* start()
      const headers = withHeaders({ "cache-control": directive })
      for (const path of [`${PARAMETER}?name=other`, "/secretsmanager/get?secretId=other"]) {
        assert.strictEqual((yield* ask(path, headers)).status, 200)
      }
      const expected = { noStore: false, ...way }
      assert.deepStrictEqual(ways, [expected, expected])
    }),
  )

  it.effect("ask AWS for nothing under only-if-cached", () =>
    Effect.gen(function* () {
      const onlyIfCached = { "cache-control": "only-if-cached" }
      const without = yield* start()
      assert.strictEqual(
        (yield* without.ask(`${PARAMETER}?name=other`, without.withHeaders(onlyIfCached))).status,
        504,
      )
      const { ask, asked, withHeaders } = yield* start({ held: served() })
      assert.strictEqual((yield* ask(`${PARAMETER}?name=other`, withHeaders(onlyIfCached))).status, 200)
      const both = yield* ask(`${PARAMETER}?name=other&refreshNow=true`, withHeaders(onlyIfCached))
      assert.strictEqual(both.status, 400)
      assert.match(both.body, /refreshNow.*only-if-cached/)
      assert.deepStrictEqual([...asked, ...without.asked], [])
    }),
  )

  it.effect("ask AWS whatever is held where refreshNow says so", () =>
    Effect.gen(function* () {
      const { ask, ways } = yield* start()
      yield* ask(`${PARAMETER}?name=other&refreshNow=true`)
      yield* ask("/secretsmanager/get?secretId=other&refreshNow=1")
      yield* ask("/secretsmanager/get?secretId=other&refreshNow=False")
      assert.deepStrictEqual(
        ways.map(({ refreshNow }) => refreshNow),
        [true, true, undefined],
      )
    }),
  )

  it.effect("refuse the role that another peer's clients ask for, and say who offers it", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      const roleArn = encodeURIComponent("arn:aws:iam::123456789012:role/reader")
      const answer = yield* ask(`/secretsmanager/get?secretId=other&roleArn=${roleArn}`)
      assert.strictEqual(answer.status, 400)
      assert.match(answer.body, /workload_credentials.*"roleArn"/)
      assert.deepStrictEqual(asked, [])
    }),
  )

  it.effect("forget what a DELETE names, listed or not, in both forms of a parameter", () =>
    Effect.gen(function* () {
      const { ask, asked, forgotten, withHeaders } = yield* start()
      const remove = withHeaders({}, "DELETE")
      assert.strictEqual((yield* ask(`${PARAMETER}?name=other`, remove)).status, 204)
      assert.strictEqual((yield* ask("/secretsmanager/get?secretId=other", remove)).status, 204)
      assert.deepStrictEqual(Array.from(new Set(forgotten)), [
        "parameters:other",
        "parameters?name=other&withDecryption=false",
        "secrets:other",
      ])
      assert.deepStrictEqual(asked, [])
    }),
  )

  it.effect("answer with 304 a client that has the value already", () =>
    Effect.gen(function* () {
      const { ask, withHeaders } = yield* start()
      const etag = (yield* ask(`${PARAMETER}?name=other`)).headers.get("etag") ?? ""
      assert.match(etag, /^"[\w-]+"$/)
      const again = yield* ask(`${PARAMETER}?name=other`, withHeaders({ "if-none-match": etag }))
      assert.deepInclude(again, { status: 304, body: "" })
      const other = yield* ask(`${PARAMETER}?name=other`, withHeaders({ "if-none-match": '"other"' }))
      assert.strictEqual(other.status, 200)
    }),
  )

  it.effect("answer a bug of ours with 500 and no stack trace", () =>
    Effect.gen(function* () {
      const { ask } = yield* start({ read: () => Effect.die(new Error("secret words")) })
      const { body, status } = yield* ask(`${PARAMETER}?name=listed`)
      assert.strictEqual(status, 500)
      assert.notInclude(body, "secret words")
    }),
  )
})
