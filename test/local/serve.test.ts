/**
 * The server below local AWS, local Lambda and the page. Their own tests have everything but these edges.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope } from "effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import http from "node:http"
import { serve } from "../../local/serve.ts"
import { exchange } from "./aws/wire.ts"

const path = HttpRouter.add("GET", "/Path", HttpServerResponse.text("here"))

const open = (routes: typeof path = path, port = 0) =>
  serve({ name: "The test", server: http.createServer(), host: "127.0.0.1", port }, routes)

describe("the server of local/", () => {
  it.live("serves a path only as it is spelled", () =>
    Effect.gen(function* () {
      const { port } = yield* open()
      const statuses = yield* Effect.forEach(["/Path", "/Path?a=b", "/path", "/Path/", "/%zz"], (path) =>
        Effect.map(exchange(`http://127.0.0.1:${port}`, { method: "GET", path }), ({ status }) => status),
      )
      assert.deepStrictEqual(statuses, [200, 200, 404, 404, 404])
    }),
  )

  it.live("resets the connections that wait for an answer when its scope closes", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const arrived = yield* Deferred.make<void>()
      const hang = Effect.andThen(Deferred.succeed(arrived, undefined), Effect.never)
      const { port } = yield* Scope.provide(open(HttpRouter.add("GET", "/hang", hang)), scope)
      const hanging = yield* Effect.forkChild(
        Effect.flip(exchange(`http://127.0.0.1:${port}`, { method: "GET", path: "/hang" })),
      )
      yield* Deferred.await(arrived)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Fiber.join(hanging)).code, "ECONNRESET")
    }),
  )

  it.live("says what could not listen where, and why", () =>
    Effect.gen(function* () {
      const { port } = yield* open()
      const { message } = yield* Effect.flip(open(path, port))
      assert.match(message, new RegExp(`^The test cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`))
    }),
  )
})
