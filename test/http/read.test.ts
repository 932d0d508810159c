/**
 * Reads of several names, of fields, paths and versions, over a cache that records what it is asked for.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Layer } from "effect"
import { Plan, type PlanShape } from "../../src/config/Plan.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import { parameter, planOf } from "../support/entries.ts"
import { askRoutes, cacheOf } from "../support/routes.ts"
import { ANSWERS, json, served, setup } from "./readAnswers.ts"

describe("several names in one request", () => {
  it.effect("give an object of values: text as strings, items as they are, bytes in base64", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      const { body, headers, status } = yield* ask("/parameters?name=ITEM&name=A&name=BINARY")
      assert.strictEqual(status, 200)
      assert.strictEqual(headers.get("content-type"), "application/json")
      assert.strictEqual(
        body,
        `{"values":{"ITEM":{"n":12345678901234567890123456789012345678,"s":"text","o":{"a/b":[1,2.50]}},` +
          `"A":"value of A","BINARY":"AP8="},"errors":{}}`,
      )
    }),
  )

  it.effect("give each that fails its problem, and the others all the same", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      const { body, headers, status } = yield* ask("/parameters?name=A&name=GONE&name=DOWN&name=unlisted")
      const { errors, values } = JSON.parse(body)
      assert.deepStrictEqual([status, values], [200, { A: "value of A" }])
      assert.deepStrictEqual(
        Object.entries<{ readonly status: number; readonly title: string }>(errors).map(
          ([name, { status, title }]) => [name, status, title],
        ),
        [
          ["GONE", 404, "No data found"],
          ["DOWN", 502, "AWS failed"],
          ["unlisted", 404, "No data found"],
        ],
      )
      assert.strictEqual(errors.unlisted.type, "urn:lambda-cache-extension:problem:no-data-found")
      assert.strictEqual(headers.get("cache-control"), "no-store")
      assert.strictEqual(
        headers.get("cache-status"),
        'cache-extension; hit; ttl=58; detail="1 hit, 3 failed"',
      )
    }),
  )

  it.effect("are as old as the oldest, and fresh for no longer than the first that ends", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      const { headers } = yield* ask("/parameters?name=A&name=B")
      assert.strictEqual(headers.get("age"), "10")
      assert.strictEqual(headers.get("cache-control"), "private, max-age=60")
      assert.strictEqual(
        headers.get("cache-status"),
        'cache-extension; fwd=miss; ttl=50; stored; detail="1 hit, 1 fwd"',
      )
    }),
  )

  it.effect("are read at the same time", () =>
    Effect.gen(function* () {
      let waiting = 0
      let most = 0
      const read = () =>
        Effect.gen(function* () {
          most = Math.max(most, ++waiting)
          yield* Effect.yieldNow
          waiting -= 1
          return served("v")
        })
      const ask = yield* askRoutes({ read }, planOf(parameter("A"), parameter("B"), parameter("ITEM")))
      yield* ask("/parameters?name=A&name=B&name=ITEM")
      assert.strictEqual(most, 3)
    }),
  )

  it.effect("have their own entity tag, which changes with any of them", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      const tagOf = (path: string) => Effect.map(ask(path), ({ headers }) => headers.get("etag"))
      assert.strictEqual(yield* tagOf("/parameters?name=A&name=B"), yield* tagOf("/parameters?name=A&name=B"))
      assert.notStrictEqual(
        yield* tagOf("/parameters?name=A&name=B"),
        yield* tagOf("/parameters?name=A&name=ITEM"),
      )
    }),
  )
})

describe("a field", () => {
  it.effect("that is a string is text, anything else JSON with all its digits", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      const read = (pointer: string) =>
        Effect.map(ask(`/parameters?name=ITEM&json=${encodeURIComponent(pointer)}`), ({ body, headers }) => [
          body,
          headers.get("content-type"),
        ])
      assert.deepStrictEqual(yield* read("/n"), [
        "12345678901234567890123456789012345678",
        "application/json",
      ])
      assert.deepStrictEqual(yield* read("/s"), ["text", "text/plain; charset=utf-8"])
      assert.deepStrictEqual(yield* read("/o/a~1b"), ["[1,2.50]", "application/json"])
    }),
  )

  it.effect("that is not there is 404 No such field, without a word of the value", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      for (const [name, detail] of [
        ["ITEM", 'the value has nothing at "/x"'],
        ["A", "the value is not JSON"],
        ["BINARY", "the value is binary"],
      ]) {
        const { body, status } = yield* ask(`/parameters?name=${name}&json=/x`)
        assert.deepStrictEqual(
          [status, JSON.parse(body).title, JSON.parse(body).detail],
          [404, "No such field", detail],
        )
      }
    }),
  )

  it.effect("is taken of each of several names", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      const { body } = yield* ask("/parameters?name=ITEM&name=A&json=/s")
      const { errors, values } = JSON.parse(body)
      assert.deepStrictEqual([values, Object.keys(errors)], [{ ITEM: "text" }, ["A"]])
    }),
  )
})

describe("a path", () => {
  const PATH: Entry = {
    ...parameter("/app"),
    address: { kind: "parameters", region: "us-west-2", path: "/app" },
  }
  const plan: Partial<PlanShape> = {
    findPath: (_, path) => (path === "/app" ? PATH : undefined),
    find: (_, name) => (name.startsWith("/app/") ? { entry: PATH, member: name } : undefined),
  }

  it.effect("gives all that is below it as one JSON object, or a field of it", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup(plan)
      const { body, headers } = yield* ask("/parameters?path=/app")
      assert.deepStrictEqual(
        [body, headers.get("content-type")],
        ['{"/app/x":"value of x","/app/y":"{\\"z\\":1.0}"}', "application/json"],
      )
      assert.strictEqual((yield* ask("/parameters?path=/app&json=/~1app~1x")).body, "value of x")
    }),
  )

  it.effect("that is not listed is 404, as is a parameter that is not below it", () =>
    Effect.gen(function* () {
      const { ask, calls } = yield* setup(plan)
      const unlisted = yield* ask("/parameters?path=/other")
      assert.strictEqual(unlisted.status, 404)
      assert.include(JSON.parse(unlisted.body).detail, 'the path "/other" is not listed under parameters')
      assert.deepStrictEqual(calls, [])
      assert.strictEqual((yield* ask("/parameters?name=/app/none")).status, 404)
      assert.strictEqual((yield* ask("/parameters?name=/app/__proto__")).status, 404)
    }),
  )

  it.live("that takes long has its members read alone, and decides where that fails", () =>
    Effect.gen(function* () {
      const isRefused = yield* Deferred.make<void>()
      const cache = cacheOf(ANSWERS)
      const plan = Layer.effect(
        Plan,
        Effect.map(Plan, (plan) => ({
          ...plan,
          find: (_: unknown, name: string) => ({
            entry: { ...PATH, name: `the path of ${name}` },
            member: name,
            alone: parameter(name),
          }),
        })),
      ).pipe(Layer.provide(planOf()))
      const read: typeof cache.read = (entry, options) => {
        if (entry.name === "the path of A") return Effect.never
        if (entry.name === "the path of DOWN")
          return Effect.as(Deferred.await(isRefused), json('{"DOWN":"from the path"}'))
        return Effect.tapError(cache.read(entry, options), () => Deferred.succeed(isRefused, undefined))
      }
      const ask = yield* askRoutes({ read }, plan)
      assert.strictEqual((yield* ask("/parameters?name=A")).body, "value of A")
      assert.deepStrictEqual(cache.calls, [{ name: "A", maxAge: 0, noStore: true }])
      assert.strictEqual((yield* ask("/parameters?name=DOWN")).body, "from the path")
    }),
  )

  it.effect("serves its members as text, with its own age and with tags of their own", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup(plan)
      const member = yield* ask("/parameters?name=/app/x")
      assert.deepStrictEqual([member.status, member.body], [200, "value of x"])
      assert.strictEqual(member.headers.get("content-type"), "text/plain; charset=utf-8")
      assert.strictEqual(member.headers.get("age"), "2")
      const whole = yield* ask("/parameters?path=/app")
      assert.notStrictEqual(member.headers.get("etag"), whole.headers.get("etag"))
      assert.strictEqual((yield* ask("/parameters?name=/app/y&json=/z")).body, "1.0")
    }),
  )
})

describe("a version", () => {
  it.effect("that is asked for is looked up in the plan", () =>
    Effect.gen(function* () {
      const asked: Array<unknown> = []
      const { ask } = yield* setup({
        find: (kind, name, selector) => {
          asked.push([kind, name, selector])
          return { entry: parameter("A") }
        },
      })
      yield* ask("/parameters?name=A&version=3")
      yield* ask("/secrets?name=A&versionStage=AWSPREVIOUS")
      assert.deepStrictEqual(asked, [
        ["parameters", "A", { version: "3" }],
        ["secrets", "A", { versionStage: "AWSPREVIOUS" }],
      ])
    }),
  )
})
