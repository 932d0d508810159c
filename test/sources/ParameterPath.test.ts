/**
 * A whole path of Parameter Store as one value: its pages, what a failing page costs, and the JSON that comes of it.
 * The calls are simulated.
 */
import type { GetParametersByPathCommandOutput } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import type { SourceError } from "../../src/domain/SourceError.ts"
import { fetchPath, pathJson } from "../../src/sources/ParameterPath.ts"
import { withRetries } from "../../src/sources/retry.ts"
import { bodyOf, unavailable } from "../support/entries.ts"

const ADDRESS = { kind: "parameters", region: "us-west-2", path: "/app/" } as const

type Page = Omit<GetParametersByPathCommandOutput, "$metadata">

/** Fetches the path from pages by their number; an error is the answer of a call that fails. */
const fetchFrom = (pageAt: (call: number) => Page | SourceError | undefined) => {
  let calls = 0
  const call = () =>
    Effect.suspend(() => {
      calls += 1
      const page = pageAt(calls)
      if (page === undefined) return Effect.never
      // A reply is what the caller's type says; the test's pages have all of it that is read.
      return "_tag" in page ? Effect.fail(page) : Effect.succeed(page as never)
    })
  return { fetch: fetchPath(call, ADDRESS, withRetries), calls: () => calls }
}

const page = (names: ReadonlyArray<string>, next?: string): Page => ({
  Parameters: names.map((Name) => ({ Name, Value: `value of ${Name}` })),
  NextToken: next,
})

describe("a path", () => {
  it.effect("is all of its pages, in the order of the names", () =>
    Effect.gen(function* () {
      const pages = [page(["/app/b", "/app/c"], "2"), page([], "3"), page(["/app/a"])]
      const { fetch } = fetchFrom((call) => pages[call - 1])
      const value = yield* fetch
      assert.strictEqual(value.contentType, "application/json")
      assert.strictEqual(
        bodyOf(value),
        '{"/app/a":"value of /app/a","/app/b":"value of /app/b","/app/c":"value of /app/c"}',
      )
    }),
  )

  it.effect("with nothing below it is an empty object", () =>
    Effect.gen(function* () {
      assert.strictEqual(bodyOf(yield* fetchFrom(() => page([])).fetch), "{}")
    }),
  )

  it.effect("is not empty where AWS's answer has no parameters at all, but fails", () =>
    Effect.gen(function* () {
      const { fetch } = fetchFrom(() => ({}))
      const fiber = yield* Effect.forkChild(Effect.flip(fetch), { startImmediately: true })
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "Unavailable")
    }),
  )

  it.effect("goes on at the page that failed, not at the first", () =>
    Effect.gen(function* () {
      const answers = [page(["/app/a"], "2"), unavailable, unavailable, page(["/app/b"])]
      const { calls, fetch } = fetchFrom((call) => answers[call - 1])
      const fiber = yield* Effect.forkChild(fetch, { startImmediately: true })
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(
        bodyOf(yield* Fiber.join(fiber)),
        '{"/app/a":"value of /app/a","/app/b":"value of /app/b"}',
      )
      assert.strictEqual(calls(), 4)
    }),
  )

  it.effect("ends within ten seconds, also where pages never end", () =>
    Effect.gen(function* () {
      const { fetch } = fetchFrom((call) => (call % 2 === 0 ? unavailable : page(["/app/a"], "again")))
      const fiber = yield* Effect.forkChild(Effect.flip(fetch), { startImmediately: true })
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
    }),
  )
})

describe("the JSON of a path", () => {
  it.prop(
    "has each value under its name, whatever order they came in",
    [Arbitrary.array(Arbitrary.all([Arbitrary.schema(Schema.String), Arbitrary.schema(Schema.String)]))],
    ([pairs]) => {
      const values = new Map(pairs)
      const text = pathJson(values)
      assert.deepStrictEqual(JSON.parse(text), Object.fromEntries(values))
      assert.strictEqual(pathJson(new Map(Array.from(values).toReversed())), text)
    },
  )

  it("has its keys in order, also where they look like numbers", () => {
    assert.strictEqual(
      pathJson(
        new Map([
          ["b", "1"],
          ["9", "2"],
          ["10", "3"],
          ["a", "4"],
        ]),
      ),
      '{"10":"3","9":"2","a":"4","b":"1"}',
    )
  })
})
