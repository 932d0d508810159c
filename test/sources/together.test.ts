/**
 * What `Sources` does with fetches that come together, over clients that record what they are asked: in which calls they
 * go out, how many calls are under way at once, and that a call belongs to nobody who may leave.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Metric, Result } from "effect"
import { TestClock } from "effect/testing"
import { AwsClients } from "../../src/aws/AwsClients.ts"
import type { Address } from "../../src/domain/Address.ts"
import type { ParameterAddress } from "../../src/kinds/parameters/address.ts"
import type { SecretAddress } from "../../src/kinds/secrets/address.ts"
import * as Metrics from "../../src/observability/Metrics.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { bodyOf } from "../support/entries.ts"
import { recordedCalls, type Reply, SILENCE } from "../support/recordedCalls.ts"

const ROLE = "arn:aws:iam::123456789012:role/reader"

const parameter = (name: string, more: Partial<ParameterAddress> = {}): ParameterAddress => ({
  kind: "parameters",
  region: "us-west-2",
  name,
  ...more,
})
const secret = (secretId: string, more: Partial<SecretAddress> = {}): SecretAddress => ({
  kind: "secrets",
  region: "us-west-2",
  secretId,
  versionStage: "AWSCURRENT",
  ...more,
})

const sent = (Name: unknown) => ({ Name, Value: `value of ${String(Name)}`, Version: 1 })

/** Answers GetParameter and GetParameters with a value for each name. */
const valued: Reply = ({ input }) =>
  input["Names"] === undefined
    ? { Parameter: sent(input["Name"]) }
    : { Parameters: (input["Names"] as ReadonlyArray<string>).map(sent) }

/** The sources over clients that answer by `reply`, and a fetch that has begun. */
const setup = Effect.fnUntraced(function* (reply: Reply = valued) {
  const { calls, layer } = recordedCalls(reply)
  const context = yield* Layer.build(Sources.layerNoDeps.pipe(Layer.provide(layer)))
  const sources = yield* Effect.provideContext(Sources, context)
  const start = (address: Address) =>
    Effect.forkChild(Effect.result(sources.fetch(address)), { startImmediately: true })
  /** Modules of sources are imported at their first fetch: real time, in which no test's clock moves. */
  const called = (count: number) =>
    Effect.repeat(
      Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve))),
      { until: () => calls.length >= count },
    )
  const fetchAll = Effect.fnUntraced(function* (...addresses: ReadonlyArray<Address>) {
    const fibers = yield* Effect.forEach(addresses, start)
    return yield* Effect.forEach(fibers, Fiber.join)
  })
  return { calls, start, called, fetchAll }
})

const shown = (results: ReadonlyArray<Result.Result<Parameters<typeof bodyOf>[0], unknown>>) =>
  results.map((result) => (Result.isSuccess(result) ? bodyOf(result.success) : "failed"))

/** Answers nothing. */
const silent: Reply = () => SILENCE

describe("fetches that come together", () => {
  it.effect("share a call only with those of their region, role and decryption", () =>
    Effect.gen(function* () {
      const { calls, fetchAll } = yield* setup()
      const results = yield* fetchAll(
        parameter("A"),
        parameter("B", { region: "eu-west-1" }),
        parameter("C", { roleArn: ROLE }),
        parameter("D", { withDecryption: false }),
        parameter("E"),
        parameter("F", { roleArn: ROLE }),
      )
      assert.deepStrictEqual(
        shown(results),
        ["A", "B", "C", "D", "E", "F"].map((name) => `value of ${name}`),
      )
      const asked = calls.map(({ access: { region, roleArn = "" }, input }) => [
        region,
        roleArn,
        String(input["Names"] ?? input["Name"]),
        input["WithDecryption"],
      ])
      assert.sameDeepMembers(asked, [
        ["us-west-2", "", "A,E", true],
        ["eu-west-1", "", "B", true],
        ["us-west-2", ROLE, "C,F", true],
        ["us-west-2", "", "D", false],
      ])
    }),
  )

  it.effect("leave in calls of ten names at the most, each counted by its size", () =>
    Effect.gen(function* () {
      const { calls, fetchAll } = yield* setup()
      yield* fetchAll(...Array.from({ length: 23 }, (_, index) => parameter(`p${index}`)))
      const sizes = calls.map(({ input }) => (input["Names"] as ReadonlyArray<string>).length)
      assert.deepStrictEqual(
        sizes.toSorted((left, right) => right - left),
        [10, 10, 3],
      )
      // A member is told before its call is counted.
      yield* TestClock.adjust(1)
      const size = Metric.withAttributes(Metrics.batchSize, { kind: "parameters" })
      const { count, max, sum } = yield* Metric.value(size)
      assert.deepStrictEqual({ count, max, sum }, { count: 3, max: 10, sum: 23 })
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())),
  )

  it.effect("keep 16 calls under way at once over all services, and the next leaves when one has ended", () =>
    Effect.gen(function* () {
      const { called, calls, start } = yield* setup(silent)
      // Each in a region of its own: no call is shared.
      for (let index = 0; index < 12; index += 1) yield* start(parameter("A", { region: `region-${index}` }))
      for (let index = 0; index < 8; index += 1) yield* start(secret("S", { region: `region-${index}` }))
      yield* called(16)
      yield* TestClock.adjust("100 millis")
      yield* Effect.yieldNow
      assert.lengthOf(calls, 16)
      // They are cut off after their time, and those that have waited are called.
      yield* TestClock.adjust("1 minute")
      yield* called(20)
      assert.isAtLeast(new Set(calls.map(({ access, service }) => service + access.region)).size, 20)
    }),
  )

  it.effect("are fetched although the one that came first has left", () =>
    Effect.gen(function* () {
      let answer: () => unknown = () => SILENCE
      const { called, calls, start } = yield* setup(
        (call, count) => (count === 1 ? SILENCE : answer()) ?? call,
      )
      answer = () => ({ Parameters: ["A", "B"].map(sent) })
      const first = yield* start(parameter("A"))
      const second = yield* start(parameter("B"))
      yield* called(1)
      yield* Fiber.interrupt(first)
      // The call is cut off after its time and made again: it belongs to nobody.
      yield* TestClock.adjust("2 seconds")
      yield* called(2)
      assert.deepStrictEqual(shown([yield* Fiber.join(second)]), ["value of B"])
      assert.deepStrictEqual(
        calls.map(({ input }) => String(input["Names"])),
        ["A,B", "A,B"],
      )
    }),
  )
})

describe("what fetches need", () => {
  it.live("is imported before the first fetch, once for each kind", () =>
    Effect.gen(function* () {
      const made: Array<string> = []
      const { callerOf, layer } = recordedCalls(valued)
      const counting = Layer.mock(AwsClients, {
        caller: (service) => Effect.sync(() => (made.push(service.id), callerOf(service))),
      })
      const context = yield* Layer.build(
        Sources.layerNoDeps.pipe(Layer.provide(Layer.merge(layer, counting))),
      )
      const { fetch, importFor } = yield* Effect.provideContext(Sources, context)
      yield* importFor([parameter("A"), secret("S"), parameter("B")])
      assert.deepStrictEqual(made, ["SSM", "SECRETS_MANAGER"])
      assert.strictEqual(bodyOf(yield* fetch(parameter("A"))), "value of A")
      assert.lengthOf(made, 2)
    }).pipe(Effect.scoped),
  )
})
