/**
 * Reads beyond the plain one: several names, fields, paths, versions, conditions, directives. Over a cache that says
 * what it was asked.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Layer, Redacted } from "effect"
import type { Forward, Served } from "../../src/cache/Served.ts"
import { Plan, type PlanShape } from "../../src/config/Plan.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import { parameter, planOf, notFound, SECOND, text, unavailable } from "../support/entries.ts"
import { askRoutes, cacheOf } from "../support/routes.ts"

const served = (body: string, more: Partial<Served> = {}): Served => ({
  value: text(body),
  age: 2 * SECOND,
  outcome: "hit",
  ...more,
})

const json = (body: string): Served => ({
  ...served(""),
  value: { body: Redacted.make(body), contentType: "application/json" },
})

const MISS: Forward = { reason: "miss", isCollapsed: false, isStored: true }

const NAMES = ["A", "B", "ITEM", "BINARY", "GONE", "DOWN"]

const ANSWERS = {
  A: served("value of A"),
  B: served("value of B", { age: 10 * SECOND, outcome: "miss", forward: MISS }),
  ITEM: json('{"n":12345678901234567890123456789012345678,"s":"text","o":{"a/b":[1,2.50]}}'),
  BINARY: {
    ...served(""),
    value: { body: Redacted.make(Uint8Array.from([0, 255])), contentType: "application/octet-stream" },
  },
  GONE: notFound,
  DOWN: unavailable,
} as const

/** The routes over these answers; `find` and `findPath` of the plan as the test has them. */
const setup = (more: Partial<PlanShape> = {}) =>
  Effect.gen(function* () {
    const cache = cacheOf({ ...ANSWERS, "/app": json('{"/app/x":"value of x","/app/y":"{\\"z\\":1.0}"}') })
    const plan = Layer.effect(
      Plan,
      Effect.map(Plan, (plan) => ({ ...plan, ...more })),
    ).pipe(Layer.provide(planOf(...NAMES.map((name) => parameter(name)))))
    return { calls: cache.calls, ask: yield* askRoutes({ read: cache.read }, plan) }
  })

const withHeaders = (headers: Readonly<Record<string, string>>): RequestInit => ({ headers })

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

describe("If-None-Match", () => {
  it.effect("is answered with 304 and no body where the function has the value, by GET and HEAD", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      const path = "/parameters?name=A"
      const { headers } = yield* ask(path)
      const etag = headers.get("etag") ?? ""
      assert.match(etag, /^"[\w-]{22}"$/)
      for (const tags of [etag, `W/${etag}`, `"x", ${etag} ,"y"`, "*"]) {
        for (const method of ["GET", "HEAD"]) {
          const answer = yield* ask(path, { method, ...withHeaders({ "if-none-match": tags }) })
          assert.deepStrictEqual([answer.status, answer.body], [304, ""], tags)
          for (const name of ["etag", "age", "cache-control", "cache-status"])
            assert.strictEqual(answer.headers.get(name), headers.get(name))
        }
      }
    }),
  )

  it.effect("is answered with the value where the function has another one", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      const other = (yield* ask("/parameters?name=B")).headers.get("etag") ?? ""
      for (const tags of [other, '""', "x", etagWithoutQuotes(other)]) {
        const answer = yield* ask("/parameters?name=A", withHeaders({ "if-none-match": tags }))
        assert.deepStrictEqual([answer.status, answer.body], [200, "value of A"], tags)
      }
    }),
  )

  it.effect("does not hide a failure", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      assert.strictEqual(
        (yield* ask("/parameters?name=GONE", withHeaders({ "if-none-match": "*" }))).status,
        404,
      )
    }),
  )
})

const etagWithoutQuotes = (tag: string): string => tag.replaceAll('"', "")

describe("Cache-Control of a request", () => {
  it.effect.each<readonly [string, object]>([
    ["no-cache", { maxAge: 0, noStore: false }],
    ["max-age=5", { maxAge: 5_000, noStore: false }],
    ["no-cache, max-age=5", { maxAge: 0, noStore: false }],
    ["max-stale", { maxStale: Infinity, noStore: false }],
    ["max-stale=7, min-fresh=3", { maxStale: 7_000, minFresh: 3_000, noStore: false }],
    ["no-store", { noStore: true }],
    ["public", { noStore: false }],
  ])("reaches the cache: %s", ([directives, options]) =>
    Effect.gen(function* () {
      const { ask, calls } = yield* setup()
      yield* ask("/parameters?name=A", withHeaders({ "cache-control": directives }))
      assert.deepStrictEqual(calls, [{ name: "A", ...options }])
    }),
  )

  it.effect("only-if-cached never asks AWS: what is held, or 504 Not cached", () =>
    Effect.gen(function* () {
      const asked: Array<unknown> = []
      const held = (entry: Entry, demand: unknown) =>
        Effect.sync(() => {
          asked.push([entry.name, demand])
          return entry.name === "A" ? served("value of A") : undefined
        })
      const ask = yield* askRoutes({ held }, planOf(parameter("A"), parameter("B")))
      const headers = withHeaders({ "cache-control": "only-if-cached, max-age=1" })
      assert.strictEqual((yield* ask("/parameters?name=A", headers)).body, "value of A")
      const missing = yield* ask("/parameters?name=B", headers)
      assert.deepStrictEqual([missing.status, JSON.parse(missing.body).title], [504, "Not cached"])
      assert.strictEqual(missing.headers.get("cache-status"), "cache-extension; detail=not-cached")
      assert.deepStrictEqual(asked, [
        ["A", { noStore: false, maxAge: 1_000 }],
        ["B", { noStore: false, maxAge: 1_000 }],
      ])
    }),
  )
})

describe("Cache-Control of an answer", () => {
  it.effect.each<readonly [number, string]>([
    [60_000, "private, max-age=60"],
    [1_500, "private, max-age=1"],
    [500, "private, max-age=0"],
    [0, "no-store"],
    [-1, "no-store"],
  ])("says for how long a value with a ttl of %i ms may be kept", ([ttl, expected]) =>
    Effect.gen(function* () {
      const ask = yield* askRoutes(
        { read: () => Effect.succeed(served("v")) },
        planOf(parameter("A", { ttl })),
      )
      assert.strictEqual((yield* ask("/parameters?name=A")).headers.get("cache-control"), expected)
    }),
  )
})

describe("OPTIONS", () => {
  it.effect("is answered with 204 and the methods there are", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      for (const [path, allowed] of [
        ["/parameters", "GET, HEAD, DELETE, OPTIONS"],
        ["/secrets?name=A", "GET, HEAD, DELETE, OPTIONS"],
        ["/health", "GET, HEAD, OPTIONS"],
      ] as const) {
        const { body, headers, status } = yield* ask(path, { method: "OPTIONS" })
        assert.deepStrictEqual([status, body, headers.get("allow")], [204, "", allowed])
      }
    }),
  )
})

describe("DELETE", () => {
  it.effect("forgets all that is named, or nothing where something is not listed", () =>
    Effect.gen(function* () {
      const forgotten: Array<string> = []
      const forget = (entry: Entry) => Effect.sync(() => void forgotten.push(entry.name))
      const ask = yield* askRoutes({ forget }, planOf(parameter("A"), parameter("B")))
      const remove = (query: string) => ask(`/parameters?${query}`, { method: "DELETE" })
      assert.strictEqual((yield* remove("name=A&name=C")).status, 404)
      assert.deepStrictEqual(forgotten, [])
      assert.strictEqual((yield* remove("name=A&name=B")).status, 204)
      assert.deepStrictEqual(forgotten, ["A", "B"])
      assert.strictEqual((yield* remove("name=A&json=/x")).status, 400)
    }),
  )
})
