/**
 * What an operator sees of the cache: every entry in its state, with age, hits, reason and next try, and never a value.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import { report } from "../../src/cache/report.ts"
import { Plan } from "../../src/config/Plan.ts"
import { type Entry, entryKey } from "../../src/domain/Entry.ts"
import { AccessDenied, type SourceError } from "../../src/domain/SourceError.ts"
import { Sources } from "../../src/sources/Sources.ts"
import {
  failure,
  HOUR,
  MINUTE,
  notFound,
  parameter,
  planOf,
  SECOND,
  text,
  unavailable,
} from "../support/entries.ts"

const SECRET = "canary-value"

const secret = (name: string): Entry => ({
  ...parameter(name),
  key: entryKey("secrets", name),
  address: { kind: "secrets", region: "eu-west-1", secretId: name, versionStage: "AWSCURRENT" },
})

/** A cache over an AWS that fails where `errors` says so, and what it reports. */
const setup = Effect.fnUntraced(function* (...listed: ReadonlyArray<Entry>) {
  const errors = new Map<string, SourceError>()
  const sources = Layer.succeed(Sources, {
    prepare: () => Effect.void,
    importFor: () => Effect.void,
    fetch: (address) =>
      Effect.suspend(() => {
        const error = errors.get("name" in address ? address.name : "")
        return error === undefined ? Effect.succeed(text(SECRET)) : Effect.fail(error)
      }),
  })
  const context = yield* Layer.build(
    Cache.layerNoDeps.pipe(Layer.provide(sources), Layer.provideMerge(planOf(...listed))),
  )
  const cache = yield* Effect.provideContext(Cache, context)
  const plan = yield* Effect.provideContext(Plan, context)
  const reported = Effect.map(cache.inspect, (inspection) => report(plan.entries, inspection))
  const stateOf = (name: string) =>
    Effect.map(reported, ({ entries }) => entries.find((entry) => entry.name === name))
  const read = (entry: Entry) => Effect.result(cache.read(entry))
  return { cache, errors, reported, stateOf, read }
})

describe("the report on the cache", () => {
  it.effect("says of what was never asked for that it is pending", () =>
    Effect.gen(function* () {
      const { reported } = yield* setup(parameter("A"))
      assert.deepStrictEqual(yield* reported, {
        ready: true,
        sources: [{ kind: "parameters", region: "us-west-2", listed: 1, loaded: 0, pending: 1, failed: 0 }],
        entries: [{ kind: "parameters", name: "A", listed: true, state: "pending", ttl: 60, hits: 0 }],
      })
    }),
  )

  it.effect.each([
    [MINUTE, "fresh"],
    [MINUTE + 1, "stale"],
    [2 * MINUTE + 1, "expired"],
    [MINUTE + HOUR + 1, "dead"],
  ] as const)("says of a value of %i ms ago that it is %s", ([age, state]) =>
    Effect.gen(function* () {
      const entry = parameter("A", { staleWhileRevalidate: MINUTE })
      const { read, stateOf } = yield* setup(entry)
      yield* read(entry)
      yield* TestClock.adjust(age)
      assert.deepInclude(yield* stateOf("A"), { state, age: Math.floor(age / SECOND), ttl: 60 })
    }),
  )

  it.effect("counts the reads that memory was enough for", () =>
    Effect.gen(function* () {
      const entry = parameter("A")
      const { cache, read, stateOf } = yield* setup(entry)
      yield* read(entry)
      assert.deepInclude(yield* stateOf("A"), { hits: 0 })
      yield* read(entry)
      cache.fresh(entry)
      yield* cache.held(entry)
      assert.deepInclude(yield* stateOf("A"), { hits: 3 })
    }),
  )

  it.effect("counts no read that is refused from memory", () =>
    Effect.gen(function* () {
      const entry = parameter("A")
      const { errors, read, stateOf } = yield* setup(entry)
      errors.set("A", notFound)
      yield* read(entry)
      yield* read(entry)
      assert.deepInclude(yield* stateOf("A"), { state: "absent", hits: 0 })
    }),
  )

  it.effect("says why there is no value, and when AWS is asked again", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_000)
      const denied = failure(new AccessDenied({ detail: "not authorized to perform: ssm:GetParameter" }))
      const [gone, refused, down] = [parameter("gone"), parameter("refused"), parameter("down")]
      const { errors, read, reported } = yield* setup(gone, refused, down)
      errors.set("gone", notFound).set("refused", denied).set("down", unavailable)
      for (const entry of [gone, refused, down]) assert.isTrue(Result.isFailure(yield* read(entry)))

      const { entries, sources } = yield* reported
      const [first, second, third] = entries
      const inFiveSeconds = "2023-11-14T22:13:25.001Z"
      assert.deepInclude(first, {
        state: "absent",
        reason: { type: "NotFound", detail: "ParameterNotFound" },
        nextTry: inFiveSeconds,
      })
      assert.deepInclude(second, {
        state: "failing",
        reason: { type: "AccessDenied", detail: "not authorized to perform: ssm:GetParameter" },
        nextTry: inFiveSeconds,
      })
      assert.deepInclude(third, {
        state: "failing",
        reason: { type: "Unavailable", detail: "ServiceUnavailable" },
        nextTry: "2023-11-14T22:13:20.000Z",
      })
      assert.deepInclude(sources[0], { listed: 3, loaded: 0, pending: 0, failed: 3 })
    }),
  )

  it.effect("shows the old value's state beside the reason while AWS fails", () =>
    Effect.gen(function* () {
      const entry = parameter("A")
      const { errors, read, reported } = yield* setup(entry)
      yield* read(entry)
      yield* TestClock.adjust(2 * MINUTE)
      errors.set("A", unavailable)
      yield* read(entry)
      const { entries, sources } = yield* reported
      assert.deepInclude(entries[0], { state: "expired", age: 120 })
      assert.strictEqual(entries[0]?.reason?.type, "Unavailable")
      assert.deepInclude(sources[0], { loaded: 0, failed: 1 })
    }),
  )

  it.effect("counts the listed entries by kind and region", () =>
    Effect.gen(function* () {
      const { read, reported } = yield* setup(parameter("A"), secret("S"), parameter("B"))
      yield* read(parameter("A"))
      assert.deepStrictEqual((yield* reported).sources, [
        { kind: "parameters", region: "us-west-2", listed: 2, loaded: 1, pending: 1, failed: 0 },
        { kind: "secrets", region: "eu-west-1", listed: 1, loaded: 0, pending: 1, failed: 0 },
      ])
    }),
  )

  it.effect("shows what is held without being listed, for as long as it is held", () =>
    Effect.gen(function* () {
      const { cache, read, reported } = yield* setup(parameter("A"))
      yield* read(parameter("B"))
      const names = Effect.map(reported, ({ entries }) => entries.map(({ listed, name }) => [name, listed]))
      assert.deepStrictEqual(yield* names, [
        ["A", true],
        ["B", false],
      ])
      yield* TestClock.adjust(2 * SECOND)
      yield* cache.forget(parameter("B"))
      assert.deepStrictEqual(yield* names, [["A", true]])
    }),
  )

  it.effect("shows no value", () =>
    Effect.gen(function* () {
      const { read, reported } = yield* setup(parameter("A"))
      yield* read(parameter("A"))
      assert.notInclude(JSON.stringify(yield* reported), SECRET)
    }),
  )
})
