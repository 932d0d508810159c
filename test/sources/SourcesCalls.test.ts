/**
 * What `Sources` passes on: to a source what the cache holds and how long an attempt may take, to each caller what
 * becomes of its address and of those that it waits with, and to the clients which connections will be needed.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Result, Scope } from "effect"
import { TestClock } from "effect/testing"
import type { Address } from "../../src/domain/Address.ts"
import type { ParameterAddress } from "../../src/kinds/parameters/address.ts"
import type { Value } from "../../src/domain/Entry.ts"
import { type SourceError, Throttled } from "../../src/domain/SourceError.ts"
import { AwsClients } from "../../src/aws/AwsClients.ts"
import type { Effort } from "../../src/sources/retry.ts"
import type { Fetched } from "../../src/kinds/Source.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { bodyOf, failure } from "../support/entries.ts"
import { recordedCalls, type Reply, SILENCE } from "../support/recordedCalls.ts"

const ROLE = "arn:aws:iam::123456789012:role/reader"
const REGION = "us-west-2"

const parameter = (name: string, more: Partial<ParameterAddress> = {}): ParameterAddress => ({
  kind: "parameters",
  region: REGION,
  name,
  ...more,
})
const item = (id: string): Address => ({
  kind: "dynamodb",
  region: REGION,
  table: "Things",
  hash: { name: "id", type: "S", value: id },
  consistentRead: false,
  numbers: "number",
})
const configuration: Address = {
  kind: "appconfig",
  region: REGION,
  application: "a",
  environment: "e",
  profile: "p",
}

const throttled = failure(new Throttled({ detail: "slow down" }))

const shownOne = (fetched: Fetched) =>
  Result.isSuccess(fetched) ? bodyOf(fetched.success) : fetched.failure.reason._tag

/** Counts what a caller hears of the progress of its fetch. */
const noting = () => {
  let notes = 0
  const progress = {
    note: () => void (notes += 1),
    signs: () => notes,
    silentSince: () => 0,
    longestSilence: () => 0,
  }
  return { progress, notes: () => notes }
}

const setup = Effect.fnUntraced(function* (reply: Reply) {
  const { callerOf, calls } = recordedCalls(reply)
  const connections: Array<string> = []
  const clients = Layer.mock(AwsClients, {
    preconnect: (service, { region, roleArn = "" }) =>
      Effect.sync(() => void connections.push(`${service.id} ${region} ${roleArn}`.trim())),
    caller: (service) => Effect.succeed(callerOf(service)),
  })
  const scope = yield* Scope.make()
  const context = yield* Layer.build(Sources.layerNoDeps.pipe(Layer.provide(clients))).pipe(
    Scope.provide(scope),
  )
  const sources = yield* Effect.provideContext(Sources, context)
  const start = (address: Address, effort?: Effort, held?: Value) =>
    Effect.forkChild(Effect.result(sources.fetch(address, effort, held)), { startImmediately: true })
  /** Modules of sources are imported at their first fetch: real time, in which no test's clock moves. */
  const called = (count: number) =>
    Effect.repeat(
      Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve))),
      { until: () => calls.length >= count },
    )
  return { calls, connections, scope, sources, start, called }
})

const silent: Reply = () => SILENCE
const outcome = (result: Result.Result<Value, SourceError>) => shownOne(result)

describe("Sources", () => {
  it.effect("opens one connection for each service, region and role that will be needed", () =>
    Effect.gen(function* () {
      const { connections, sources } = yield* setup(silent)
      yield* sources.prepare([
        parameter("A"),
        parameter("B"),
        parameter("C", { region: "eu-west-1" }),
        parameter("D", { roleArn: ROLE }),
        { kind: "secrets", region: REGION, secretId: "S", versionStage: "AWSCURRENT" },
        configuration,
        item("a"),
      ])
      assert.deepStrictEqual(connections, [
        "SSM us-west-2",
        "SSM eu-west-1",
        `SSM us-west-2 ${ROLE}`,
        "SECRETS_MANAGER us-west-2",
        "APPCONFIGDATA us-west-2",
        "DYNAMODB us-west-2",
      ])
    }),
  )

  it.effect.each([
    ["46 % of a read's default budget", undefined, 1_150],
    ["46 % of the budget", { budget: 1_000, retryFor: 0 }, 460],
    ["what the effort says", { budget: 1_000, retryFor: 0, attemptTimeout: 200 }, 200],
  ] as const)("gives an attempt %s, and makes a second one", ([, effort, each]) =>
    Effect.gen(function* () {
      const { called, calls, start } = yield* setup(silent)
      const fiber = yield* start(parameter("A"), effort)
      yield* called(1)
      yield* TestClock.adjust(each - 1)
      assert.lengthOf(calls, 1)
      yield* TestClock.adjust(1)
      assert.lengthOf(calls, 2)
      yield* TestClock.adjust(each)
      assert.strictEqual(outcome(yield* Fiber.join(fiber)), "TimedOut")
    }),
  )

  it.effect("does not let those who can wait share a call with those who cannot", () =>
    Effect.gen(function* () {
      const { called, calls, start } = yield* setup(silent)
      yield* start(parameter("A"), { budget: 1_000, retryFor: 0, attemptTimeout: 200 })
      yield* start(parameter("B"), { budget: 4_000, retryFor: 0, attemptTimeout: 200 })
      yield* start(parameter("C"), { budget: 1_000, retryFor: 0, attemptTimeout: 300 })
      yield* called(2)
      assert.deepStrictEqual(
        calls.map(({ input }) => input["Names"] ?? [input["Name"]]),
        [["A", "B"], ["C"]],
      )
    }),
  )

  it.effect("insists only where a fetch has patience", () =>
    Effect.gen(function* () {
      const { called, calls, start } = yield* setup(() => throttled)
      const hasty = yield* start(parameter("A"))
      yield* called(1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(outcome(yield* Fiber.join(hasty)), "Throttled")
      assert.lengthOf(calls, 4)
      const patient = yield* start(parameter("B", { region: "eu-west-1" }), {
        budget: 9_000,
        retryFor: 8_000,
      })
      yield* called(5)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(outcome(yield* Fiber.join(patient)), "Throttled")
      assert.isAbove(calls.length, 8)
    }),
  )

  it.effect("asks AppConfig in the session of the value that is held", () =>
    Effect.gen(function* () {
      const { calls, sources } = yield* setup(({ operation }) =>
        operation === "StartConfigurationSession"
          ? { InitialConfigurationToken: "t1" }
          : {
              Configuration: new TextEncoder().encode("on"),
              NextPollConfigurationToken: "t2",
              NextPollIntervalInSeconds: 15,
            },
      )
      const value = yield* sources.fetch(configuration)
      yield* TestClock.adjust("1 minute")
      yield* sources.fetch(configuration, undefined, value)
      assert.deepStrictEqual(
        calls.map(({ operation }) => operation),
        ["StartConfigurationSession", "GetLatestConfiguration", "GetLatestConfiguration"],
      )
    }),
  )

  it.effect("tells those who wait in a batch what comes for others, and nobody after its own value", () =>
    Effect.gen(function* () {
      const { called, start } = yield* setup(({ operation }) =>
        operation === "GetParameters" ? { Parameters: [{ Name: "A", Value: "a", Version: 1 }] } : SILENCE,
      )
      const [a, b] = [noting(), noting()]
      const effort = { budget: 1_000, retryFor: 0 }
      const first = yield* start(parameter("A"), { ...effort, progress: a.progress })
      yield* start(parameter("B"), { ...effort, progress: b.progress })
      // B is asked for alone.
      yield* called(2)
      assert.strictEqual(outcome(yield* Fiber.join(first)), "a")
      assert.deepStrictEqual([a.notes(), b.notes()], [0, 1])
    }),
  )

  it.effect("tells of each page of a path", () =>
    Effect.gen(function* () {
      const { called, start } = yield* setup(({ input }) =>
        input["NextToken"] === undefined
          ? { Parameters: [{ Name: "/p/A", Value: "a", Version: 1 }], NextToken: "second" }
          : SILENCE,
      )
      const waiting = noting()
      const effort = { budget: 1_000, retryFor: 0, progress: waiting.progress }
      yield* start({ kind: "parameters", region: REGION, path: "/p" }, effort)
      yield* called(2)
      assert.strictEqual(waiting.notes(), 1)
    }),
  )

  it.effect("takes along, while a call is under way, who comes within 2 ms", () =>
    Effect.gen(function* () {
      const { called, calls, start } = yield* setup(silent)
      yield* start(parameter("A"))
      yield* called(1)
      yield* start(parameter("B"))
      yield* TestClock.adjust(1)
      yield* start(parameter("C"))
      yield* TestClock.adjust(5)
      yield* called(2)
      assert.deepStrictEqual(calls[1]?.input["Names"], ["B", "C"])
    }),
  )

  it.effect("asks for what is left as long as one of those who asked waits, and no longer", () =>
    Effect.gen(function* () {
      const keys = ["a", "b"].map((id) => ({ id: { S: id } }))
      const { called, calls, start } = yield* setup(() => ({
        Responses: {},
        UnprocessedKeys: { Things: { Keys: keys } },
      }))
      const first = yield* start(item("a"))
      const second = yield* start(item("b"))
      yield* called(1)
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("100 millis")
      assert.lengthOf(calls, 2)
      yield* Fiber.interrupt(second)
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(calls, 2)
    }),
  )

  it.effect("tells those in the queue of calls that it has moved", () =>
    Effect.gen(function* () {
      const { called, calls, start } = yield* setup(silent)
      for (let index = 0; index < 16; index += 1)
        yield* start(parameter("A", { region: `region-${index}` }), { budget: 1_000, retryFor: 0 })
      yield* called(16)
      const waiting = noting()
      yield* start(parameter("B"), { budget: 9_000, retryFor: 0, progress: waiting.progress })
      yield* TestClock.adjust("1 second")
      yield* called(33)
      assert.lengthOf(calls, 33)
      assert.strictEqual(waiting.notes(), 1)
    }),
  )

  it.effect("ends its calls with the program", () =>
    Effect.gen(function* () {
      const { called, scope, start } = yield* setup(silent)
      const fiber = yield* start(parameter("A"))
      yield* called(1)
      yield* Scope.close(scope, Exit.void)
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.hasInterrupts(exit))
    }),
  )
})
