/**
 * How often an environment that waits looks whether the answer of AWS has been published.
 *
 * All waiting reads look together and share a round trip. The pauses grow and are random, so that a waiting fleet does not
 * overload the tier.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** The first and the longest pause in milliseconds, and how it grows. The actual pause is at least half of it. */
export const FIRST = 20
export const LONGEST = 200
export const GROWTH = 1.5

/** Completes with the next tick, a pause from now at the latest. */
export const make = Effect.gen(function* () {
  const scope = yield* Effect.scope
  let next: Deferred.Deferred<void> | undefined
  let pause = FIRST
  let endedAt = 0

  const begin = Effect.fnUntraced(function* (tick: Deferred.Deferred<void>) {
    const now = yield* Clock.currentTimeMillis
    // A wait that does not follow the last one begins with a short pause again.
    if (now < endedAt || now - endedAt > 2 * LONGEST) pause = FIRST
    const share = yield* Random.next
    const wait = Effect.sleep(Math.ceil(pause * (0.5 + share / 2)))
    pause = Math.min(LONGEST, pause * GROWTH)
    yield* wait.pipe(
      Effect.andThen(Clock.currentTimeMillis),
      Effect.map((now) => (endedAt = now)),
      Effect.ensuring(
        Effect.suspend(() => {
          next = undefined
          return Deferred.succeed(tick, undefined)
        }),
      ),
      Effect.forkIn(scope),
    )
  })

  const tick: Effect.Effect<void> = Effect.suspend(() => {
    if (next !== undefined) return Deferred.await(next)
    const begun = Deferred.makeUnsafe<void>()
    next = begun
    return Effect.andThen(begin(begun), Deferred.await(begun))
  })
  return { tick }
})
