import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { HttpEffect } from "effect/http"
import { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import { Plan } from "../../src/config/Plan.ts"
import type { Tokens } from "../../src/config/environment/tokens.ts"
import { type Entry, entryKey, type Value } from "../../src/domain/Entry.ts"
import { TOKEN_HEADER } from "../../src/http/guard.ts"
import { app } from "../../src/http/routes.ts"
import { makeShortcut, urlsOf } from "../../src/http/shortcut.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { MINUTE, parameter, planOf, POLICY, text } from "../support/entries.ts"

/** All that an answer with a value has, beside those that the host adds. */
const HEADERS = [
  "content-type",
  "age",
  "cache-control",
  "cache-status",
  "etag",
  "content-security-policy",
  "cross-origin-resource-policy",
  "x-content-type-options",
] as const

/** The headers of a request, names in lower case. */
type Sent = Readonly<Record<string, string>>

/** Shortcut and routes over one cache, whose source answers at once. */
const setup = Effect.fnUntraced(function* (
  entries: ReadonlyArray<Entry>,
  value: Value,
  { tokens }: { readonly tokens?: Tokens } = {},
) {
  const sources = Layer.succeed(Sources, {
    prepare: () => Effect.void,
    importFor: () => Effect.void,
    fetch: () => Effect.succeed(value),
  })
  const plan = Layer.effect(
    Plan,
    Effect.map(Plan, (plan) => (tokens === undefined ? plan : { ...plan, tokens })),
  ).pipe(Layer.provide(planOf(...entries)))
  const context = yield* Layer.build(Cache.layerNoDeps.pipe(Layer.provide(sources), Layer.provideMerge(plan)))
  const cache = yield* Effect.provideContext(Cache, context)
  const shortcut = yield* Effect.provideContext(makeShortcut, context)
  const handler = yield* Effect.provideContext(app, context)
  const clock = yield* Effect.context<never>()
  const fetch = HttpEffect.toWebHandlerWith(clock)(handler as never) as (
    request: Request,
  ) => Promise<Response>
  const routed = (url: string, sent: Sent = {}) =>
    Effect.promise(async () => {
      const response = await fetch(new Request(`http://localhost:4000${url}`, { headers: sent }))
      const headers = HEADERS.map((name) => response.headers.get(name))
      return {
        status: response.status,
        headers,
        body: Buffer.from(await response.arrayBuffer()).toString("base64"),
      }
    })
  const short = (url: string, sent: Sent = {}) => {
    const answer = shortcut(url, (name) => sent[name])
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

/** Every header that the guard, the token or the routes look at, and one that nobody does. */
const HEADER_NAMES = [
  "host",
  "x-forwarded-for",
  "forwarded",
  "via",
  "origin",
  "sec-fetch-site",
  "cache-control",
  "if-none-match",
  "x-aws-parameters-secrets-token",
  "accept",
] as const

const HeaderValue = Schema.Literals([
  "localhost:4000",
  "127.0.0.1",
  "evil.example",
  "localhost, evil.example",
  "none",
  "cross-site",
  "no-cache",
  "*",
  "session",
  "",
])

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
    "never answers otherwise than the routes, whatever headers there are",
    { sent: Schema.Record(Schema.Literals(HEADER_NAMES), HeaderValue), isTokenRequired: Schema.Boolean },
    ({ isTokenRequired, sent }) =>
      Effect.gen(function* () {
        const entry = parameter("A")
        const tokens = { fixed: [Redacted.make("session")], file: undefined }
        const { cache, routed, short } = yield* setup([entry], text("v"), isTokenRequired ? { tokens } : {})
        yield* cache.load([entry])
        const answer = short("/parameters?name=A", sent)
        if (answer !== undefined) assert.deepStrictEqual(answer, yield* routed("/parameters?name=A", sent))
      }),
  )

  it.effect("answers what shows the token where one is required, and leaves the rest to the routes", () =>
    Effect.gen(function* () {
      const entry = parameter("A")
      const tokens = { fixed: [Redacted.make("session")], file: undefined }
      const { cache, short } = yield* setup([entry], text("v"), { tokens })
      yield* cache.load([entry])
      const ask = (token: string) => short("/parameters?name=A", { [TOKEN_HEADER.toLowerCase()]: token })
      assert.isDefined(ask("session"))
      assert.isUndefined(ask("sessio"))
      assert.isUndefined(short("/parameters?name=A"))
    }),
  )

  it.effect.each(["cache-control", "if-none-match", "x-forwarded-for", "forwarded", "via", "origin"])(
    "leaves a request with %s to the routes",
    (name) =>
      Effect.gen(function* () {
        const entry = parameter("A")
        const { cache, short } = yield* setup([entry], text("v"))
        yield* cache.load([entry])
        assert.isDefined(short("/parameters?name=A", { host: "localhost" }))
        for (const value of ["", "x"]) assert.isUndefined(short("/parameters?name=A", { [name]: value }))
      }),
  )

  it.effect.prop(
    "never answers otherwise than the routes, however a URL is spelt",
    {
      name: Name,
      other: Name,
      body: Schema.Union([Schema.String, Schema.Uint8Array]),
      ttl: Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 20_000 })),
      age: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30_000 })),
      kind: Schema.Literals(["parameters", "secrets", "dynamodb", "appconfig"]),
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
        const isText = name.isWellFormed() && !name.includes("\uFFFD")
        if (ttl > 0 && age <= ttl && isText) assert.isDefined(short(urlsOf(entry)[0] ?? ""))
      }),
  )
})
