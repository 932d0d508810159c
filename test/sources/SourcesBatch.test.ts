/**
 * What `fetchBatch` makes of the rounds of a batch: each member is told once, a failed call is the result of those alone
 * that have not come, and who is asked for alone has all that it had in the batch.
 */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import type { ParameterAddress } from "../../src/kinds/parameters/address.ts"
import { AccessDenied } from "../../src/domain/SourceError.ts"
import type { Circuit } from "../../src/sources/Circuit.ts"
import type { Fetched, Source } from "../../src/kinds/Source.ts"
import { fetchBatch } from "../../src/sources/Sources.ts"
import { bodyOf, failure, nameAt, text, unavailable } from "../support/entries.ts"

const ROLE = "arn:aws:iam::123456789012:role/reader"

const parameter = (name: string, more: Partial<ParameterAddress> = {}): ParameterAddress => ({
  kind: "parameters",
  region: "us-west-2",
  name,
  ...more,
})

const denied = failure(new AccessDenied({ detail: "denied" }))
const closed: Circuit = () => (call) => call

const shownOne = (fetched: Fetched) =>
  Result.isSuccess(fetched) ? bodyOf(fetched.success) : fetched.failure.reason._tag

/** Notes what `fetchBatch` tells of each member, in its order. */
const listening = () => {
  const told: Array<readonly [number, unknown]> = []
  const rounds = {
    settle: (index: number, fetched: Fetched) => void told.push([index, shownOne(fetched)]),
    moved: () => {},
    isWanted: () => true,
  }
  return { told, rounds }
}

const parametersBy = (fetch: Source<"parameters">["fetch"]): Source<"parameters"> => ({
  kind: "parameters",
  batchSize: 10,
  groupOf: ({ region }) => region,
  fetch,
})

describe("fetchBatch", () => {
  it.effect("tells what became of a member once, and keeps to it", () =>
    Effect.gen(function* () {
      const { rounds, told } = listening()
      const source = parametersBy((_addresses, _attempt, _held, { settle }) =>
        Effect.sync(() => {
          settle(1, Result.succeed(text("first")))
          settle(1, Result.succeed(text("second")))
          return [Result.fail(denied), Result.succeed(text("third"))]
        }),
      )
      const results = yield* fetchBatch(source, [parameter("A"), parameter("B")], closed, [], rounds)
      assert.deepStrictEqual(results.map(shownOne), ["AccessDenied", "first"])
      assert.deepStrictEqual(told, [
        [1, "first"],
        [0, "AccessDenied"],
      ])
    }),
  )

  it.effect(
    "asks alone for the members of a denied call that have not come, each with what is held of it",
    () =>
      Effect.gen(function* () {
        const { rounds, told } = listening()
        const asked: Array<unknown> = []
        const source = parametersBy((addresses, _attempt, held, { settle }) => {
          asked.push([addresses.map(nameAt), held.map((value) => value && bodyOf(value))])
          if (addresses.length === 1) return Effect.succeed([Result.succeed(text(nameAt(addresses[0])))])
          settle(1, Result.succeed(text("B, in its round")))
          return Effect.fail(denied)
        })
        const addresses = [parameter("A"), parameter("B"), parameter("C")] as const
        const held = [text("old A"), text("old B"), undefined]
        const results = yield* fetchBatch(source, addresses, closed, held, rounds)
        assert.deepStrictEqual(results.map(shownOne), ["A", "B, in its round", "C"])
        assert.deepStrictEqual(asked, [
          [
            ["A", "B", "C"],
            ["old A", "old B", undefined],
          ],
          [["A"], ["old A"]],
          [["C"], [undefined]],
        ])
        assert.deepStrictEqual(told, [
          [1, "B, in its round"],
          [0, "A"],
          [2, "C"],
        ])
      }),
  )

  it.effect("fails only those that have not come when the service is dead", () =>
    Effect.gen(function* () {
      const { rounds, told } = listening()
      const source = parametersBy((_addresses, _attempt, _held, { settle }) => {
        settle(0, Result.succeed(text("A")))
        return Effect.fail(unavailable)
      })
      const results = yield* fetchBatch(source, [parameter("A"), parameter("B")], closed, [], rounds)
      assert.deepStrictEqual(results.map(shownOne), ["A", "Unavailable"])
      assert.deepStrictEqual(told, [
        [0, "A"],
        [1, "Unavailable"],
      ])
    }),
  )

  it.effect("gives a member that is asked for alone the time of an attempt, and all are asked at once", () =>
    Effect.gen(function* () {
      let alone = 0
      const source = parametersBy((addresses, attempt) =>
        addresses.length > 1
          ? Effect.fail(denied)
          : attempt(Effect.suspend(() => ((alone += 1), Effect.never))),
      )
      const fiber = yield* fetchBatch(
        source,
        [parameter("A"), parameter("B")],
        closed,
        undefined,
        undefined,
        Duration.millis(200),
      ).pipe(Effect.forkChild({ startImmediately: true }))
      yield* TestClock.adjust(199)
      assert.strictEqual(alone, 2)
      yield* TestClock.adjust(1)
      assert.strictEqual(alone, 4)
      yield* TestClock.adjust(200)
      assert.deepStrictEqual((yield* Fiber.join(fiber)).map(shownOne), ["TimedOut", "TimedOut"])
    }),
  )

  it.effect.each([
    ["parameters in us-west-2", {}],
    [`parameters in us-west-2 as ${ROLE}`, { roleArn: ROLE }],
  ] as const)("has one circuit for %s", ([name, more]) =>
    Effect.gen(function* () {
      const names: Array<string> = []
      const source = parametersBy((_, attempt) => attempt(Effect.succeed([Result.succeed(text("A"))])))
      yield* fetchBatch(source, [parameter("A", more)], (key) => (names.push(key), (call) => call))
      assert.deepStrictEqual(names, [name])
    }),
  )
})
