/**
 * Defects in a request: answered, logged, and told apart from requests that were given up.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Logger } from "effect"
import { HttpServerResponse } from "effect/http"
import { catchDefects } from "../../src/http/middleware.ts"

const ANSWER = HttpServerResponse.text("a bug", { status: 500 })

/** Runs an application that never fails but by bugs; with what it logged. */
const withLog = <A, E>(run: Effect.Effect<A, E>) => {
  const logged: Array<unknown> = []
  const logger = Logger.make<unknown, void>(({ message }) => void logged.push(message))
  return Effect.map(Effect.provide(run, Logger.layer([logger])), (result) => ({ result, logged }))
}

describe("a bug", () => {
  it.effect.each([Effect.die(new Error("ours")), Effect.fail("unexpected")])(
    "is answered, and logged once",
    (app) =>
      Effect.gen(function* () {
        const { logged, result } = yield* withLog(catchDefects(ANSWER)(app))
        assert.strictEqual(result, ANSWER)
        assert.strictEqual(logged.length, 1)
      }),
  )

  it.effect("is not what a request is that was given up", () =>
    Effect.gen(function* () {
      const run = Effect.gen(function* () {
        const request = yield* Effect.forkChild(catchDefects(ANSWER)(Effect.never), {
          startImmediately: true,
        })
        yield* Fiber.interrupt(request)
        return yield* Fiber.await(request)
      })
      const { logged, result } = yield* withLog(run)
      assert.isTrue(Exit.isFailure(result) && Cause.hasInterruptsOnly(result.cause))
      assert.deepStrictEqual(logged, [])
    }),
  )
})
