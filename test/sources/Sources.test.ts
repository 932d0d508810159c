import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import type { ParameterAddress } from "../../src/kinds/parameters/address.ts"
import {
  AccessDenied,
  ConnectionLost,
  InvalidRequest,
  CircuitOpen,
  type SourceError,
  Throttled,
  TimedOut,
} from "../../src/domain/SourceError.ts"
import type { Circuit } from "../../src/sources/Circuit.ts"
import type { Fetched, Source } from "../../src/kinds/Source.ts"
import { retryTransient } from "../../src/sources/retry.ts"
import { fetchBatch } from "../../src/sources/Sources.ts"
import { bodyOf, failure, nameAt, notFound, text, unavailable } from "../support/entries.ts"

/** A circuit that lets everything through. */
const closed: Circuit = () => (call) => call

const address = (name: string): ParameterAddress => ({ kind: "parameters", region: "us-west-2", name })

type Answer = (names: ReadonlyArray<string>, call: number) => ReadonlyArray<Fetched> | SourceError

/** A source that records the names of each call and answers as the test says. */
const sourceOf = (answer: Answer) => {
  const calls: Array<ReadonlyArray<string>> = []
  const source: Source<"parameters"> = {
    kind: "parameters",
    batchSize: 10,
    groupOf: ({ region }) => region,
    fetch: (addresses, attempt) =>
      attempt(
        Effect.suspend(() => {
          const names = addresses.map(nameAt)
          calls.push(names)
          const result = answer(names, calls.length)
          return "_tag" in result ? Effect.fail(result) : Effect.succeed(result)
        }),
      ),
  }
  return { source, calls }
}

const values = (names: ReadonlyArray<string>) => names.map((name): Fetched => Result.succeed(text(name)))
const shown = (results: ReadonlyArray<Fetched>) =>
  results.map((result) => (Result.isSuccess(result) ? bodyOf(result.success) : result.failure.reason._tag))

/** Runs an effect that pauses between its retries, letting all the time pass that it asks for. */
const withTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.join(fiber)
  })

describe("fetchBatch", () => {
  it.effect("fetches a batch in one call", () =>
    Effect.gen(function* () {
      const { calls, source } = sourceOf(values)
      const results = yield* fetchBatch(source, [address("A"), address("B")], closed)
      assert.deepStrictEqual(shown(results), ["A", "B"])
      assert.deepStrictEqual(calls, [["A", "B"]])
    }),
  )

  it.effect.each([
    ["a denied", failure(new AccessDenied({ detail: "denied" })), "AccessDenied"],
    ["an invalid", failure(new InvalidRequest({ detail: "bad name" })), "InvalidRequest"],
    ["a missing", notFound, "NotFound"],
  ] as const)("splits a batch that %s member fails, so that only this member fails", ([, error, tag]) =>
    Effect.gen(function* () {
      const { source } = sourceOf((names) => (names.includes("BAD") ? error : values(names)))
      const results = yield* fetchBatch(source, [address("A"), address("BAD"), address("C")], closed)
      assert.deepStrictEqual(shown(results), ["A", tag, "C"])
    }),
  )

  it.effect("does not split a batch that a dead service failed", () =>
    Effect.gen(function* () {
      const { calls, source } = sourceOf(() => unavailable)
      const results = yield* withTime(fetchBatch(source, [address("A"), address("B")], closed))
      assert.deepStrictEqual(shown(results), ["Unavailable", "Unavailable"])
      assert.isTrue(calls.every((names) => names.length === 2))
    }),
  )

  it.effect("retries once, at once, on a dead connection", () =>
    Effect.gen(function* () {
      const lost = failure(new ConnectionLost({ detail: "ECONNRESET" }))
      const { calls, source } = sourceOf((names, call) => (call === 1 ? lost : values(names)))
      assert.deepStrictEqual(shown(yield* fetchBatch(source, [address("A")], closed)), ["A"])
      assert.strictEqual(calls.length, 2)

      const dead = sourceOf(() => lost)
      assert.deepStrictEqual(shown(yield* fetchBatch(dead.source, [address("A")], closed)), [
        "ConnectionLost",
      ])
      assert.strictEqual(dead.calls.length, 2)
    }),
  )

  it.effect("backs off when throttled, and asks four times at most", () =>
    Effect.gen(function* () {
      const throttled = failure(new Throttled({ detail: "ThrottlingException" }))
      const { calls, source } = sourceOf(() => throttled)
      assert.deepStrictEqual(shown(yield* withTime(fetchBatch(source, [address("A")], closed))), [
        "Throttled",
      ])
      assert.strictEqual(calls.length, 4)
    }),
  )

  it.effect("gives an attempt 1.15 s and makes a second one", () =>
    Effect.gen(function* () {
      let attempts = 0
      const hanging: Source<"parameters"> = {
        ...sourceOf(values).source,
        fetch: (_, attempt) => attempt(Effect.suspend(() => ((attempts += 1), Effect.never))),
      }
      assert.deepStrictEqual(shown(yield* withTime(fetchBatch(hanging, [address("A")], closed))), [
        "TimedOut",
      ])
      assert.strictEqual(attempts, 2)
    }),
  )
})

describe("a fetch that has nothing to fall back on", () => {
  const EFFORT = { budget: 3_000, retryFor: 1_000 }

  /** A fetch that fails so many times and counts how often it was begun. */
  const failing = (error: SourceError, times: number) => {
    let begun = 0
    const fetch = Effect.suspend(() => ((begun += 1) <= times ? Effect.fail(error) : Effect.succeed("value")))
    return { fetch, begun: () => begun }
  }

  it.effect.each([
    ["throttling", failure(new Throttled({ detail: "ThrottlingException" }))],
    ["a 5xx", unavailable],
    ["a lost connection", failure(new ConnectionLost({ detail: "ECONNREFUSED" }))],
    ["an open circuit", failure(new CircuitOpen({ detail: "has not answered" }))],
  ] as const)("outlasts %s that passes within its patience", ([, error]) =>
    Effect.gen(function* () {
      const { fetch } = failing(error, 2)
      assert.strictEqual(yield* withTime(retryTransient(EFFORT)(fetch)), "value")
    }),
  )

  it.effect("gives up when its patience is over, with what AWS said last", () =>
    Effect.gen(function* () {
      const { begun, fetch } = failing(unavailable, Infinity)
      const fiber = yield* Effect.forkChild(Effect.flip(retryTransient(EFFORT)(fetch)), {
        startImmediately: true,
      })
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), unavailable)
      assert.isAtLeast(begun(), 3)
      assert.isAtMost(begun(), 8)
    }),
  )

  it.effect(
    "says what AWS said last, not that time is over, when its budget ends in the middle of a call",
    () =>
      Effect.gen(function* () {
        let begun = 0
        const fetch = Effect.suspend(() => ((begun += 1) === 1 ? Effect.fail(unavailable) : Effect.never))
        const fiber = yield* Effect.forkChild(Effect.flip(retryTransient(EFFORT)(fetch)), {
          startImmediately: true,
        })
        yield* TestClock.adjust(EFFORT.budget)
        assert.strictEqual(yield* Fiber.join(fiber), unavailable)
        assert.strictEqual(begun, 2)
      }),
  )

  it.effect.each([
    ["denied", failure(new AccessDenied({ detail: "denied" }))],
    ["absent", notFound],
    ["too slow", failure(new TimedOut({ detail: "no answer" }))],
  ] as const)("does not insist on what is %s", ([, error]) =>
    Effect.gen(function* () {
      const { begun, fetch } = failing(error, Infinity)
      assert.strictEqual(yield* Effect.flip(retryTransient(EFFORT)(fetch)), error)
      assert.strictEqual(begun(), 1)
    }),
  )

  it.effect("asks once where there is no patience", () =>
    Effect.gen(function* () {
      const { begun, fetch } = failing(unavailable, Infinity)
      yield* Effect.flip(retryTransient({ ...EFFORT, retryFor: 0 })(fetch))
      assert.strictEqual(begun(), 1)
    }),
  )
})
