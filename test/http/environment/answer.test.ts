/**
 * `GET /environment` over a cache of the test: which variables values become, and what is said if they become none.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { nameBelow, MAX_STRING_BYTES } from "../../../src/http/environment/variables.ts"
import type { Served } from "../../../src/cache/Served.ts"
import type { SourceError } from "../../../src/domain/SourceError.ts"
import { parameter, planOf, text } from "../../support/entries.ts"
import { askRoutes, cacheOf } from "../../support/routes.ts"

const served = (body: string | Uint8Array): Served => ({
  value: { ...text(""), body: Redacted.make(body) },
  age: 0,
  outcome: "hit",
})

/** The answer for variables that refer to parameters of the same names with these values. */
const answerFor = Effect.fnUntraced(function* (
  values: Readonly<Record<string, Served | SourceError>>,
  query: string,
) {
  const cache = cacheOf(values)
  const plan = planOf(...Object.keys(values).map((name) => parameter(name)))
  const ask = yield* askRoutes(cache, plan)
  const answer = yield* ask(`/environment?${query}`)
  return { ...answer, calls: cache.calls }
})

const set = (variable: string, name: string, rest = ""): string =>
  `set=${encodeURIComponent(`${variable}=cache-extension://parameters?name=${name}${rest}`)}`

const detailOf = ({ body }: { readonly body: string }): string =>
  (JSON.parse(body) as { readonly detail: string }).detail

describe("GET /environment", () => {
  it.effect("writes each variable with the length of its value in bytes, whatever the value contains", () =>
    Effect.gen(function* () {
      const values = { a: served("'ü'\nB 1\n"), b: served("") }
      const { body, headers, status } = yield* answerFor(values, `${set("A", "a")}&${set("B", "b")}`)
      assert.strictEqual(status, 200)
      assert.strictEqual(body, "2\nA 9\n'ü'\nB 1\n\nB 0\n\n")
      assert.strictEqual(headers.get("cache-control"), "no-store")
      assert.strictEqual(headers.get("content-type"), "text/plain; charset=utf-8")
    }),
  )

  it.effect("names every variable that cannot be resolved, with the status of the first", () =>
    Effect.gen(function* () {
      const values = { a: served("{}"), b: served(new Uint8Array([0, 255])) }
      const query = [set("OK", "a"), set("FIELD", "a", "&json=/none"), set("BYTES", "b"), set("NONE", "c")]
      const answer = yield* answerFor(values, query.join("&"))
      assert.strictEqual(answer.status, 404)
      assert.strictEqual(
        detailOf(answer),
        'FIELD: the value has nothing at "/none"; BYTES: the value is binary; only text can be a variable; NONE: "c" is not listed under parameters in config.yaml',
      )
    }),
  )

  it.effect("refuses a value that no environment could have, without showing it", () =>
    Effect.gen(function* () {
      const longest = MAX_STRING_BYTES - "A=".length - 1
      const answers = yield* Effect.forEach(
        ["x".repeat(longest), "x".repeat(longest + 1), "ü".repeat(longest), "a\0b"],
        (value) => answerFor({ a: served(value) }, set("A", "a")),
      )
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [200, 422, 422, 422],
      )
      assert.include(
        detailOf(answers[1] ?? { body: "" }),
        "A: the value is too large: variable and value take 131073 bytes; 131072 are allowed",
      )
      assert.include(detailOf(answers[3] ?? { body: "" }), "A: the value contains a null byte")
    }),
  )

  it.effect("refuses more than an environment can have altogether", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 9 }, (_, at) => set(`A${at}`, "a"))
      const answer = yield* answerFor({ a: served("x".repeat(MAX_STRING_BYTES - 10)) }, many.join("&"))
      assert.strictEqual(answer.status, 422)
      assert.match(detailOf(answer), /^all variables together take \d+ bytes; 1048576 are allowed$/)
    }),
  )

  it.effect("does as Cache-Control says", () =>
    Effect.gen(function* () {
      const cache = cacheOf({ a: served("A") })
      const ask = yield* askRoutes(cache, planOf(parameter("a")))
      yield* ask(`/environment?${set("A", "a")}`, { headers: { "cache-control": "no-cache" } })
      assert.deepInclude(cache.calls[0], { name: "a", maxAge: 0 })
    }),
  )
})

describe("a path", () => {
  const below = Effect.fnUntraced(function* (
    values: Readonly<Record<string, string>>,
    more: ReadonlyArray<string> = [],
  ) {
    const path = "/shop/prod/"
    const entry = {
      ...parameter(path),
      key: "parameters?path=%2Fshop%2Fprod%2F" as const,
      address: { kind: "parameters", region: "us-east-1", path } as const,
    }
    const cache = cacheOf({ [path]: served(JSON.stringify(values)), a: served("own") })
    const ask = yield* askRoutes(cache, planOf(entry, parameter("a")))
    const settings = [`SHOP=cache-extension://parameters?path=${path}`].map(encodeURIComponent)
    return yield* ask(`/environment?${[...settings.map((one) => `set=${one}`), ...more].join("&")}`)
  })

  it.effect("gives a variable for each parameter below it", () =>
    Effect.gen(function* () {
      const { body } = yield* below({ "/shop/prod/db-url": "1", "/shop/prod/a.b/c_d": "22" })
      assert.strictEqual(body, "2\nDB_URL 1\n1\nA_B_C_D 2\n22\n")
      assert.strictEqual((yield* below({})).body, "0\n")
    }),
  )

  it.effect("does not replace a variable that has a reference of its own", () =>
    Effect.gen(function* () {
      const { body } = yield* below({ "/shop/prod/db": "path", "/shop/prod/x": "1" }, [set("DB", "a")])
      assert.strictEqual(body, "2\nDB 3\nown\nX 1\n1\n")
    }),
  )

  it.effect("is refused if two parameters would be the same variable, or one would have no name", () =>
    Effect.gen(function* () {
      const twice = yield* below({ "/shop/prod/db-url": "1", "/shop/prod/db/url": "2" })
      assert.strictEqual(twice.status, 422)
      assert.strictEqual(
        detailOf(twice),
        "/shop/prod/db-url and /shop/prod/db/url would both be the variable DB_URL",
      )
      const digit = yield* below({ "/shop/prod/1st": "1" })
      assert.strictEqual(
        detailOf(digit),
        "SHOP: /shop/prod/1st would be the variable 1ST, which cannot begin with a digit; rename it",
      )
    }),
  )

  it("may be written with or without a slash at its end", () => {
    assert.strictEqual(nameBelow("/shop", "/shop/db"), "DB")
    assert.strictEqual(nameBelow("/shop/", "/shop/db"), "DB")
    assert.strictEqual(nameBelow("/", "db"), "DB")
    assert.strictEqual(nameBelow("/", "/db"), "DB")
  })
})
