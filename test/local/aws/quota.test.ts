/**
 * The quotas of local AWS: which calls count, what is refused beyond them, and how they fill up again.
 */
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager"
import { GetParameterCommand, GetParametersCommand, PutParameterCommand } from "@aws-sdk/client-ssm"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { AwsEmulator } from "../../../local/aws/AwsEmulator.ts"
import { makeQuota } from "../../../local/aws/Quota.ts"
import { awsClients, awsLayer, refusalOf, sdk } from "../../support/aws.ts"
import { exchange } from "./wire.ts"

const put = new PutParameterCommand({ Name: "a", Value: "value", Type: "String", Overwrite: true })
const get = new GetParameterCommand({ Name: "a" })
const getTwo = new GetParametersCommand({ Names: ["a", "b"] })

/** One call now, the next one in a quarter of an hour. */
const ONE = { ssm: 0.001 }
const oneCall = Layer.orDie(AwsEmulator.layer({ quota: ONE }))

const READ = { service: "ssm", operation: "GetParameter", region: "eu-west-1" } as const

/** How many of these calls pass, which arrive at these times in milliseconds. */
const passed = (perSecond: number, times: ReadonlyArray<number>): number => {
  const { allows } = makeQuota({ ssm: perSecond })
  return times.filter((time) => allows(READ, time)).length
}

it.effect("a call beyond the quota is throttled as by AWS, and the record of calls says so", () =>
  Effect.gen(function* () {
    const { calls } = yield* AwsEmulator
    const { ssm } = yield* awsClients()
    yield* sdk(() => ssm.send(put))
    yield* sdk(() => ssm.send(get))
    assert.deepStrictEqual(yield* refusalOf(() => ssm.send(get)), {
      name: "ThrottlingException",
      message: "Rate exceeded",
      status: 400,
    })
    assert.deepStrictEqual(
      (yield* calls.all).map(({ isThrottled, operation }) => [operation, isThrottled === true]),
      [
        ["PutParameter", false],
        ["GetParameter", false],
        ["GetParameter", true],
      ],
    )
  }).pipe(Effect.scoped, Effect.provide(oneCall)),
)

it.effect(
  "all reading operations of a service share a quota; writes, other services and regions do not",
  () =>
    Effect.gen(function* () {
      const { ssm, secrets } = yield* awsClients()
      const elsewhere = yield* awsClients({ region: "eu-central-1" })
      yield* sdk(() => ssm.send(put))
      yield* sdk(() => ssm.send(getTwo))
      assert.strictEqual((yield* refusalOf(() => ssm.send(get))).name, "ThrottlingException")
      yield* sdk(() => ssm.send(put))
      yield* sdk(() => elsewhere.ssm.send(getTwo))
      const secret = yield* refusalOf(() => secrets.send(new GetSecretValueCommand({ SecretId: "none" })))
      assert.strictEqual(secret.name, "ResourceNotFoundException")
    }).pipe(Effect.scoped, Effect.provide(oneCall)),
)

it.effect("a call beyond the quota uses up no fault that was meant for another one", () =>
  Effect.gen(function* () {
    const { faults } = yield* AwsEmulator
    const { ssm } = yield* awsClients()
    yield* sdk(() => ssm.send(getTwo))
    const fault = yield* faults.inject({ effect: { kind: "error", status: 500, type: "Broken" } })
    assert.strictEqual((yield* refusalOf(() => ssm.send(get))).name, "ThrottlingException")
    assert.strictEqual(yield* fault.hits, 0)
  }).pipe(Effect.scoped, Effect.provide(oneCall)),
)

it.effect("a quota is read and set over HTTP, and one that makes no sense is refused by its name", () =>
  Effect.gen(function* () {
    const { endpoint } = yield* AwsEmulator
    const control = (method: string, body?: unknown) =>
      Effect.orDie(exchange(endpoint, { method, path: "/_quota", body: JSON.stringify(body) }))
    const { ssm } = yield* awsClients()
    yield* sdk(() => ssm.send(put))
    assert.strictEqual((yield* control("PUT", ONE)).status, 204)
    assert.strictEqual((yield* control("GET")).body, JSON.stringify(ONE))
    yield* sdk(() => ssm.send(get))
    assert.strictEqual((yield* refusalOf(() => ssm.send(get))).name, "ThrottlingException")
    for (const wrong of [{ ssm: 0 }, { ssm: "many" }, { parameterstore: 40 }]) {
      const { body, status } = yield* control("PUT", wrong)
      assert.strictEqual(status, 400)
      assert.include(body, Object.keys(wrong).join())
    }
    yield* control("PUT", {})
    yield* sdk(() => ssm.send(get))
  }).pipe(Effect.scoped, Effect.provide(awsLayer)),
)

it("a quota of 40 a second passes 40 calls at once, then one every 25 ms", () => {
  const atOnce = Array.from({ length: 100 }, () => 0)
  assert.strictEqual(passed(40, atOnce), 40)
  assert.strictEqual(passed(40, [...atOnce, 24]), 40)
  assert.strictEqual(passed(40, [...atOnce, 25, 25, 50, 50]), 42)
  assert.strictEqual(passed(40, [...atOnce, ...atOnce.map(() => 60_000)]), 80)
})

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

it.prop(
  "no more calls pass than the quota allows, and all do that come no faster",
  [between(1, 50), Schema.Array(between(0, 200))],
  ([perSecond, gaps]) => {
    let time = 0
    const times = gaps.map((gap) => (time += gap))
    assert.isAtMost(passed(perSecond, times), perSecond + (time / 1_000) * perSecond + 1e-6)
    const slow = times.map((_, index) => (index * 1_001) / perSecond)
    assert.strictEqual(passed(perSecond, slow), slow.length)
  },
)

it("a clock that is set back brings no calls, and takes none", () => {
  const { allows } = makeQuota({ ssm: 1 })
  assert.isTrue(allows(READ, 10_000))
  assert.isFalse(allows(READ, 0))
  assert.isTrue(allows(READ, 1_000))
})
