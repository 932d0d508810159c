/**
 * What a source says when it has nothing to give: words that name what was asked for, as callers and the log show them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import type { ItemAddress } from "../../src/kinds/dynamodb/address.ts"
import type { ParameterAddress } from "../../src/kinds/parameters/address.ts"
import type { SecretAddress } from "../../src/kinds/secrets/address.ts"
import { AccessDenied, type SourceError } from "../../src/domain/SourceError.ts"
import { NO_REASON, notFound } from "../../src/aws/awsErrors.ts"
import * as DynamoDb from "../../src/kinds/dynamodb/fetch/items.ts"
import * as Parameters from "../../src/kinds/parameters/fetch/parameters.ts"
import * as Secrets from "../../src/kinds/secrets/fetch/secrets.ts"
import type { Attempt, Fetched } from "../../src/kinds/Source.ts"
import { UNOBSERVED } from "../../src/kinds/Source.ts"
import { failure, unavailable } from "../support/entries.ts"
import { withRandom } from "../support/fixedRandom.ts"
import { recordedSource } from "../support/recordedCalls.ts"

const region = "us-west-2"
const parameter = (name: string): ParameterAddress => ({ kind: "parameters", region, name })
const secret = (secretId: string): SecretAddress => ({
  kind: "secrets",
  region,
  secretId,
  versionStage: "AWSCURRENT",
})
const item = (value: string): ItemAddress => ({
  kind: "dynamodb",
  region,
  table: "Things",
  hash: { name: "id", type: "S", value },
  consistentRead: false,
  numbers: "number",
})

/** The reasons and words of failures. */
const said = (results: ReadonlyArray<Fetched>) =>
  results.map((result) =>
    Result.isSuccess(result) ? "a value" : `${result.failure.reason._tag}: ${result.failure.message}`,
  )

describe("a parameter", () => {
  const MISSING = "NotFound: ParameterNotFound: Parameter Store has no parameter A in us-west-2"

  it.effect.each([
    ["missing, of which AWS says no more", notFound(`ParameterNotFound: ${NO_REASON}`), MISSING],
    [
      "missing, of which AWS says more",
      notFound("ParameterVersionNotFound: no version 7"),
      "NotFound: ParameterVersionNotFound: no version 7",
    ],
    ["unavailable", unavailable, "Unavailable: ServiceUnavailable"],
    [
      "denied, of which AWS says no more",
      failure(new AccessDenied({ detail: NO_REASON })),
      `AccessDenied: ${NO_REASON}`,
    ],
  ] as const)("that is %s is told of by its name and region where AWS names nothing", ([, error, words]) =>
    Effect.gen(function* () {
      const { fetch } = yield* recordedSource(Parameters.make, () => error)
      assert.deepStrictEqual(said(yield* fetch(parameter("A"))), [words])
    }),
  )

  it.effect("of which the reply is about another one is named", () =>
    Effect.gen(function* () {
      const { fetch } = yield* recordedSource(Parameters.make, () => ({
        Parameter: { Name: "B", Value: "v", Version: 1 },
      }))
      assert.deepStrictEqual(said(yield* fetch(parameter("A"))), [
        "Unavailable: the reply to GetParameter is not about A",
      ])
    }),
  )

  it.effect("is missing in a batch by its own name", () =>
    Effect.gen(function* () {
      const { fetch } = yield* recordedSource(Parameters.make, () => ({
        Parameters: [],
        InvalidParameters: ["A", "B"],
      }))
      assert.deepStrictEqual(said(yield* fetch(parameter("A"), parameter("B"))), [
        MISSING,
        MISSING.replace("parameter A", "parameter B"),
      ])
    }),
  )
})

describe("a secret", () => {
  it.effect("of which the reply is about another one is named", () =>
    Effect.gen(function* () {
      const { fetch } = yield* recordedSource(Secrets.make, () => ({ Name: "B", SecretString: "v" }))
      assert.deepStrictEqual(said(yield* fetch(secret("A"))), [
        "Unavailable: the reply to GetSecretValue is not about A",
      ])
    }),
  )

  it.effect(
    "that a batch refuses is refused as by a call of its own, with AWS's words or the lack of them",
    () =>
      Effect.gen(function* () {
        const Errors = [
          { SecretId: "A", ErrorCode: "AccessDeniedException", Message: "no permission" },
          { SecretId: "B", ErrorCode: "AccessDeniedException" },
          { SecretId: "C", ErrorCode: "SomethingNewException", Message: "never heard of" },
        ]
        const { fetch } = yield* recordedSource(Secrets.make, () => ({ SecretValues: [], Errors }))
        assert.deepStrictEqual(said(yield* fetch(secret("A"), secret("B"), secret("C"))), [
          "AccessDenied: AccessDeniedException: no permission",
          `AccessDenied: AccessDeniedException: ${NO_REASON}`,
          "InvalidRequest: SomethingNewException: never heard of",
        ])
      }),
  )

  it.effect("has no version where the reply has none", () =>
    Effect.gen(function* () {
      const { fetch } = yield* recordedSource(Secrets.make, () => ({ Name: "A", SecretString: "v" }))
      const [result] = yield* fetch(secret("A"))
      if (result === undefined || Result.isFailure(result)) return assert.fail("it has no value")
      assert.notProperty(result.success, "version")
    }),
  )
})

describe("an item", () => {
  const key = (value: string) => ({ id: { S: value } })

  it.effect("that is not there is told of by its table, and never by its key", () =>
    Effect.gen(function* () {
      const { fetch } = yield* recordedSource(DynamoDb.make, () => ({}))
      assert.deepStrictEqual(said(yield* fetch(item("a"))), [
        "NotFound: no item in table Things with this key",
      ])
    }),
  )

  it.effect("that was not asked for is no answer, alone and in a batch", () =>
    Effect.gen(function* () {
      const { fetch } = yield* recordedSource(DynamoDb.make, ({ operation }) =>
        operation === "GetItem" ? { Item: key("x") } : { Responses: { Things: [key("x")] } },
      )
      assert.deepStrictEqual(said(yield* fetch(item("a"))), [
        "Unavailable: the reply to GetItem is about something that was not asked for",
      ])
      const words = "Unavailable: the reply to BatchGetItem is about something that was not asked for"
      assert.deepStrictEqual(said(yield* fetch(item("a"), item("b"))), [words, words])
    }),
  )

  it.effect(
    "is JSON, told to be so, from the service and by the operations that its calls are counted under",
    () =>
      Effect.gen(function* () {
        const { calls, fetch, source } = yield* recordedSource(DynamoDb.make, ({ input, operation }) =>
          operation === "GetItem" ? { Item: input["Key"] } : { Responses: { Things: [key("a"), key("b")] } },
        )
        const results = [...(yield* fetch(item("a"))), ...(yield* fetch(item("a"), item("b")))]
        assert.deepStrictEqual(
          results.map((result) => Result.isSuccess(result) && result.success.contentType),
          ["application/json", "application/json", "application/json"],
        )
        assert.deepStrictEqual(
          calls.map(({ operation, service }) => [service, operation]),
          [
            ["DYNAMODB", "GetItem"],
            ["DYNAMODB", "BatchGetItem"],
          ],
        )
        assert.deepStrictEqual([source.kind, source.batchSize], ["dynamodb", 100])
      }),
  )

  it.effect.each([
    [0, [0, 40, 120, 280, 600, 1_240]],
    [1, [0, 60, 180, 420, 900, 1_860]],
  ] as const)(
    "that DynamoDB leaves is asked for after 50, 100, 200, 400, 800 ms, a fifth more or less: chance %d",
    ([share, expected]) =>
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        const moments: Array<number> = []
        const { source } = yield* recordedSource(DynamoDb.make, () => {
          moments.push(clock.currentTimeMillisUnsafe())
          return { Responses: {}, UnprocessedKeys: { Things: { Keys: [key("a"), key("b")] } } }
        })
        const attempt: Attempt = (call) => call
        const fiber = yield* source
          .fetch([item("a"), item("b")], attempt, [], UNOBSERVED)
          .pipe(withRandom(share), Effect.flip, Effect.forkChild({ startImmediately: true }))
        yield* TestClock.adjust("1 minute")
        const error: SourceError = yield* Fiber.join(fiber)
        assert.deepStrictEqual(moments.map(Math.round), [...expected])
        assert.deepStrictEqual(
          [error.reason._tag, error.message],
          ["Throttled", "DynamoDB left keys of BatchGetItem unprocessed"],
        )
      }),
  )

  it.effect("that DynamoDB leaves is not asked for again once nobody waits for it", () =>
    Effect.gen(function* () {
      const { calls, source } = yield* recordedSource(DynamoDb.make, () => ({
        Responses: {},
        UnprocessedKeys: { Things: { Keys: [key("a"), key("b")] } },
      }))
      const attempt: Attempt = (call) => call
      const rounds = { ...UNOBSERVED, isWanted: () => calls.length === 0 }
      const fiber = yield* source
        .fetch([item("a"), item("b")], attempt, [], rounds)
        .pipe(Effect.flip, Effect.forkChild({ startImmediately: true }))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "Throttled")
      assert.lengthOf(calls, 1)
    }),
  )
})
