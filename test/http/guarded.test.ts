/**
 * The guard as it stands in front of the routes: refusals are problems, the token opens what it must, and no more
 * requests wait than may.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Redacted } from "effect"
import { HttpEffect } from "effect/http"
import { TestClock } from "effect/testing"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { Cache } from "../../src/cache/Cache.ts"
import { EMPTY } from "../../src/cache/Slot.ts"
import type { Served } from "../../src/cache/Served.ts"
import { Plan } from "../../src/config/Plan.ts"
import type { Tokens } from "../../src/config/environment/tokens.ts"
import { app } from "../../src/http/routes.ts"
import { parameter, planWith, SECOND, text } from "../support/entries.ts"
import { folderOf } from "../support/lambda.ts"

const HIT: Served = { value: text("value of A"), age: 0, outcome: "hit" }
const READ = "/parameters?name=A"
const TOKEN_HEADER = "x-aws-parameters-secrets-token"

const requiring = (tokens: Tokens) =>
  Layer.effect(
    Plan,
    Effect.map(Plan, (plan) => ({ ...plan, tokens })),
  ).pipe(Layer.provide(planWith({}, parameter("A"))))

const fixed = (...tokens: ReadonlyArray<string>): Tokens => ({
  fixed: tokens.map((token) => Redacted.make(token)),
  file: undefined,
})

/** Requests to the routes over a cache that answers every read the same way. */
const serving = Effect.fnUntraced(function* (
  plan: Layer.Layer<Plan>,
  read: Effect.Effect<Served> = Effect.succeed(HIT),
) {
  return yield* servingCache(plan, Layer.mock(Cache, { read: () => read, fresh: () => undefined }))
})

const servingCache = Effect.fnUntraced(function* (plan: Layer.Layer<Plan>, cache: Layer.Layer<Cache>) {
  const handler = yield* Effect.provide(app, [cache, plan])
  const fetch = HttpEffect.toWebHandlerWith(yield* Effect.context<never>())(handler as never) as (
    request: Request,
  ) => Promise<Response>
  return (target: string, headers: Readonly<Record<string, string>> = {}) =>
    Effect.promise(async () => {
      const response = await fetch(new Request(`http://localhost:4000${target}`, { headers }))
      return { status: response.status, headers: response.headers, body: await response.text() }
    })
})

const PLAIN = planWith({}, parameter("A"))

describe("the routes behind the guard", () => {
  it.effect.each([READ, "/health", "/metrics", "/nowhere"])(
    "answer 403 to a foreign Host, whatever it asks: %s",
    (target) =>
      Effect.gen(function* () {
        const request = yield* serving(PLAIN, Effect.die("the cache was asked"))
        const { body, headers, status } = yield* request(target, { host: "evil.example" })
        assert.strictEqual(status, 403)
        assert.strictEqual(headers.get("content-type"), "application/problem+json")
        assert.include(body, "urn:lambda-cache-extension:problem:forbidden")
        assert.include(body, "allowed: localhost, 127.0.0.1 or [::1]")
      }),
  )

  it.effect("answer 400 to two Hosts", () =>
    Effect.gen(function* () {
      const request = yield* serving(PLAIN)
      assert.strictEqual((yield* request(READ, { host: "localhost, evil.example" })).status, 400)
    }),
  )

  it.effect(
    "answer 429 with Retry-After to one request more than may wait, and serve again once one is done",
    () =>
      Effect.gen(function* () {
        const answered = yield* Deferred.make<Served>()
        const request = yield* serving(
          planWith({ maxConcurrentRequests: 2 }, parameter("A")),
          Deferred.await(answered),
        )
        const waiting = yield* Effect.forEach([1, 2], () =>
          Effect.forkChild(request(READ), { startImmediately: true }),
        )
        const refused = yield* request(READ)
        assert.strictEqual(refused.status, 429)
        assert.strictEqual(refused.headers.get("retry-after"), "1")
        assert.include(refused.body, "urn:lambda-cache-extension:problem:too-many-requests")
        for (const target of ["/health", "/metrics"]) assert.strictEqual((yield* request(target)).status, 200)
        yield* Deferred.succeed(answered, HIT)
        for (const fiber of waiting) assert.strictEqual((yield* Fiber.join(fiber)).status, 200)
        assert.strictEqual((yield* request(READ)).status, 200)
      }),
  )
})

describe("a token that is required", () => {
  it.effect("opens the routes, whichever of the function's tokens it is", () =>
    Effect.gen(function* () {
      const request = yield* serving(requiring(fixed("session", "container")))
      for (const token of ["session", "container"]) {
        assert.strictEqual((yield* request(READ, { [TOKEN_HEADER]: token })).status, 200)
      }
    }),
  )

  it.effect.each([undefined, "", "sessio", "session2", "SESSION", "session, session"])(
    "refuses %j with 403, and never says what it expects",
    (token) =>
      Effect.gen(function* () {
        const request = yield* serving(requiring(fixed("session")))
        const headers: Record<string, string> = token === undefined ? {} : { [TOKEN_HEADER]: token }
        for (const target of [READ, "/metrics", "/nowhere"]) {
          const { body, status } = yield* request(target, headers)
          assert.strictEqual(status, 403)
          assert.include(body, "X-Aws-Parameters-Secrets-Token")
          assert.notMatch(body, /"[^"]*\bsession\b[^"]*"/)
        }
      }),
  )

  it.effect("is not asked for at /health, which the guard still watches", () =>
    Effect.gen(function* () {
      const request = yield* serving(requiring(fixed("session")))
      assert.strictEqual((yield* request("/health")).status, 200)
      assert.strictEqual((yield* request("/health", { via: "1.1 proxy" })).status, 403)
    }),
  )

  it.effect("may stand in a file and change there; the file is read once a second at most", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ token: "first\n" })
      const file = path.join(folder, "token")
      const request = yield* serving(requiring({ fixed: [], file }))
      const statusWith = (token: string) =>
        Effect.map(request(READ, { [TOKEN_HEADER]: token }), ({ status }) => status)

      assert.strictEqual(yield* statusWith("first"), 200)
      writeFileSync(file, "second")
      assert.strictEqual(yield* statusWith("second"), 403)
      assert.strictEqual(yield* statusWith("first"), 200)
      yield* TestClock.adjust(SECOND)
      assert.strictEqual(yield* statusWith("second"), 200)
      assert.strictEqual(yield* statusWith("first"), 403)
    }),
  )

  it.effect("refuses everybody while its file is empty or cannot be read", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ token: "\n" })
      for (const name of ["token", "none"]) {
        const request = yield* serving(requiring({ fixed: [], file: path.join(folder, name) }))
        for (const token of ["", " ", "\n".trim(), "undefined"]) {
          assert.strictEqual((yield* request(READ, { [TOKEN_HEADER]: token })).status, 403)
        }
      }
    }),
  )
})

describe("the routes of an agent, without its token,", () => {
  const AGENT = Layer.effect(
    Plan,
    Effect.map(Plan, (plan) => ({ ...plan, isAgent: true })),
  ).pipe(Layer.provide(requiring(fixed("of-the-agent"))))

  const state = (isLoading: boolean) =>
    Layer.mock(Cache, {
      read: () => Effect.die("the cache was asked"),
      fresh: () => undefined,
      inspect: Effect.succeed({
        now: 0,
        isLoading,
        slotOf: () => EMPTY,
        usageOf: () => undefined,
        usages: [],
        shared: undefined,
      }),
    })

  it.effect.each([
    [false, 200, '{"ready":true}'],
    [true, 503, '{"ready":false}'],
  ] as const)("say at /ready whether it loads (%s), and no more", ([isLoading, status, body]) =>
    Effect.gen(function* () {
      const request = yield* servingCache(AGENT, state(isLoading))
      const answer = yield* request("/ready")
      assert.deepStrictEqual([answer.status, answer.body], [status, body])
      assert.strictEqual(answer.headers.get("retry-after"), isLoading ? "1" : null)
      const whole = yield* request("/ready", { [TOKEN_HEADER]: "of-the-agent" })
      assert.include(whole.body, '"name":"A"')
    }),
  )

  it.effect.each([READ, "/metrics", "/ready/", "/READY"])("refuse %s", (target) =>
    Effect.gen(function* () {
      const request = yield* servingCache(AGENT, state(false))
      const { body, status } = yield* request(target)
      assert.strictEqual(status, 403)
      assert.notInclude(body, '"name":"A"')
    }),
  )
})
