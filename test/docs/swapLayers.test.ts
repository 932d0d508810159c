/**
 * How to test with mocks in place of the layers below. README.md ("Swap layers in your own tests") quotes one of these tests
 * word by word.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { HttpEffect } from "effect/http"
import { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import { app } from "../../src/http/routes.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { notFound, parameter, planOf } from "../support/entries.ts"

it.effect("the cache asks AWS again once the ttl has passed", () => {
  let calls = 0
  const aws = Layer.mock(Sources, {
    fetch: () => Effect.sync(() => ({ body: Redacted.make(`answer ${++calls}`), contentType: "text/plain" })),
  })
  const entry = parameter("A", { ttl: 30_000 })
  const read = Effect.map(
    Effect.flatMap(Cache, (cache) => cache.read(entry)),
    ({ value }) => Redacted.value(value.body),
  )

  return Effect.gen(function* () {
    const first = yield* read
    yield* TestClock.adjust("30 seconds")
    const held = yield* read
    yield* TestClock.adjust("1 milli")
    assert.deepStrictEqual([first, held, yield* read], ["answer 1", "answer 1", "answer 2"])
  }).pipe(Effect.provide(Cache.layerNoDeps.pipe(Layer.provide([aws, planOf(entry)]))))
})

const requestOf = (target: string) => new Request(`http://127.0.0.1:4000${target}`)

it.effect("a parameter that does not exist is answered with 404", () =>
  Effect.gen(function* () {
    const cache = Layer.mock(Cache, { read: () => Effect.fail(notFound), fresh: () => undefined })
    const routes = HttpEffect.toWebHandler(yield* Effect.provide(app, [cache, planOf(parameter("A"))]))
    const { status } = yield* Effect.promise(() => routes(requestOf("/parameters?name=A")))
    assert.strictEqual(status, 404)
  }),
)
