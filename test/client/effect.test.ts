/**
 * The client as an Effect service: on fixtures, as in tests of users, and its failures.
 */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Option, Schema } from "effect"
import http from "node:http"
import { CacheClient, CacheClientError, CacheExtensionError } from "../../client/effect.ts"
import { listen } from "../support/extensionHttp.ts"

const Database = Schema.Struct({ host: Schema.String, port: Schema.Int })

/** A user's service that reads its settings through the client. */
class Greeter extends Context.Service<Greeter, { readonly greet: Effect.Effect<string, CacheClientError> }>()(
  "test/Greeter",
) {
  static readonly layerNoDeps = Layer.effect(
    Greeter,
    Effect.map(CacheClient, (cache) =>
      Greeter.of({
        greet: Effect.map(cache.get("parameters", "greeting"), (greeting) => `${greeting}!`),
      }),
    ),
  )
}

describe("CacheClient.layerTest", () => {
  it.effect("gives one flag of a configuration or several, and fails where one is missing", () =>
    Effect.gen(function* () {
      const cache = yield* CacheClient
      const read = (flag: string | ReadonlyArray<string>) =>
        cache.getJson("appconfig", "shop/prod/flags", Schema.Json, { flag })
      assert.deepStrictEqual(yield* read("beta"), { enabled: true })
      assert.deepStrictEqual(yield* read(["off", "beta"]), {
        off: { enabled: false },
        beta: { enabled: true },
      })
      assert.deepInclude(yield* Effect.flip(read(["beta", "none"])), { status: 404, title: "No such field" })
    }).pipe(
      Effect.provide(
        CacheClient.layerTest({
          appconfig: { "shop/prod/flags": { beta: { enabled: true }, off: { enabled: false }, other: {} } },
        }),
      ),
    ),
  )

  it.effect("stands in for the extension below a service", () =>
    Effect.gen(function* () {
      const greeter = yield* Greeter
      assert.strictEqual(yield* greeter.greet, "Hello!")
    }).pipe(
      Effect.provide(
        Greeter.layerNoDeps.pipe(Layer.provide(CacheClient.layerTest({ parameters: { greeting: "Hello" } }))),
      ),
    ),
  )

  it.effect("gives text, bytes, decoded JSON, a field, many names, a path", () =>
    Effect.gen(function* () {
      const cache = yield* CacheClient
      assert.deepStrictEqual(yield* cache.getJson("secrets", "db", Database), { host: "h", port: 5432 })
      assert.strictEqual(yield* cache.getJson("secrets", "db", Schema.Int, { pointer: "/port" }), 5432)
      assert.strictEqual(yield* cache.getJson("secrets", "db", Schema.String, { pointer: "/host" }), "h")
      assert.deepStrictEqual(yield* cache.getBytes("secrets", "key"), Uint8Array.of(0, 255))
      assert.strictEqual(yield* cache.get("parameters", "/app/a", { label: "live" }), "of live")
      const { errors, values } = yield* cache.getMany("parameters", ["/app/a", "/app/b", "/app/c"])
      assert.deepStrictEqual(values, { "/app/a": "1", "/app/b": "2" })
      assert.instanceOf(errors["/app/c"], CacheClientError)
      assert.strictEqual(errors["/app/c"]?.status, 404)
      assert.deepStrictEqual(yield* cache.getByPath("/app/b"), { "/app/b": "2" })
      yield* cache.invalidate("parameters", "/app/a")
    }).pipe(
      Effect.provide(
        CacheClient.layerTest({
          parameters: { "/app/a": "1", "/app/b": "2", "/app/a:live": "of live" },
          secrets: { db: { host: "h", port: 5432 }, key: Uint8Array.of(0, 255) },
        }),
      ),
    ),
  )

  it.effect("plays a rotation: the old value until it is refreshed", () =>
    Effect.gen(function* () {
      const cache = yield* CacheClient
      assert.strictEqual(yield* cache.get("secrets", "password"), "old")
      assert.strictEqual(yield* cache.refresh("secrets", "password"), "new")
    }).pipe(
      Effect.provide(
        CacheClient.layerTest({ secrets: { password: ({ forced }) => (forced ? "new" : "old") } }),
      ),
    ),
  )

  it.effect("plays a failure, which is caught by its tag", () =>
    Effect.gen(function* () {
      const cache = yield* CacheClient
      const status = yield* cache.get("secrets", "password").pipe(
        Effect.as(200),
        Effect.catchTag("CacheClientError", (error) => Effect.succeed(error.status)),
      )
      assert.strictEqual(status, 429)
      const absent = yield* Effect.flip(cache.get("secrets", "other"))
      assert.strictEqual(absent.message, "No data found: other is not in the fixtures")
    }).pipe(
      Effect.provide(
        CacheClient.layerTest({
          secrets: {
            password: new CacheExtensionError({
              status: 429,
              type: "about:blank",
              title: "Throttled",
              detail: "",
            }),
          },
        }),
      ),
    ),
  )

  it.effect("of a value that the schema refuses shows where, not what", () =>
    Effect.gen(function* () {
      const cache = yield* CacheClient
      const { _tag, message } = yield* Effect.flip(cache.getJson("secrets", "db", Database))
      assert.strictEqual(_tag, "SchemaError")
      assert.include(message, `["port"]`)
      assert.notInclude(message, "hunter2")
    }).pipe(Effect.provide(CacheClient.layerTest({ secrets: { db: { host: "hunter2", port: "hunter2" } } }))),
  )
})

describe("CacheClient.layer", () => {
  it.live("ends the request of a caller that is interrupted", () =>
    Effect.gen(function* () {
      const asked = Promise.withResolvers<void>()
      const gone = Promise.withResolvers<void>()
      const server = http.createServer((request) => {
        request.socket.once("close", () => gone.resolve())
        asked.resolve()
      })
      const port = yield* listen(server)
      const cache = Context.get(yield* Layer.build(CacheClient.layer({ port })), CacheClient)
      const fiber = yield* Effect.forkChild(cache.get("parameters", "A"))
      yield* Effect.promise(() => asked.promise)
      yield* Fiber.interrupt(fiber)
      const ended = yield* Effect.timeoutOption(
        Effect.promise(() => gone.promise),
        "10 seconds",
      )
      assert.isTrue(Option.isSome(ended), "the request goes on")
    }),
  )
})
