/**
 * When a call is made again, to the millisecond: chance is pinned, as a thousand environments that draw the same pause
 * would ask at once.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import {
  AccessDenied,
  BadSignature,
  CircuitOpen,
  ConnectionLost,
  ExpiredCredentials,
  InvalidRequest,
  RefusedCredentials,
  type SourceError,
  type SourceErrorReason,
  Throttled,
  TimedOut,
  TooLarge,
} from "../../src/domain/SourceError.ts"
import { attemptTimeoutIn } from "../../src/domain/defaults.ts"
import { retryTransient, isTransient, retryRule, withRetries } from "../../src/sources/retry.ts"
import { failure, notFound, unavailable } from "../support/entries.ts"
import { withRandom } from "../support/fixedRandom.ts"

const detail = "what AWS said"
const throttled = failure(new Throttled({ detail }))

type Run = <A>(call: Effect.Effect<A, SourceError>) => Effect.Effect<A, SourceError>

/** The moments at which a call is made that takes so long and always fails, and the error at the end. */
const momentsOf = (run: Run, { error = unavailable, share = 1, takes = 0 } = {}) =>
  Effect.gen(function* () {
    const moments: Array<number> = []
    const call = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      moments.push(now)
      return takes === 0 ? Effect.fail(error) : Effect.delay(Effect.fail(error), takes)
    })
    const fiber = yield* Effect.forkChild(Effect.flip(run(call)).pipe(withRandom(share)), {
      startImmediately: true,
    })
    yield* TestClock.adjust("1 minute")
    return { moments, error: yield* Fiber.join(fiber) }
  })

const TIMEOUT = Duration.millis(1_000)
const retrying: Run = (call) => withRetries(call, TIMEOUT)

describe("a call that AWS throttles or fails", () => {
  it.effect.each([
    [1, [0, 100, 300, 700]],
    [0.5, [0, 50, 150, 350]],
    [0, [0, 0, 0, 0]],
  ] as const)(
    "is made four times, after pauses drawn between nothing and 100, 200, 400 ms: %d of them",
    ([share, expected]) =>
      Effect.gen(function* () {
        for (const error of [throttled, unavailable]) {
          const begun = yield* Clock.currentTimeMillis
          const { error: last, moments } = yield* momentsOf(retrying, { error, share })
          assert.deepStrictEqual(
            moments.map((at) => at - begun),
            [...expected],
          )
          assert.strictEqual(last, error)
        }
      }),
  )

  it.effect("is cut off when its time is over, says so, and is made once more at once", () =>
    Effect.gen(function* () {
      const { error, moments } = yield* momentsOf(retrying, { takes: 1_001 })
      assert.deepStrictEqual(moments, [0, 1_000])
      assert.deepStrictEqual([error.reason._tag, error.message], ["TimedOut", "no answer within 1000 ms"])
    }),
  )

  it.effect("has all of its time", () =>
    Effect.gen(function* () {
      const { error } = yield* momentsOf(retrying, { error: notFound, takes: 999 })
      assert.strictEqual(error, notFound)
    }),
  )

  it("may take 46 % of what the whole may take, in whole milliseconds", () => {
    assert.deepStrictEqual([1_000, 2_500, 3].map(attemptTimeoutIn), [460, 1_150, 1])
  })
})

const REASONS: ReadonlyArray<readonly [SourceErrorReason, ReturnType<typeof retryRule>, boolean]> = [
  [notFound.reason, "never", false],
  [new AccessDenied({ detail }), "never", false],
  [new InvalidRequest({ detail }), "never", false],
  [new TooLarge({ detail }), "never", false],
  [new CircuitOpen({ detail }), "never", true],
  [new ConnectionLost({ detail }), "once", true],
  [new BadSignature({ detail }), "once", false],
  [new ExpiredCredentials({ detail }), "once", false],
  [new RefusedCredentials({ detail }), "once", false],
  [new TimedOut({ detail }), "once", false],
  [throttled.reason, "backoff", true],
  [unavailable.reason, "backoff", true],
]

describe("a failure", () => {
  it.each(REASONS.map(([reason, rule, passing]) => [reason._tag, rule, passing, reason] as const))(
    "of %s is retried %s; passes by itself: %s",
    (_, rule, passing, reason) => {
      assert.strictEqual(retryRule(failure(reason)), rule)
      assert.strictEqual(isTransient(failure(reason)), passing)
    },
  )
})

describe("a fetch that insists", () => {
  const BUDGET = 3_000

  it.effect.each([
    [1, [0, 200, 600, 1_400, 2_400]],
    [0, [0, 100, 300, 700, 1_200, 1_700, 2_200]],
  ] as const)(
    "begins anew after 200, 400, 800, 1,000 ms, at least half of each: %d of the rest",
    ([share, expected]) =>
      Effect.gen(function* () {
        const insistent = retryTransient({ budget: 10_000, retryFor: 2_001 })
        const { moments } = yield* momentsOf(insistent, { share })
        assert.deepStrictEqual(moments, [...expected])
      }),
  )

  it.effect("begins anew only while its patience lasts", () =>
    Effect.gen(function* () {
      const last = (retryFor: number) =>
        Effect.gen(function* () {
          const begun = yield* Clock.currentTimeMillis
          const { moments } = yield* momentsOf(retryTransient({ budget: BUDGET, retryFor }))
          return (moments.at(-1) ?? 0) - begun
        })
      assert.deepStrictEqual([yield* last(200), yield* last(201), yield* last(600)], [200, 600, 600])
    }),
  )

  it.effect("ends 50 ms before its budget, with what AWS said last, where a call is under way by then", () =>
    Effect.gen(function* () {
      let begun = 0
      const fetch = Effect.suspend(() => ((begun += 1) === 1 ? Effect.fail(throttled) : Effect.never))
      const fiber = yield* Effect.forkChild(
        Effect.flip(retryTransient({ budget: BUDGET, retryFor: 1_000 })(fetch)).pipe(withRandom(1)),
        { startImmediately: true },
      )
      yield* TestClock.adjust(BUDGET - 51)
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.isDefined(fiber.pollUnsafe())
      assert.strictEqual(yield* Fiber.join(fiber), throttled)
      assert.strictEqual(begun, 2)
    }),
  )

  it.effect("makes one call where it has no patience, not even for what would pass", () =>
    Effect.gen(function* () {
      for (const retryFor of [0, -1]) {
        const { moments } = yield* momentsOf(retryTransient({ budget: BUDGET, retryFor }))
        assert.lengthOf(moments, 1)
      }
    }),
  )
})
