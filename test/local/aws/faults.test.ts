/**
 * Every fault of local AWS as a caller sees it: with the SDK, or with plain HTTP if the SDK hides the difference.
 *
 * The tests of the sources, the cache and the extension rely on these faults.
 */
import { BatchGetItemCommand, GetItemCommand } from "@aws-sdk/client-dynamodb"
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager"
import { GetParameterCommand, GetParametersCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { AwsEmulator } from "../../../local/aws/AwsEmulator.ts"
import { splitBatch } from "../../../local/aws/Dynamo.ts"
import { type FaultEffect, type FaultRule } from "../../../local/aws/Faults.ts"
import { seedFrom } from "../../../local/aws/seed.ts"
import { awsClients, awsLayer, refusalOf, REGION, sdk } from "../../support/aws.ts"
import { exchange, GET_PARAMETER, signed, type WireError } from "./wire.ts"

const seed = {
  region: REGION,
  parameters: [
    { name: "a", value: "value of a" },
    { name: "b", value: "value of b" },
  ],
  secrets: [{ name: "s", value: "value of s" }],
  tables: [
    {
      name: "things",
      hashKey: { name: "id" },
      items: [{ id: "1" }, { id: "2" }, { id: "3" }],
    },
  ],
}

const prepare = Effect.gen(function* () {
  const aws = yield* AwsEmulator
  yield* seedFrom(aws.endpoint, seed)
  yield* aws.calls.clear
  return { ...aws, ...(yield* awsClients()) }
}).pipe(Effect.orDie)

const getA = new GetParameterCommand({ Name: "a" })
const getB = new GetParameterCommand({ Name: "b" })

/** Reads parameter `a` by plain HTTP with one fault. */
const wireUnder = (effect: FaultEffect) =>
  Effect.gen(function* () {
    const { endpoint, faults } = yield* prepare
    yield* faults.inject({ effect })
    return yield* exchange(endpoint, { headers: signed(GET_PARAMETER, "ssm"), body: '{"Name":"a"}' })
  }).pipe(Effect.scoped, Effect.provide(awsLayer))

describe("injected faults", () => {
  it.effect("throttle with the error that each service uses for it", () =>
    Effect.gen(function* () {
      const { ssm, secrets, dynamo, faults } = yield* prepare
      yield* faults.inject({ effect: { kind: "throttle" } })
      const getItem = new GetItemCommand({ TableName: "things", Key: { id: { S: "1" } } })
      const refusals = [
        yield* refusalOf(() => ssm.send(getA)),
        yield* refusalOf(() => secrets.send(new GetSecretValueCommand({ SecretId: "s" }))),
        yield* refusalOf(() => dynamo.send(getItem)),
      ]
      assert.deepStrictEqual(
        refusals.map(({ name, status }) => [name, status]),
        [
          ["ThrottlingException", 400],
          ["ThrottlingException", 400],
          ["ProvisionedThroughputExceededException", 400],
        ],
      )
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("answer with any error, and with the truth again once removed", () =>
    Effect.gen(function* () {
      const { ssm, faults } = yield* prepare
      const handle = yield* faults.inject({
        effect: { kind: "error", status: 500, type: "InternalServerError", message: "An error occurred" },
      })
      const refusal = yield* refusalOf(() => ssm.send(getA))
      assert.deepStrictEqual(refusal, {
        name: "InternalServerError",
        message: "An error occurred",
        status: 500,
      })
      assert.strictEqual(yield* handle.hits, 1)
      yield* handle.remove
      assert.strictEqual((yield* sdk(() => ssm.send(getA))).Parameter?.Value, "value of a")
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("touch only the service, the operation and the names of their rule", () =>
    Effect.gen(function* () {
      const { ssm, secrets, faults } = yield* prepare
      yield* faults.inject({
        service: "ssm",
        operation: "GetParameter",
        match: ["a"],
        effect: { kind: "throttle" },
      })
      assert.strictEqual((yield* refusalOf(() => ssm.send(getA))).name, "ThrottlingException")
      assert.strictEqual((yield* sdk(() => ssm.send(getB))).Parameter?.Value, "value of b")
      const both = yield* sdk(() => ssm.send(new GetParametersCommand({ Names: ["a", "b"] })))
      assert.strictEqual(both.Parameters?.length, 2)
      const secret = yield* sdk(() => secrets.send(new GetSecretValueCommand({ SecretId: "s" })))
      assert.strictEqual(secret.SecretString, "value of s")
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("skip so many calls, then fail so many, then let all through", () =>
    Effect.gen(function* () {
      const { ssm, faults } = yield* prepare
      const rule: FaultRule = { after: 1, times: 2, effect: { kind: "throttle" } }
      yield* faults.inject(rule)
      const outcomes: Array<string> = []
      for (let call = 0; call < 5; call++) {
        outcomes.push(
          yield* Effect.tryPromise(() => ssm.send(getA)).pipe(
            Effect.match({ onSuccess: () => "served", onFailure: () => "throttled" }),
          ),
        )
      }
      assert.deepStrictEqual(outcomes, ["served", "throttled", "throttled", "served", "served"])
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("are survived by the SDK's own retries when they pass", () =>
    Effect.gen(function* () {
      const { faults, calls } = yield* prepare
      const { ssm } = yield* awsClients({ maxAttempts: 3 })
      yield* faults.inject({ times: 1, effect: { kind: "resetBefore" } })
      assert.strictEqual((yield* sdk(() => ssm.send(getA))).Parameter?.Value, "value of a")
      assert.strictEqual((yield* calls.all).length, 2)
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("delay the true answer", () =>
    Effect.gen(function* () {
      const { ssm, faults } = yield* prepare
      yield* faults.inject({ effect: { kind: "delay", duration: "50 millis" } })
      const start = performance.now()
      assert.strictEqual((yield* sdk(() => ssm.send(getA))).Parameter?.Value, "value of a")
      // A timer may fire a fraction of a millisecond early.
      assert.isAtLeast(performance.now() - start, 49)
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("reset the connection before the answer", () =>
    Effect.gen(function* () {
      const error: WireError = yield* Effect.flip(wireUnder({ kind: "resetBefore" }))
      assert.deepStrictEqual([error.code, error.received], ["ECONNRESET", ""])
    }),
  )

  it.effect("reset the connection in the middle of the answer", () =>
    Effect.gen(function* () {
      const error: WireError = yield* Effect.flip(wireUnder({ kind: "resetMid" }))
      assert.strictEqual(error.code, "ECONNRESET")
      assert.isTrue(error.received.startsWith('{"Parameter"'))
      assert.throws(() => JSON.parse(error.received))
    }),
  )

  it.effect("cut the answer short of its length", () =>
    Effect.gen(function* () {
      const error: WireError = yield* Effect.flip(wireUnder({ kind: "truncate" }))
      assert.isTrue(error.received.startsWith('{"Parameter"'))
      assert.throws(() => JSON.parse(error.received))
    }),
  )

  it.effect("answer with something that is no JSON, or with nothing", () =>
    Effect.gen(function* () {
      const page = yield* wireUnder({ kind: "page", status: 403 })
      assert.deepInclude(page, { status: 403 })
      const wrong = yield* wireUnder({ kind: "wrongJson" })
      assert.strictEqual(wrong.status, 200)
      assert.throws(() => JSON.parse(wrong.body))
      const empty = yield* wireUnder({ kind: "emptyBody" })
      assert.deepStrictEqual([empty.status, empty.body], [200, ""])
    }),
  )

  it.effect("answer with any body in place of the true one", () =>
    Effect.gen(function* () {
      const wire = yield* wireUnder({ kind: "body", body: '{"Parameter":3}' })
      assert.deepStrictEqual([wire.status, wire.body], [200, '{"Parameter":3}'])
    }),
  )

  it.effect("give the truth in another order, and leave out of it what they are told to", () =>
    Effect.gen(function* () {
      const { ssm, faults } = yield* prepare
      const asked = new GetParametersCommand({ Names: ["a:1", "b"] })
      const answers = Effect.map(
        sdk(() => ssm.send(asked)),
        ({ Parameters = [] }) =>
          Parameters.map(({ Name, Selector, Value, Version }) => ({ Name, Selector, Value, Version })),
      )
      const truth = yield* answers
      assert.deepInclude(truth[0], { Name: "a", Selector: ":1" })

      const reversed = yield* faults.inject({ effect: { kind: "rearrange", order: "reversed" } })
      assert.deepStrictEqual(yield* answers, truth.toReversed())
      yield* reversed.remove

      const bare = yield* faults.inject({
        effect: { kind: "rearrange", order: "reversed", without: ["Selector", "Version"] },
      })
      assert.deepStrictEqual(
        yield* answers,
        truth
          .toReversed()
          .map(({ Name, Value }) => ({ Name, Selector: undefined, Value, Version: undefined })),
      )
      yield* bare.remove

      yield* faults.inject({ effect: { kind: "rearrange", selectorInName: true } })
      assert.sameDeepMembers(
        [...(yield* answers)],
        [{ ...truth[0], Name: "a:1", Selector: undefined }, { ...truth[1] }],
      )
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("hang until the caller gives up, and hold up nobody else", () =>
    Effect.gen(function* () {
      const { ssm, faults, calls } = yield* prepare
      yield* faults.inject({ match: ["a"], effect: { kind: "hang" } })
      const hanging = yield* Effect.forkChild(
        Effect.tryPromise((abortSignal) => ssm.send(getA, { abortSignal })),
      )
      yield* calls.until(({ names }) => names.includes("a"))
      assert.strictEqual((yield* sdk(() => ssm.send(getB))).Parameter?.Value, "value of b")
      yield* Fiber.interrupt(hanging)
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("hand keys of a batch back as unprocessed", () =>
    Effect.gen(function* () {
      const { dynamo, faults } = yield* prepare
      const Keys = ["1", "2", "3"].map((id) => ({ id: { S: id } }))
      const batch = () => dynamo.send(new BatchGetItemCommand({ RequestItems: { things: { Keys } } }))
      yield* faults.inject({ times: 1, effect: { kind: "unprocessed", processed: 2 } })
      const partly = yield* sdk(batch)
      assert.strictEqual(partly.Responses?.["things"]?.length, 2)
      assert.deepStrictEqual(partly.UnprocessedKeys?.["things"]?.Keys, Keys.slice(2))
      yield* faults.inject({ times: 1, effect: { kind: "unprocessed" } })
      const none = yield* sdk(batch)
      assert.deepStrictEqual([none.Responses, none.UnprocessedKeys?.["things"]?.Keys], [{}, Keys])
      assert.strictEqual((yield* sdk(batch)).Responses?.["things"]?.length, 3)
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it("split a batch without losing or doubling a key, in every place", () => {
    const items = { one: { Keys: [1, 2, 3], ConsistentRead: true }, two: { Keys: [4, 5] } }
    const keysOf = (part: Record<string, { readonly Keys: ReadonlyArray<unknown> }>) =>
      Object.values(part).flatMap(({ Keys }) => Keys)
    for (let processed = 0; processed <= 6; processed++) {
      const { read, unprocessed } = splitBatch(items, processed)
      assert.strictEqual(keysOf(read).length, Math.min(processed, 5))
      assert.deepStrictEqual([...keysOf(read), ...keysOf(unprocessed)].toSorted(), [1, 2, 3, 4, 5])
    }
    assert.strictEqual(splitBatch(items, 1).unprocessed["one"]?.["ConsistentRead"], true)
  })
})
