/**
 * What guessing costs: versions of a listed name that nobody has, asked for one after the other or all at once.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Logger, Result } from "effect"
import { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import { MOST_GUESSES } from "../../src/domain/defaults.ts"
import type { Address } from "../../src/domain/Address.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import { AccessDenied, type SourceError, Unavailable } from "../../src/domain/SourceError.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { failure, nameAt, notFound, parameter, planOf, SECOND, text } from "../support/entries.ts"

const N = parameter("N")
const versionOf = (label: string): Entry => ({ ...parameter(`N:${label}`), listedAs: N.key })
const invented = (count: number) => Array.from({ length: count }, (_, index) => versionOf(`invented${index}`))

/** A cache over an AWS that has what begins with `real`, and fails for all else as the test says. */
const setup = (error: SourceError = notFound, answered: Effect.Effect<void> = Effect.void) => {
  const asked: Array<string> = []
  const lines: Array<string> = []
  const sources = Layer.succeed(Sources, {
    prepare: () => Effect.void,
    importFor: () => Effect.void,
    fetch: (address: Address) =>
      Effect.suspend(() => {
        const name = nameAt(address)
        asked.push(name)
        const answer =
          name === "N" || name.startsWith("N:real") ? Effect.succeed(text(name)) : Effect.fail(error)
        return Effect.andThen(answered, answer)
      }),
  })
  const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
  const layer = Layer.provide(Cache.layerNoDeps, [sources, planOf(N)])
  const read = (entry: Entry) => Effect.flatMap(Cache, (cache) => Effect.result(cache.read(entry)))
  const run = <A>(effect: Effect.Effect<A, never, Cache>) =>
    Effect.provide(effect, [layer, Logger.layer([logger])])
  return { asked, lines, read, run }
}

const reasonOf = (result: Result.Result<unknown, SourceError>): string =>
  Result.isSuccess(result) ? "served" : result.failure.reason._tag

describe("versions of a listed name that nobody has", () => {
  it.effect("are asked for twenty times; then AWS is not asked, and one line of the log says so", () => {
    const { asked, lines, read, run } = setup()
    return run(
      Effect.gen(function* () {
        const results = yield* Effect.forEach(invented(200), read)
        assert.strictEqual(asked.length, MOST_GUESSES)
        assert.deepStrictEqual(
          results.map(reasonOf),
          results.map((_, index) => (index < MOST_GUESSES ? "NotFound" : "TooManyGuesses")),
        )
        assert.deepStrictEqual(lines, [
          "parameters:N: 20 versions or names were asked for that cannot be read; AWS is asked for one more every 1 s",
        ])
      }),
    )
  })

  it.effect("are asked for twenty times although all ask at once", () => {
    const gate = Deferred.makeUnsafe<void>()
    const { asked, read, run } = setup(notFound, Deferred.await(gate))
    return run(
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(
          Effect.forEach(invented(200), read, { concurrency: "unbounded" }),
        )
        yield* TestClock.adjust(1)
        assert.strictEqual(asked.length, MOST_GUESSES)
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(fiber)
        assert.strictEqual(asked.length, MOST_GUESSES)
      }),
    )
  })

  it.effect("may be asked for once more each second", () => {
    const { asked, read, run } = setup()
    return run(
      Effect.gen(function* () {
        yield* Effect.forEach(invented(100), read)
        yield* TestClock.adjust(3 * SECOND)
        yield* Effect.forEach(
          Array.from({ length: 100 }, (_, index) => versionOf(`later${index}`)),
          read,
        )
        assert.strictEqual(asked.length, MOST_GUESSES + 3)
      }),
    )
  })

  it.effect("keep nobody from the name itself, nor from a version that is held", () => {
    const { read, run } = setup()
    return run(
      Effect.gen(function* () {
        yield* read(versionOf("real"))
        yield* Effect.forEach(invented(100), read)
        yield* TestClock.adjust(1)
        assert.deepStrictEqual((yield* Effect.forEach([N, versionOf("real")], read)).map(reasonOf), [
          "served",
          "served",
        ])
      }),
    )
  })

  it.effect("that are denied count alike; what AWS does not answer is left to the circuit", () => {
    const denied = setup(failure(new AccessDenied({ detail: "no" })))
    const down = setup(failure(new Unavailable({ detail: "down" })))
    return Effect.gen(function* () {
      yield* denied.run(Effect.forEach(invented(100), denied.read))
      assert.strictEqual(denied.asked.length, MOST_GUESSES)
      // One line for the versions, one for the bound.
      assert.strictEqual(denied.lines.length, 2)
      const results = yield* down.run(Effect.forEach(invented(100), down.read))
      assert.isTrue(results.every((result) => reasonOf(result) === "Unavailable"))
    })
  })
})

/** How long AWS takes, in milliseconds. */
const CALL = 100

it.effect.each([1, 100])("real versions are read without a bound, %i at once", (concurrency) => {
  const { asked, lines, read, run } = setup(notFound, Effect.sleep(CALL))
  return run(
    Effect.gen(function* () {
      const real = Array.from({ length: 100 }, (_, index) => versionOf(`real${index}`))
      const reading = yield* Effect.forkChild(Effect.forEach(real, read, { concurrency }))
      yield* TestClock.adjust(real.length * CALL)
      const results = yield* Fiber.join(reading)
      assert.deepStrictEqual(new Set(results.map(reasonOf)), new Set(["served"]))
      assert.strictEqual(asked.length, real.length)
      assert.deepStrictEqual(lines, [])
    }),
  )
})

it.effect("a guess that is given up leaves the others their turn", () => {
  const gate = Deferred.makeUnsafe<void>()
  const { asked, read, run } = setup(notFound, Deferred.await(gate))
  return Effect.gen(function* () {
    yield* run(
      Effect.gen(function* () {
        yield* Effect.forkChild(Effect.forEach(invented(200), read, { concurrency: "unbounded" }))
        yield* TestClock.adjust(1)
        // The cache ends here, with fetches under way and others that wait for them.
      }),
    )
    assert.strictEqual(asked.length, MOST_GUESSES)
  })
})
