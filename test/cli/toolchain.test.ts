/**
 * How long the command line waits for a program that it fetches, and what it leaves behind if it does not wait any longer.
 */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import * as TestClock from "effect/testing/TestClock"
import { fetchWithin } from "../../cli/toolchain.ts"

/** A fetch that never ends by itself. `left` is what it has not removed. */
const endless = () => {
  const left = new Set<string>()
  const fetch = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => {
      left.add("half a program")
      signal.addEventListener("abort", () =>
        setImmediate(() => {
          left.clear()
          reject(new Error("aborted"))
        }),
      )
    })
  return { fetch, left }
}

describe("a program that is fetched", () => {
  it.effect("is waited for up to a limit, which the message names", () =>
    Effect.gen(function* () {
      const { fetch, left } = endless()
      const fiber = yield* Effect.forkChild(Effect.flip(fetchWithin(Duration.minutes(10), fetch)))
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* Fiber.join(fiber), "it took longer than 10m")
      assert.strictEqual(left.size, 0)
    }),
  )

  it.effect("leaves nothing behind after Ctrl-C", () =>
    Effect.gen(function* () {
      const { fetch, left } = endless()
      const fiber = yield* Effect.forkChild(fetchWithin(Duration.minutes(10), fetch), {
        startImmediately: true,
      })
      assert.strictEqual(left.size, 1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(left.size, 0)
    }),
  )

  it.effect("says why it failed", () =>
    Effect.gen(function* () {
      const why = yield* Effect.flip(fetchWithin(Duration.minutes(10), () => Promise.reject(new Error("no"))))
      assert.strictEqual(why, "no")
    }),
  )
})
