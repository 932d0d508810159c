import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as BatchWindow from "../../src/sources/BatchWindow.ts"

/** A batchWindow with a call under way that does not end. */
const busy = Effect.gen(function* () {
  const batchWindow = BatchWindow.make()
  yield* Effect.forkChild(batchWindow.during(Effect.never), { startImmediately: true })
  return batchWindow
})

/** Starts the wait of a batch; gives whether it is over. */
const waiting = (batchWindow: BatchWindow.BatchWindow) =>
  Effect.map(
    Effect.forkChild(batchWindow.closed, { startImmediately: true }),
    (fiber) => () => fiber.pollUnsafe() !== undefined,
  )

describe("a batch", () => {
  it.effect("leaves at once when no call is under way", () =>
    Effect.gen(function* () {
      const batchWindow = BatchWindow.make()
      batchWindow.arrived()
      yield* batchWindow.closed
      yield* batchWindow.during(Effect.void)
      yield* batchWindow.closed
      assert.strictEqual(yield* Effect.clockWith((clock) => clock.currentTimeMillis), 0)
    }),
  )

  it.effect("leaves after 2 ms in which nobody joined, while a call is under way", () =>
    Effect.gen(function* () {
      const isOver = yield* waiting(yield* busy)
      yield* TestClock.adjust("1 millis")
      assert.isFalse(isOver())
      yield* TestClock.adjust("1 millis")
      assert.isTrue(isOver())
    }),
  )

  it.effect("waits for those who keep coming, 10 ms at most", () =>
    Effect.gen(function* () {
      const batchWindow = yield* busy
      const isOver = yield* waiting(batchWindow)
      for (let passed = 1; passed < 10; passed += 1) {
        batchWindow.arrived()
        yield* TestClock.adjust("1 millis")
        assert.isFalse(isOver(), `after ${passed} ms`)
      }
      yield* TestClock.adjust("1 millis")
      assert.isTrue(isOver())
    }),
  )

  it.effect("counts a call that was interrupted as over", () =>
    Effect.gen(function* () {
      const batchWindow = BatchWindow.make()
      const call = yield* Effect.forkChild(batchWindow.during(Effect.never), { startImmediately: true })
      yield* Fiber.interrupt(call)
      yield* batchWindow.closed
      assert.strictEqual(yield* Effect.clockWith((clock) => clock.currentTimeMillis), 0)
    }),
  )
})
