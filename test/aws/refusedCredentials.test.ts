/**
 * Credentials that AWS does not take, on local AWS through the real SDK: those of roles and of the container endpoint are
 * obtained anew once for all calls that were refused, and each call is made again once. And an endpoint that fails while
 * its last keys are good.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Clock, DateTime, Effect, Result } from "effect"
import type { Address } from "../../src/domain/Address.ts"
import { ExchangeFailed } from "../../src/host/Host.ts"
import type { Exchange, Reply } from "../../src/host/Platform.ts"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../local/aws/seed.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { REGION } from "../support/aws.ts"
import { bodyOf, HOUR, MINUTE } from "../support/entries.ts"
import { onLocalAws, onLocalAwsWith, type Origin } from "../support/localSources.ts"

const READER = "arn:aws:iam::123456789012:role/reader"
const REFUSALS = [
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "InvalidToken",
  "MissingAuthenticationTokenException",
  "ExpiredToken",
  "ExpiredTokenException",
]

const parameter = (name: string, roleArn?: string): Address => ({
  kind: "parameters",
  region: REGION,
  name,
  ...(roleArn === undefined ? {} : { roleArn }),
})

const refusal = (type: string) => ({ kind: "error", status: 400, type, message: "not taken" }) as const

const NAMES = Array.from({ length: 8 }, (_, index) => `P${index}`)

const setup = Effect.gen(function* () {
  const aws = yield* AwsEmulator
  const parameters = ["A", ...NAMES].map((name) => ({ name, value: `value of ${name}` }))
  yield* Effect.orDie(seedFrom(aws.endpoint, { region: REGION, parameters }))
  yield* aws.calls.clear
  const { fetch } = yield* Sources
  const operations = Effect.map(aws.calls.all, (calls) => calls.map(({ operation }) => operation))
  return { ...aws, fetch: (address: Address) => fetch(address), operations }
})

/** A container endpoint that gives numbered keys of an hour, until it is told to do something else. */
const makeEndpoint = () => {
  const requests: Array<Exchange> = []
  let answer: Effect.Effect<Reply, ExchangeFailed> | undefined
  const reply = (status: number, body: string): Reply => ({ status, body, header: () => undefined })
  const exchange: Origin["exchange"] = (request) =>
    Effect.gen(function* () {
      requests.push(request)
      if (answer !== undefined) return yield* answer
      const now = yield* Clock.currentTimeMillis
      const keys = {
        AccessKeyId: `AKIACONTAINER${requests.length}`,
        SecretAccessKey: "secret",
        Token: "token",
        Expiration: DateTime.formatIso(DateTime.makeUnsafe(now + HOUR)),
      }
      return reply(200, JSON.stringify(keys))
    })
  const origin: Origin = {
    variables: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:9001/credentials",
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "token",
    },
    exchange,
  }
  return {
    origin,
    requests,
    reply,
    answering: (how: typeof answer) => {
      answer = how
    },
  }
}

/** The wall clock, and a way to set it. */
const movableClock = Effect.map(Clock.Clock, (live) => {
  let by = 0
  const now = () => live.currentTimeMillisUnsafe() + by
  const clock: Clock.Clock = Object.assign(Object.create(live), {
    currentTimeMillisUnsafe: now,
    currentTimeMillis: Effect.sync(now),
  })
  return {
    clock,
    jump: (ms: number) => {
      by += ms
    },
  }
})

describe("credentials of a role that AWS does not take", () => {
  it.live.each(REFUSALS)("are obtained anew, and the call is made again: %s", (type) =>
    Effect.gen(function* () {
      const { faults, fetch, operations } = yield* setup
      yield* fetch(parameter("A", READER))
      yield* faults.inject({ service: "ssm", times: 1, effect: refusal(type) })
      assert.strictEqual(bodyOf(yield* fetch(parameter("A", READER))), "value of A")
      assert.deepStrictEqual(yield* operations, [
        "AssumeRole",
        "GetParameter",
        "GetParameter",
        "AssumeRole",
        "GetParameter",
      ])
    }).pipe(onLocalAws),
  )

  it.live("are obtained once for many calls that were refused at once", () =>
    Effect.gen(function* () {
      const { faults, fetch, operations } = yield* setup
      const secret = {
        kind: "secrets",
        region: REGION,
        secretId: "none",
        versionStage: "AWSCURRENT",
        roleArn: READER,
      } as const
      // Two services, so that the calls are not one batch. Each is called once before, so that the next calls take no longer for
      // loading its client.
      yield* fetch(parameter("A", READER))
      yield* Effect.result(fetch(secret))
      yield* faults.inject({ service: "ssm", times: 1, effect: refusal("InvalidToken") })
      yield* faults.inject({ service: "secretsmanager", times: 1, effect: refusal("InvalidToken") })
      yield* Effect.all([fetch(parameter("A", READER)), Effect.result(fetch(secret))], {
        concurrency: "unbounded",
      })
      const all = yield* operations
      assert.strictEqual(all.filter((operation) => operation === "AssumeRole").length, 2)
      assert.strictEqual(all.filter((operation) => operation === "GetSecretValue").length, 3)
    }).pipe(onLocalAws),
  )

  it.live("that are refused again are an error with AWS's words, after one more call", () =>
    Effect.gen(function* () {
      const { faults, fetch, operations } = yield* setup
      yield* faults.inject({ service: "ssm", effect: refusal("UnrecognizedClientException") })
      const error = yield* Effect.flip(fetch(parameter("A", READER)))
      assert.deepInclude(error.reason, {
        _tag: "RefusedCredentials",
        detail: "UnrecognizedClientException: not taken",
      })
      assert.deepStrictEqual(yield* operations, ["AssumeRole", "GetParameter", "AssumeRole", "GetParameter"])
    }).pipe(onLocalAws),
  )

  it.live("are left alone where AWS denies access", () =>
    Effect.gen(function* () {
      const { faults, fetch, operations } = yield* setup
      yield* faults.inject({ service: "ssm", times: 1, effect: refusal("AccessDeniedException") })
      yield* Effect.flip(fetch(parameter("A", READER)))
      yield* fetch(parameter("A", READER))
      assert.deepStrictEqual(yield* operations, ["AssumeRole", "GetParameter", "GetParameter"])
    }).pipe(onLocalAws),
  )
})

describe("the function's own credentials that AWS does not take", () => {
  it.live("are an error, after one more call, where they stand in the environment", () =>
    Effect.gen(function* () {
      const { faults, fetch, operations } = yield* setup
      yield* faults.inject({ effect: refusal("UnrecognizedClientException") })
      const error = yield* Effect.flip(fetch(parameter("A")))
      assert.strictEqual(error.reason._tag, "RefusedCredentials")
      assert.deepStrictEqual(yield* operations, ["GetParameter", "GetParameter"])
    }).pipe(onLocalAws),
  )

  it.live.each(REFUSALS)("are asked of the container endpoint anew: %s", (type) => {
    const endpoint = makeEndpoint()
    return Effect.gen(function* () {
      const { calls, faults, fetch } = yield* setup
      yield* fetch(parameter("A"))
      yield* fetch(parameter("A"))
      assert.strictEqual(endpoint.requests.length, 1)
      yield* faults.inject({ service: "ssm", times: 1, effect: refusal(type) })
      assert.strictEqual(bodyOf(yield* fetch(parameter("A"))), "value of A")
      assert.strictEqual(endpoint.requests.length, 2)
      assert.deepInclude((yield* calls.all).at(-1), { operation: "GetParameter" })
    }).pipe(onLocalAwsWith(endpoint.origin))
  })

  it.live("are asked of it anew once, also for the role that is assumed with them", () => {
    const endpoint = makeEndpoint()
    return Effect.gen(function* () {
      const { faults, fetch, operations } = yield* setup
      yield* fetch(parameter("A"))
      yield* faults.inject({ service: "sts", times: 1, effect: refusal("InvalidClientTokenId") })
      yield* fetch(parameter("A", READER))
      assert.strictEqual(endpoint.requests.length, 2)
      assert.deepStrictEqual(yield* operations, ["GetParameter", "AssumeRole", "AssumeRole", "GetParameter"])
    }).pipe(onLocalAwsWith(endpoint.origin))
  })
})

describe("a container endpoint that fails", () => {
  const failures = ({ reply }: ReturnType<typeof makeEndpoint>) =>
    ({
      "with 500": Effect.succeed(reply(500, "oops")),
      "with 403": Effect.succeed(reply(403, "<html>")),
      "without a connection": Effect.fail(new ExchangeFailed({ url: "x", detail: "ECONNREFUSED" })),
      "by not answering": Effect.never,
      "with rubbish": Effect.succeed(reply(200, "<html>no</html>")),
      "with nothing": Effect.succeed(reply(200, "")),
      "with half of the keys": Effect.succeed(reply(200, '{"AccessKeyId":"AKIA"}')),
    }) as const

  const KINDS = Object.keys(failures(makeEndpoint())) as ReadonlyArray<keyof ReturnType<typeof failures>>

  it.live.each(KINDS)("%s costs nothing while its last keys are good, to their end", (kind) =>
    Effect.gen(function* () {
      const endpoint = makeEndpoint()
      const { clock, jump } = yield* movableClock
      yield* Effect.gen(function* () {
        const { fetch } = yield* setup
        yield* fetch(parameter("A"))
        endpoint.answering(failures(endpoint)[kind])
        jump(HOUR - 4 * MINUTE)
        for (let call = 0; call < 3; call++)
          assert.strictEqual(bodyOf(yield* fetch(parameter("A"))), "value of A")
        assert.strictEqual(endpoint.requests.length, 2)
        jump(3.9 * MINUTE)
        assert.strictEqual(bodyOf(yield* fetch(parameter("A"))), "value of A")
      }).pipe(onLocalAwsWith(endpoint.origin), Effect.provideService(Clock.Clock, clock))
    }),
  )

  it.live("is asked with the token that stands in its file now", () => {
    const endpoint = makeEndpoint()
    return Effect.gen(function* () {
      const { clock, jump } = yield* movableClock
      const file = path.join(mkdtempSync(path.join(tmpdir(), "token-")), "token")
      writeFileSync(file, "first\n")
      const variables = { ...endpoint.origin.variables, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file }
      yield* Effect.gen(function* () {
        const { fetch } = yield* setup
        yield* fetch(parameter("A"))
        writeFileSync(file, "second\n")
        jump(2 * HOUR)
        yield* fetch(parameter("A"))
        rmSync(file)
        jump(2 * HOUR)
        const error = yield* Effect.flip(fetch(parameter("A")))
        assert.include(error.message, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read")
        const tokens = endpoint.requests.map(({ headers }) => headers["authorization"])
        assert.deepStrictEqual(tokens, ["first", "second"])
      }).pipe(onLocalAwsWith({ ...endpoint.origin, variables }), Effect.provideService(Clock.Clock, clock))
    })
  })

  it.live.each(KINDS)("%s is an error without keys, which says so and quotes nothing", (kind) => {
    const endpoint = makeEndpoint()
    endpoint.answering(failures(endpoint)[kind])
    return Effect.gen(function* () {
      const { fetch, operations } = yield* setup
      const result = yield* Effect.result(fetch(parameter("A")))
      const words = Result.isFailure(result) ? result.failure.message : "there was a value"
      assert.match(words, /endpoint|no credentials in time/)
      assert.notMatch(words, /AKIA|html/)
      assert.deepStrictEqual(yield* operations, [])
    }).pipe(onLocalAwsWith(endpoint.origin))
  })
})
