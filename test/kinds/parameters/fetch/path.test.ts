/**
 * A whole path of Parameter Store as one value: its pages, what a failing page costs, and the JSON that comes of it.
 * The calls are simulated.
 */
import type { GetParametersByPathCommandOutput, SSMClient } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import {
  ConnectionLost,
  InvalidRequest,
  type SourceError,
  Throttled,
  TimedOut,
} from "../../../../src/domain/SourceError.ts"
import type { ParameterPathAddress } from "../../../../src/kinds/parameters/address.ts"
import { SSM } from "../../../../src/kinds/parameters/service.ts"
import { fetchPath, pathJson } from "../../../../src/kinds/parameters/fetch/path.ts"
import { UNOBSERVED } from "../../../../src/kinds/Source.ts"
import { withRetries } from "../../../../src/sources/retry.ts"
import { bodyOf, failure, unavailable } from "../../../support/entries.ts"
import { recordedCalls, SILENCE } from "../../../support/recordedCalls.ts"

const ADDRESS = { kind: "parameters", region: "us-west-2", path: "/app/" } as const

type Page = Omit<GetParametersByPathCommandOutput, "$metadata">

/** Fetches the path from pages by their number; an error is the answer of a call that fails. */
const fetchFrom = (
  pageAt: (call: number) => Page | SourceError | undefined,
  isWanted: (calls: number) => boolean = () => true,
  address: ParameterPathAddress = ADDRESS,
) => {
  const { calls, callerOf } = recordedCalls((_, count) => pageAt(count) ?? SILENCE)
  const rounds = { ...UNOBSERVED, isWanted: () => isWanted(calls.length) }
  const call = callerOf<SSMClient>(SSM)
  return {
    fetch: fetchPath(call, address, withRetries, rounds),
    calls: () => calls.length,
    asked: () => calls.map(({ input, operation }) => [operation, input] as const),
  }
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

  it.effect(
    "is asked for page after page: at any depth, decrypted, each with the token of the page before it",
    () =>
      Effect.gen(function* () {
        const { asked, fetch } = fetchFrom((call) => [page(["/app/a"], "2"), page(["/app/b"], "")][call - 1])
        yield* fetch
        const each = { Path: "/app/", Recursive: true, WithDecryption: true }
        assert.deepStrictEqual(asked(), [
          ["GetParametersByPath", { ...each, NextToken: undefined }],
          ["GetParametersByPath", { ...each, NextToken: "2" }],
        ])
      }),
  )

  it.effect("is asked for at one level, and in the versions of a label, where config.yaml says so", () =>
    Effect.gen(function* () {
      const address = { ...ADDRESS, recursive: false, label: "live" } as const
      const { asked, fetch } = fetchFrom(() => page(["/app/a"]), undefined, address)
      yield* fetch
      const ParameterFilters = [{ Key: "Label", Option: "Equals", Values: ["live"] }]
      assert.deepStrictEqual(
        asked().map(([, input]) => [input["Recursive"], input["ParameterFilters"]]),
        [[false, ParameterFilters]],
      )
    }),
  )

  it.effect("says which of its parameters are lists, from all of its pages", () =>
    Effect.gen(function* () {
      const typed = (name: string, Type: "StringList" | "String", next?: string) => ({
        ...page([], next),
        Parameters: [{ Name: name, Value: "a,b", Type }],
      })
      const pages = [
        typed("/app/a", "StringList", "2"),
        typed("/app/b", "String", "3"),
        typed("/app/c", "StringList"),
      ]
      const { fetch } = fetchFrom((call) => pages[call - 1])
      assert.deepStrictEqual((yield* fetch).details, { StringLists: ["/app/a", "/app/c"] })
    }),
  )

  it.effect("is begun anew at its page twice after time-outs, then fails as timed out", () =>
    Effect.gen(function* () {
      const { calls, fetch } = fetchFrom((call) => (call === 1 ? page(["/app/a"], "2") : undefined))
      const fiber = yield* Effect.forkChild(Effect.flip(fetch), { startImmediately: true })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
      // Three times two attempts for the second page.
      assert.strictEqual(calls(), 7)
    }),
  )

  it.effect("that never ends says whose pages they are", () =>
    Effect.gen(function* () {
      const { fetch } = fetchFrom((call) => page([], String(call)))
      const error = yield* Effect.flip(fetch)
      assert.include(error.message, "/app/")
      assert.strictEqual(error.reason._tag, "Unavailable")
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

  it.effect("takes all the time that its pages need, each within its own, and is as old as the first", () =>
    Effect.gen(function* () {
      // Each page but the first takes a try that is silent for all its time.
      const pageOf = (number: number) => page([`/app/${number}`], number < 60 ? `${number + 1}` : undefined)
      const { calls, fetch } = fetchFrom((call) => (call % 2 === 0 ? undefined : pageOf((call + 1) / 2)))
      yield* TestClock.adjust("1 hour")
      const fiber = yield* Effect.forkChild(fetch, { startImmediately: true })
      yield* TestClock.adjust("2 minutes")
      const { askedAt, ...value } = yield* Fiber.join(fiber)
      assert.strictEqual(Object.keys(JSON.parse(String(bodyOf(value)))).length, 60)
      assert.strictEqual(askedAt, 3_600_000)
      assert.strictEqual(calls(), 119)
    }),
  )

  it.effect(
    "goes on at its page after a while of throttling, and ends with what AWS said when it lasts",
    () =>
      Effect.gen(function* () {
        const throttled = failure(new Throttled({ detail: "ThrottlingException" }))
        const passing = fetchFrom((call) =>
          call === 1 ? page(["/app/a"], "2") : call <= 6 ? throttled : page(["/app/b"]),
        )
        const lasting = fetchFrom((call) => (call === 1 ? page(["/app/a"], "2") : throttled))
        const fiber = yield* Effect.forkChild(
          Effect.all([passing.fetch, Effect.flip(lasting.fetch)], { concurrency: "unbounded" }),
          { startImmediately: true },
        )
        // Before a read would give up.
        yield* TestClock.adjust("3 seconds")
        const [value, error] = yield* Fiber.join(fiber)
        assert.strictEqual(bodyOf(value), '{"/app/a":"value of /app/a","/app/b":"value of /app/b"}')
        assert.strictEqual(error, throttled)
      }),
  )

  it.effect("outlasts dead connections on one page", () =>
    Effect.gen(function* () {
      const lost = failure(new ConnectionLost({ detail: "ECONNRESET" }))
      const { fetch } = fetchFrom((call) =>
        call === 1 ? page(["/app/a"], "2") : call <= 5 ? lost : page(["/app/b"]),
      )
      const fiber = yield* Effect.forkChild(fetch, { startImmediately: true })
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(
        bodyOf(yield* Fiber.join(fiber)),
        '{"/app/a":"value of /app/a","/app/b":"value of /app/b"}',
      )
    }),
  )

  it.effect("begins anew when AWS no longer takes its token, as after a freeze, and only then", () =>
    Effect.gen(function* () {
      const refused = failure(new InvalidRequest({ detail: "InvalidNextToken" }))
      const answers = [page(["/app/old"], "2"), refused, page(["/app/a"], "3"), page(["/app/b"])]
      const { calls, fetch } = fetchFrom((call) => answers[call - 1])
      assert.strictEqual(bodyOf(yield* fetch), '{"/app/a":"value of /app/a","/app/b":"value of /app/b"}')
      assert.strictEqual(calls(), 4)

      const first = fetchFrom(() => refused)
      assert.strictEqual(yield* Effect.flip(first.fetch), refused)
      assert.strictEqual(first.calls(), 1)

      const always = fetchFrom((call) => (call % 2 === 0 ? refused : page(["/app/a"], "2")))
      assert.strictEqual(yield* Effect.flip(always.fetch), refused)
      assert.strictEqual(always.calls(), 8)
    }),
  )

  it.effect.each([
    ["the same token again", (call: number) => page([`/app/${call}`], "again"), 3],
    ["tokens in a circle", (call: number) => page([`/app/${call}`], `${call % 3}`), 5],
    ["new tokens and no parameters", (call: number) => page([], `${call}`), 200],
    ["new tokens and the same parameters", (call: number) => page(["/app/a"], `${call}`), 200],
  ] as const)("ends with an error where AWS sends %s", ([, pageAt, most]) =>
    Effect.gen(function* () {
      const { calls, fetch } = fetchFrom(pageAt)
      assert.strictEqual((yield* Effect.flip(fetch)).reason._tag, "Unavailable")
      assert.isAtMost(calls(), most)
    }),
  )

  it.effect("asks for no further page once nobody waits for it", () =>
    Effect.gen(function* () {
      const { calls, fetch } = fetchFrom(
        (call) => page([`/app/${call}`], `${call}`),
        (calls) => calls < 4,
      )
      yield* Effect.flip(fetch)
      assert.strictEqual(calls(), 4)
    }),
  )

  it.effect("is not asked for again after a pause in which the last one who waited has left", () =>
    Effect.gen(function* () {
      let isWanted = true
      const late = failure(new TimedOut({ detail: "no answer" }))
      const { calls, fetch } = fetchFrom(
        (call) => (call === 1 ? page(["/app/a"], "2") : late),
        () => isWanted,
      )
      const fiber = yield* Effect.forkChild(Effect.flip(fetch), { startImmediately: true })
      // An attempt makes a call that was lost once more.
      assert.strictEqual(calls(), 3)
      isWanted = false
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "TimedOut")
      assert.strictEqual(calls(), 3)
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
