import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { HttpEffect } from "effect/http"
import { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import { type Entry, entryKey, type Value } from "../../src/domain/Entry.ts"
import { app } from "../../src/http/routes.ts"
import { makeShortcut, urlsOf } from "../../src/http/shortcut.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { MINUTE, parameter, planOf, POLICY, text } from "../support/entries.ts"

/** All that an answer with a value has, beside those that the host adds. */
const HEADERS = ["content-type", "age", "cache-control", "cache-status", "etag"] as const

/** Shortcut and routes over one cache, whose source answers at once. */
const setup = Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>, value: Value) {
  const sources = Layer.succeed(Sources, {
    prepare: () => Effect.void,
    fetch: () => Effect.succeed(value),
  })
  const context = yield* Layer.build(
    Cache.layerNoDeps.pipe(Layer.provide(sources), Layer.provideMerge(planOf(...entries))),
  )
  const cache = yield* Effect.provideContext(Cache, context)
  const shortcut = yield* Effect.provideContext(makeShortcut, context)
  const handler = yield* Effect.provideContext(app, context)
  const clock = yield* Effect.context<never>()
  const fetch = HttpEffect.toWebHandlerWith(clock)(handler as never) as (
    request: Request,
  ) => Promise<Response>
  const routed = (url: string) =>
    Effect.promise(async () => {
      const response = await fetch(new Request(`http://localhost:4000${url}`))
      const headers = HEADERS.map((name) => response.headers.get(name))
      return {
        status: response.status,
        headers,
        body: Buffer.from(await response.arrayBuffer()).toString("base64"),
      }
    })
  const short = (url: string) => {
    const answer = shortcut(url, undefined)
    if (answer === undefined) return undefined
    assert.sameMembers(Object.keys(answer.headers), [...HEADERS])
    return {
      status: 200,
      headers: HEADERS.map((name) => answer.headers[name] ?? null),
      body: Buffer.from(answer.body).toString("base64"),
    }
  }
  return { cache, short, routed }
})

const Name = Schema.NonEmptyString.check(Schema.isMaxLength(40))

describe("the shortcut", () => {
  it.effect("answers a fresh entry by every URL that clients write for it", () =>
    Effect.gen(function* () {
      const entry = parameter("/app/prod/a b")
      const { cache, short } = yield* setup([entry], text("v"))
      yield* cache.load([entry])
      assert.isDefined(short("/parameters?name=%2Fapp%2Fprod%2Fa%20b"))
      assert.deepStrictEqual(urlsOf(parameter("/x-1")), ["/parameters?name=/x-1", "/parameters?name=%2Fx-1"])
    }),
  )

  it.effect("leaves what is not fresh, not held or not listed to the routes", () =>
    Effect.gen(function* () {
      const entry = parameter("A", { ttl: MINUTE })
      const { cache, short } = yield* setup([entry], text("v"))
      assert.isUndefined(short("/parameters?name=A"))
      yield* cache.load([entry])
      assert.isDefined(short("/parameters?name=A"))
      yield* TestClock.adjust(MINUTE)
      assert.isDefined(short("/parameters?name=A"))
      yield* TestClock.adjust(1)
      assert.isUndefined(short("/parameters?name=A"))
    }),
  )

  it.effect.prop(
    "never answers otherwise than the routes",
    {
      name: Name,
      other: Name,
      body: Schema.Union([Schema.String, Schema.Uint8Array]),
      ttl: Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 20_000 })),
      age: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30_000 })),
      kind: Schema.Literals(["parameters", "secrets", "dynamodb"]),
      suffix: Schema.Literals(["", "&", "&x=1", "#f", "%", "+", "/"]),
    },
    ({ age, body, kind, name, other, suffix, ttl }) =>
      Effect.gen(function* () {
        const entry: Entry = {
          ...parameter(name),
          key: entryKey(kind, name),
          address: { ...parameter(name).address, kind } as Entry["address"],
          policy: { ...POLICY, ttl },
        }
        const value: Value = { body: Redacted.make(body), contentType: "text/plain; charset=utf-8" }
        const { cache, routed, short } = yield* setup([entry], value)
        yield* cache.load([entry])
        yield* TestClock.adjust(age)

        const spellings = [
          name,
          other,
          encodeURI(name.toWellFormed()),
          encodeURIComponent(name.toWellFormed()),
        ]
        const urls = ["parameters", kind].flatMap((path) =>
          spellings.map((spelling) => `/${path}?name=${spelling}${suffix}`),
        )
        for (const url of [...urlsOf(entry), ...urls]) {
          const answer = short(url)
          if (answer !== undefined) assert.deepStrictEqual(answer, yield* routed(url))
        }
        // What makes the property worth something: a fresh entry is answered.
        if (ttl > 0 && age <= ttl && name.isWellFormed()) assert.isDefined(short(urlsOf(entry)[0] ?? ""))
      }),
  )
})
