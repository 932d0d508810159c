/**
 * The load of what is listed: all at once, and a fetch that fails is no fault of the others or of the load.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, identity, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as Preload from "../../src/cache/Preload.ts"
import type { FlightOptions } from "../../src/cache/Flight.ts"
import type { SingleFlight } from "../../src/cache/SingleFlight.ts"
import * as Usages from "../../src/cache/Usages.ts"
import type { SourceError } from "../../src/domain/SourceError.ts"
import { Tracing } from "../../src/observability/Tracing.ts"
import { attemptTimeoutIn } from "../../src/domain/defaults.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { nameAt, parameter, text, unavailable } from "../support/entries.ts"

const [A, B] = [parameter("A"), parameter("B")]

/** Preload over fetches that the test ends: `succeed` and `fail` by name. Notes what was done, in order. */
const setup = Effect.fnUntraced(function* (limits = { loadBudget: 8_000, readBudget: 2_000 }) {
  const steps: Array<string> = []
  const begun: Array<readonly [string, FlightOptions]> = []
  const ends = new Map<string, Deferred.Deferred<void, SourceError>>()
  const endOf = (name: string) => {
    const end = ends.get(name) ?? Deferred.makeUnsafe<void, SourceError>()
    ends.set(name, end)
    return end
  }
  const singleFlight: SingleFlight = {
    keep: () => Effect.void,
    settled: Effect.void,
    start: (entry, options) =>
      Effect.sync(() => {
        steps.push(`fetch ${entry.name}`)
        begun.push([entry.name, options])
        const held = { value: text("v"), fetchedAt: 0, refreshAt: 0 }
        return {
          isCollapsed: false,
          fetched: Effect.as(Deferred.await(endOf(entry.name)), { held, isStored: true }),
        }
      }),
  }
  const sources = Layer.mock(Sources, {
    prepare: (addresses) =>
      Effect.sync(() => void steps.push(`prepare ${Array.from(addresses, nameAt).join(",")}`)),
  })
  const usages = Usages.make(() => true)
  const { load, isLoading } = yield* Effect.provide(Preload.make({ singleFlight, usages, limits }), sources)
  return {
    steps,
    begun,
    usages,
    isLoading,
    start: (...entries: ReadonlyArray<typeof A>) =>
      Effect.forkChild(load(entries), { startImmediately: true }),
    succeed: (name: string) => Deferred.succeed(endOf(name), undefined),
    fail: (name: string) => Deferred.fail(endOf(name), unavailable),
  }
})

describe("the load", () => {
  it.effect(
    "prepares the sources, then fetches everything at once, within its budget and without insisting",
    () =>
      Effect.gen(function* () {
        const { begun, start, steps, succeed } = yield* setup()
        const loading = yield* start(A, B)
        assert.deepStrictEqual(steps, ["prepare A,B", "fetch A", "fetch B"])
        const effort: FlightOptions = {
          budget: 8_000,
          retryFor: 0,
          purpose: "load",
          attemptTimeout: attemptTimeoutIn(2_000),
        }
        assert.deepStrictEqual(begun, [
          ["A", effort],
          ["B", effort],
        ])
        yield* succeed("A")
        yield* succeed("B")
        assert.deepStrictEqual(yield* Fiber.join(loading), [])
      }),
  )

  it.effect("gives an attempt no longer than fits into its own budget, where that is the shorter one", () =>
    Effect.gen(function* () {
      const { begun, start } = yield* setup({ loadBudget: 1_000, readBudget: 2_000 })
      yield* start(A)
      assert.deepInclude(begun[0]?.[1], { budget: 1_000, attemptTimeout: attemptTimeoutIn(1_000) })
    }),
  )

  it.effect("says which entries failed and why, and waits for the others", () =>
    Effect.gen(function* () {
      const { fail, start, succeed } = yield* setup()
      const loading = yield* start(A, B)
      yield* fail("A")
      yield* TestClock.adjust("1 hour")
      assert.isUndefined(loading.pollUnsafe())
      yield* succeed("B")
      assert.deepStrictEqual(yield* Fiber.join(loading), [{ entry: A, error: unavailable }])
    }),
  )

  it.effect("is the beginning of an entry's idle time", () =>
    Effect.gen(function* () {
      const { start, usages } = yield* setup()
      yield* TestClock.adjust(77)
      yield* start(A)
      assert.strictEqual(usages.lastReadAt(A.key), 77)
    }),
  )

  it.effect(
    "is under way until the last of its fetches has ended, also beside another, or was interrupted",
    () =>
      Effect.gen(function* () {
        const { isLoading, start, succeed } = yield* setup()
        assert.isFalse(yield* isLoading)
        const first = yield* start(A)
        const second = yield* start(B)
        assert.isTrue(yield* isLoading)
        yield* succeed("A")
        yield* Fiber.join(first)
        assert.isTrue(yield* isLoading)
        yield* Fiber.interrupt(second)
        assert.isFalse(yield* isLoading)
      }),
  )

  it.effect("is a span with the number of its entries", () =>
    Effect.gen(function* () {
      const spans: Array<unknown> = []
      const tracing = yield* Tracing
      const { start } = yield* Effect.provideService(setup(), Tracing, {
        ...tracing,
        around: (name, options) => {
          spans.push([name, options])
          return identity
        },
      })
      yield* start(A, B)
      assert.deepStrictEqual(spans, [["load", { attributes: { "cache.entries": 2 } }]])
    }),
  )
})
