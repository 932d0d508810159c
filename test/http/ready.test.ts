/**
 * `GET /ready` as a script or an operator asks it: 503 while everything is being loaded, without waiting; else 200.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { Cache } from "../../src/cache/Cache.ts"
import { controlledSources, parameter, planOf, text } from "../support/entries.ts"
import { askRoutes } from "../support/routes.ts"

const entry = parameter("A")

/** The routes over a cache whose one entry has not been fetched. */
const setup = Effect.gen(function* () {
  const sources = yield* controlledSources
  const plan = planOf(entry)
  const context = yield* Layer.build(Cache.layerNoDeps.pipe(Layer.provide([sources.layer, plan])))
  const cache = yield* Effect.provideContext(Cache, context)
  const ask = yield* askRoutes(cache, plan)
  return { ...sources, cache, ask, ready: ask("/ready") }
})

describe("GET /ready", () => {
  it.effect("is 503 with Retry-After while everything is being loaded, and 200 after it", () =>
    Effect.gen(function* () {
      const { cache, next, ready } = yield* setup
      const loading = yield* Effect.forkChild(cache.load([entry]), { startImmediately: true })
      const during = yield* ready
      assert.deepStrictEqual([during.status, during.headers.get("retry-after")], [503, "1"])
      assert.deepInclude(JSON.parse(during.body), { ready: false })

      yield* (yield* next).succeed(text("canary"))
      yield* Fiber.join(loading)
      const after = yield* ready
      assert.deepStrictEqual([after.status, after.headers.get("retry-after")], [200, null])
      assert.deepInclude(JSON.parse(after.body), { ready: true })
      assert.notInclude(after.body, "canary")
    }),
  )

  it.effect("is 200 with everything pending where nothing is loaded at start-up, and asks AWS nothing", () =>
    Effect.gen(function* () {
      const { ready, waiting } = yield* setup
      const { body, headers, status } = yield* ready
      assert.deepStrictEqual([status, headers.get("content-type")], [200, "application/json"])
      assert.strictEqual(headers.get("cache-control"), "no-store")
      assert.strictEqual(JSON.parse(body).entries[0].state, "pending")
      assert.strictEqual(yield* waiting, 0)
    }),
  )

  it.effect("answers HEAD with the same status, and other methods with 405", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup
      const head = yield* ask("/ready", { method: "HEAD" })
      assert.deepStrictEqual([head.status, head.body], [200, ""])
      assert.strictEqual((yield* ask("/ready", { method: "DELETE" })).status, 405)
    }),
  )
})
