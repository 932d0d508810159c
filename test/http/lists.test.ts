/**
 * Reads of a StringList as a JSON array, over a cache that has it: alone, with others, and below a path.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { Served } from "../../src/cache/Served.ts"
import { Plan } from "../../src/config/Plan.ts"
import { planOf } from "../support/configs.ts"
import { askRoutes, cacheOf } from "../support/routes.ts"
import { json, served } from "./readAnswers.ts"

const withDetails = (one: Served, details: Readonly<Record<string, unknown>>): Served => ({
  ...one,
  value: { ...one.value, details },
})

const setup = Effect.suspend(() => {
  const cache = cacheOf({
    hosts: withDetails(served("a, b,,c"), { Type: "StringList" }),
    one: withDetails(served("x"), { Type: "StringList" }),
    text: withDetails(served("a,b"), { Type: "String" }),
    untyped: served("a,b"),
    "/app/": withDetails(json('{"/app/list":"a,b","/app/text":"a,b"}'), { StringLists: ["/app/list"] }),
  })
  const plan = planOf("parameters: [{ names: [hosts, one, text, untyped], paths: [/app/] }]")
  return askRoutes({ read: cache.read }, Layer.succeed(Plan, plan))
})

const NO_LIST = "the value is not a StringList"

describe("as=list", () => {
  it.effect.each<readonly [string, string]>([
    ["name=hosts", '["a"," b","","c"]'],
    ["name=one", '["x"]'],
    ["name=untyped", '["a","b"]'],
    ["name=/app/list", '["a","b"]'],
  ])("gives the items of a StringList as they were written: %s", ([query, expected]) =>
    Effect.gen(function* () {
      const ask = yield* setup
      const { body, headers, status } = yield* ask(`/parameters?${query}&as=list`)
      assert.deepStrictEqual([status, headers.get("content-type"), body], [200, "application/json", expected])
    }),
  )

  it.effect.each(["name=text", "name=/app/text"])("is a problem for a text with commas: %s", (query) =>
    Effect.gen(function* () {
      const ask = yield* setup
      const { body, status } = yield* ask(`/parameters?${query}&as=list`)
      assert.strictEqual(status, 404)
      assert.deepInclude(JSON.parse(String(body)), { detail: NO_LIST })
    }),
  )

  it.effect("gives several lists in one object, and the others as errors", () =>
    Effect.gen(function* () {
      const ask = yield* setup
      const { body } = yield* ask("/parameters?name=hosts&name=text&as=list")
      const { errors, values } = JSON.parse(String(body)) as Record<string, Record<string, unknown>>
      assert.deepStrictEqual(values, { hosts: ["a", " b", "", "c"] })
      assert.deepInclude(errors?.["text"], { detail: NO_LIST })
    }),
  )

  it.effect.each<readonly [string, string]>([
    ["name=hosts&as=set", "allowed is list"],
    ["name=hosts&as=list&json=/a", "the query keys json and as exclude each other"],
    ["path=/app/&as=list", "the query keys path and as exclude each other"],
    ["name=hosts&as=", "the query key as is empty"],
  ])("is refused where it means nothing: %s", ([query, words]) =>
    Effect.gen(function* () {
      const ask = yield* setup
      const { body, status } = yield* ask(`/parameters?${query}`)
      assert.strictEqual(status, 400)
      assert.include(String(body), words)
    }),
  )

  it.effect("means nothing to other kinds", () =>
    Effect.gen(function* () {
      const ask = yield* setup
      const { body, status } = yield* ask("/secrets?name=s&as=list")
      assert.strictEqual(status, 400)
      assert.include(String(body), "unknown query key")
    }),
  )
})
