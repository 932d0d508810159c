/**
 * When a failed call is made again, to the millisecond: time is that of a TestClock, and chance is pinned. A thousand
 * environments that fail together must not ask again together.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Random } from "effect"
import { TestClock } from "effect/testing"
import { REASONS, SourceError } from "../../src/domain/SourceError.ts"
import { retryTransient, isTransient, retryRule, withRetries } from "../../src/sources/retry.ts"
import { CONSEQUENCES, type ReasonTag } from "../support/awsErrorTable.ts"

const ERRORS = REASONS.map((Reason) => {
  const reason = new Reason({ detail: "" })
  return [reason._tag, new SourceError({ reason })] as const
})
const errorOf = (tag: ReasonTag): SourceError =>
  new Map(ERRORS).get(tag) ?? assert.fail(`there is no reason ${tag}`)

/** Chance that always says the same, from 0 to 1. */
const withChance = (share: number) =>
  Effect.provideService(Random.Random, {
    nextDoubleUnsafe: () => share,
    nextIntUnsafe: () => 0,
  })

/** When a call that always fails so is made, in milliseconds after the first time. */
const momentsOf = (
  error: SourceError,
  share: number,
  retrying: (call: Effect.Effect<never, SourceError>) => Effect.Effect<unknown, SourceError>,
) =>
  Effect.gen(function* () {
    const moments: Array<number> = []
    const begun = yield* Clock.currentTimeMillis
    const call = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      moments.push(now - begun)
      return Effect.fail(error)
    })
    const running = yield* Effect.forkChild(Effect.result(retrying(call)).pipe(withChance(share)), {
      startImmediately: true,
    })
    for (let ms = 0; ms < 20_000 && running.pollUnsafe() === undefined; ms += 1) yield* TestClock.adjust(1)
    yield* Fiber.interrupt(running)
    return moments
  })

describe("a call that fails", () => {
  const BACKOFF = [
    [0, [0, 0, 0, 0]],
    [0.5, [0, 50, 150, 350]],
    [1, [0, 100, 300, 700]],
  ] as const

  const EXPECTED: Readonly<Record<"never" | "once" | "backoff", (share: number) => ReadonlyArray<number>>> = {
    never: () => [0],
    once: () => [0, 0],
    backoff: (share) => BACKOFF.find(([of]) => of === share)?.[1] ?? [],
  }

  it.effect.each(ERRORS)("with %s is made again as the table says", ([tag, error]) =>
    Effect.gen(function* () {
      const { retried } = CONSEQUENCES[tag]
      assert.strictEqual(retryRule(error), retried)
      for (const [share] of BACKOFF)
        assert.deepStrictEqual(yield* momentsOf(error, share, withRetries), EXPECTED[retried](share))
    }),
  )

  it.effect("once with a dead connection and then with throttling is made again for both", () =>
    Effect.gen(function* () {
      const errors = [errorOf("ConnectionLost"), errorOf("Throttled"), errorOf("ConnectionLost")]
      let calls = 0
      const call = Effect.suspend(() => {
        calls += 1
        const error = errors.shift()
        return error === undefined ? Effect.succeed("value") : Effect.fail(error)
      })
      const running = yield* Effect.forkChild(withRetries(call).pipe(withChance(0)), {
        startImmediately: true,
      })
      yield* TestClock.adjust(0)
      assert.strictEqual(yield* Fiber.join(running), "value")
      assert.strictEqual(calls, 4)
    }),
  )
})

describe("a fetch that insists", () => {
  const EFFORT = { budget: 30_000, retryFor: 5_000 }

  it.effect.each([
    [0, [0, 100, 300, 700, 1_200, 1_700, 2_200, 2_700, 3_200, 3_700, 4_200, 4_700, 5_200]],
    [1, [0, 200, 600, 1_400, 2_400, 3_400, 4_400, 5_400]],
  ] as const)(
    "begins anew after pauses from 200 ms to 1 s, of which chance takes up to a half: %d",
    ([share, expected]) =>
      Effect.gen(function* () {
        const moments = yield* momentsOf(errorOf("Unavailable"), share, retryTransient(EFFORT))
        assert.deepStrictEqual(moments, [...expected])
      }),
  )

  it.effect.each(ERRORS)("begins anew after %s only if that may pass by itself", ([tag, error]) =>
    Effect.gen(function* () {
      const passes = ["Throttled", "Unavailable", "ConnectionLost", "CircuitOpen"].includes(tag)
      assert.strictEqual(isTransient(error), passes)
      const moments = yield* momentsOf(error, 1, retryTransient({ budget: 3_000, retryFor: 500 }))
      assert.deepStrictEqual(moments, passes ? [0, 200, 600] : [0])
    }),
  )
})
