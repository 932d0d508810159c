/**
 * One fetch per key at a time, wherever the scheduler lets another fiber go on: a fiber with much to do is paused between
 * any two of its steps.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, References } from "effect"
import { Cache } from "../../src/cache/Cache.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { parameter, planOf, text } from "../support/entries.ts"

const A = parameter("A")
const VERSION = { ...parameter("A:1"), listedAs: A.key }

/** After how many steps a fiber makes room for the others. */
const STEPS = Array.from({ length: 40 }, (_, index) => index + 10)

/** How often a fetch makes room for the others: until all of them have come to it. */
const LONG = 200

describe("reads of one entry at the same moment", () => {
  it.effect.each([A, VERSION])("cost one call, after whatever step a fiber is paused ($key)", (entry) =>
    Effect.gen(function* () {
      for (const steps of STEPS) {
        let asked = 0
        const fetch = Effect.suspend(() => {
          asked += 1
          return Effect.as(Effect.repeat(Effect.yieldNow, { times: LONG }), text("v"))
        })
        const sources = Layer.succeed(Sources, {
          prepare: () => Effect.void,
          importFor: () => Effect.void,
          fetch: () => fetch,
        })
        const reading = Effect.flatMap(Cache, (cache) =>
          Effect.forEach(
            [1, 2, 3, 4],
            (lead) =>
              // Each begins a few steps after the one before it.
              Effect.andThen(
                Effect.forEach(Array.from({ length: lead }), () => Effect.void),
                cache.read(entry),
              ),
            { concurrency: "unbounded" },
          ),
        ).pipe(Effect.provideService(References.MaxOpsBeforeYield, steps))
        const served = yield* Effect.provide(reading, Layer.provide(Cache.layerNoDeps, [sources, planOf(A)]))
        assert.strictEqual(served.length, 4, `${steps} steps`)
        assert.strictEqual(asked, 1, `${steps} steps`)
      }
    }),
  )
})
