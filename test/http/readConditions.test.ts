/**
 * Headers and methods of reads: conditional requests, directives of `Cache-Control`, HEAD and the like, over a cache that
 * records what it is asked for.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Entry } from "../../src/domain/Entry.ts"
import { parameter, planOf } from "../support/entries.ts"
import { askRoutes } from "../support/routes.ts"
import { served, setup, withHeaders } from "./readAnswers.ts"

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
