/**
 * The places of calls to AWS: how many there are, and what those hear that wait for one.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, References } from "effect"
import * as Queue from "../../src/sources/Queue.ts"

describe("the queue of calls", () => {
  it.effect("has so many under way at once, and tells those that wait when an answer came before them", () =>
    Effect.gen(function* () {
      const queue = yield* Queue.make(2)
      const heard = [0, 0, 0, 0]
      let underWay = 0
      let most = 0
      const answers = yield* Effect.replicateEffect(Deferred.make<void>(), 4)
      const fibers = yield* Effect.forEach(answers, (answer, index) =>
        Effect.suspend(() => {
          underWay += 1
          most = Math.max(most, underWay)
          return Effect.ensuring(
            Deferred.await(answer),
            Effect.sync(() => (underWay -= 1)),
          )
        }).pipe(
          (call) => queue.inTurn(call, () => (heard[index] = (heard[index] ?? 0) + 1)),
          Effect.forkChild({ startImmediately: true }),
        ),
      )
      assert.deepStrictEqual(heard, [0, 0, 0, 0])
      for (const [index, answer] of answers.entries()) {
        yield* Deferred.succeed(answer, undefined)
        const fiber = fibers[index]
        if (fiber !== undefined) yield* Fiber.join(fiber)
      }
      assert.strictEqual(most, 2)
      // The third heard of the first answer, and that its turn had come; the fourth of two, and of its turn.
      const [first, second, third = 0, fourth = 0] = heard
      assert.deepStrictEqual([first, second], [0, 0])
      assert.isAtLeast(third, 2)
      assert.isAtLeast(fourth, 3)
    }),
  )

  it.effect("tells nobody of a call that failed, and gives its place on", () =>
    Effect.gen(function* () {
      const queue = yield* Queue.make(1)
      let heard = 0
      const first = yield* Deferred.make<void, string>()
      const failing = yield* Effect.forkChild(Effect.result(queue.inTurn(Deferred.await(first), () => {})), {
        startImmediately: true,
      })
      const waiting = yield* Effect.forkChild(
        queue.inTurn(Effect.succeed("second"), () => (heard += 1)),
        {
          startImmediately: true,
        },
      )
      yield* Deferred.fail(first, "no answer")
      yield* Fiber.join(failing)
      assert.strictEqual(yield* Fiber.join(waiting), "second")
      // Its own turn alone.
      assert.strictEqual(heard, 1)
    }),
  )

  it.effect.each([2, 3])(
    "counts its calls right at whatever moment one was cancelled, at a yield every %i steps",
    (steps) =>
      Effect.gen(function* () {
        for (let yields = 0; yields < 20; yields += 1) {
          const queue = yield* Queue.make(1)
          const cancelled = yield* queue
            .inTurn(Effect.never, () => {})
            .pipe(Effect.provideService(References.MaxOpsBeforeYield, steps), Effect.forkChild)
          for (let turn = 0; turn < yields; turn += 1) yield* Effect.yieldNow
          yield* Fiber.interrupt(cancelled)

          const answer = yield* Deferred.make<void>()
          const first = yield* Effect.forkChild(
            queue.inTurn(Deferred.await(answer), () => {}),
            {
              startImmediately: true,
            },
          )
          let heard = 0
          const second = yield* Effect.forkChild(
            queue.inTurn(Effect.void, () => (heard += 1)),
            { startImmediately: true },
          )
          yield* Deferred.succeed(answer, undefined)
          yield* Fiber.joinAll([first, second])
          // Of the answer, and of its turn.
          assert.isAtLeast(heard, 2, `after ${yields} yields`)
        }
      }),
  )

  it.effect("tells who waits when its turn has come, and nobody who need not wait, or has left", () =>
    Effect.gen(function* () {
      const queue = yield* Queue.make(1)
      const heard = [0, 0, 0, 0]
      const start = (index: number, call: Effect.Effect<void>) =>
        Effect.forkChild(
          queue.inTurn(call, () => (heard[index] = (heard[index] ?? 0) + 1)),
          { startImmediately: true },
        )
      const first = yield* Deferred.make<void>()
      const calling = yield* start(0, Deferred.await(first))
      const leaving = yield* start(1, Effect.void)
      yield* Fiber.interrupt(leaving)
      const second = yield* Deferred.make<void>()
      const waiting = yield* start(2, Deferred.await(second))
      yield* Deferred.succeed(first, undefined)
      yield* Fiber.join(calling)
      yield* Effect.yieldNow
      // Of the answer before it, and of its turn; not of its own answer.
      assert.deepStrictEqual(heard, [0, 0, 2, 0])
      yield* Deferred.succeed(second, undefined)
      yield* Fiber.join(waiting)
      // All places are free again.
      yield* Fiber.join(yield* start(3, Effect.void))
      assert.deepStrictEqual(heard, [0, 0, 2, 0])
    }),
  )
})
