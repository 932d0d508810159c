/**
 * What becomes of a held value when AWS says no: it goes at once where there is nothing any more or the request is
 * refused, soon where access is denied, and stays where AWS has said nothing of it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { Cache, type ReadOptions } from "../../src/cache/Cache.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import { AccessDenied, InvalidRequest, type SourceError } from "../../src/domain/SourceError.ts"
import {
  bodyOf,
  controlledSources,
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

const denied = failure(new AccessDenied({ detail: "AccessDeniedException" }))

/** A cache over sources that the test controls, and a read with the answer to the one fetch that it causes. */
const setup = Effect.fnUntraced(function* () {
  const sources = yield* controlledSources
  const context = yield* Layer.build(Cache.layerNoDeps.pipe(Layer.provide([sources.layer, planOf()])))
  const cache = yield* Effect.provideContext(Cache, context)
  const readFetching = Effect.fnUntraced(function* (
    entry: Entry,
    answer: Result.Result<string, SourceError>,
    options: ReadOptions = {},
  ) {
    const reading = Effect.result(cache.read(entry, options))
    const reader = yield* Effect.forkChild(reading, { startImmediately: true })
    const call = yield* sources.next
    yield* Result.isSuccess(answer) ? call.succeed(text(answer.success)) : call.fail(answer.failure)
    const result = yield* Fiber.join(reader)
    return Result.isSuccess(result) ? [bodyOf(result.success.value), result.success.outcome] : ["failed"]
  })
  return { ...sources, cache, readFetching }
})

describe("a held value", () => {
  it.effect("serves what it has for stale_if_denied after access was first denied, then says so", () =>
    Effect.gen(function* () {
      const { cache, readFetching, waiting } = yield* setup()
      const entry = parameter("A", { staleIfDenied: 5 * MINUTE })
      yield* readFetching(entry, Result.succeed("one"))
      yield* TestClock.adjust(2 * MINUTE)
      const still = ["one", "stale-if-denied"]
      assert.deepStrictEqual(yield* readFetching(entry, Result.fail(denied)), still)
      // Without asking, as long as the pause lasts.
      assert.strictEqual((yield* cache.read(entry)).outcome, "stale-if-denied")
      yield* TestClock.adjust(3 * MINUTE)
      // That AWS cannot be asked meanwhile is no new word of it.
      assert.deepStrictEqual(yield* readFetching(entry, Result.fail(unavailable)), still)
      yield* TestClock.adjust(2 * MINUTE)
      assert.deepStrictEqual(yield* readFetching(entry, Result.fail(denied)), still)
      yield* TestClock.adjust(6 * SECOND)
      assert.deepStrictEqual(yield* readFetching(entry, Result.fail(denied)), ["failed"])
      assert.strictEqual((yield* Effect.flip(cache.read(entry))).reason._tag, "AccessDenied")
      assert.strictEqual(yield* waiting, 0)
      yield* TestClock.adjust(6 * SECOND)
      assert.deepStrictEqual(yield* readFetching(entry, Result.succeed("two")), ["two", "miss"])
    }),
  )

  it.effect("ends a value that is fresh, too, when a forced fetch has been denied for stale_if_denied", () =>
    Effect.gen(function* () {
      const { cache, readFetching } = yield* setup()
      const entry = parameter("A", { ttl: HOUR, staleIfDenied: 5 * MINUTE })
      yield* readFetching(entry, Result.succeed("one"))
      yield* TestClock.adjust(MINUTE)
      const forced = yield* readFetching(entry, Result.fail(denied), { maxAge: 0 })
      assert.deepStrictEqual(forced, ["one", "stale-if-denied"])
      assert.strictEqual((yield* cache.read(entry)).outcome, "hit")
      yield* TestClock.adjust(5 * MINUTE + 1)
      assert.isUndefined(cache.fresh(entry))
      assert.deepStrictEqual(yield* readFetching(entry, Result.fail(denied)), ["failed"])
    }),
  )

  it.effect("drops a value at once when AWS refuses the request for it", () =>
    Effect.gen(function* () {
      const { cache, readFetching } = yield* setup()
      const entry = parameter("A", { ttl: HOUR })
      yield* readFetching(entry, Result.succeed("one"))
      yield* TestClock.adjust(MINUTE)
      const refused = failure(new InvalidRequest({ detail: "InvalidRequestException" }))
      const forced = yield* readFetching(entry, Result.fail(refused), { maxAge: 0 })
      assert.deepStrictEqual(forced, ["failed"])
      assert.strictEqual((yield* Effect.flip(cache.read(entry))).reason._tag, "InvalidRequest")
    }),
  )

  it.effect.each<readonly [string, SourceError, Array<string>]>([
    ["there is none", notFound, ["failed"]],
    ["the request is refused", failure(new InvalidRequest({ detail: "ValidationException" })), ["failed"]],
    ["access is denied", failure(new AccessDenied({ detail: "denied" })), ["one", "stale-if-denied"]],
    ["nothing", unavailable, ["one", "stale-if-error"]],
  ])("heeds what AWS says to a read that keeps nothing: %s", ([, error, expected]) =>
    Effect.gen(function* () {
      const { readFetching } = yield* setup()
      const entry = parameter("A")
      yield* readFetching(entry, Result.succeed("one"))
      yield* TestClock.adjust(2 * MINUTE)
      const read = yield* readFetching(entry, Result.fail(error), { noStore: true })
      assert.deepStrictEqual(read, expected)
    }),
  )
})
