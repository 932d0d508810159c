/**
 * Reads of one or several feature flags of a configuration, over a cache that has it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import type { Served } from "../../src/cache/Served.ts"
import { type Entry, entryKey } from "../../src/domain/Entry.ts"
import { DISPLAYS, ION_TYPE } from "../support/flagVariants.ts"
import { planOf, POLICY } from "../support/entries.ts"
import { askRoutes, cacheOf } from "../support/routes.ts"
import { json, served, withHeaders } from "./readAnswers.ts"

const configuration = (profile: string): Entry => {
  const name = `shop/prod/${profile}`
  const place = { application: "shop", environment: "prod", profile }
  return {
    key: entryKey("appconfig", name),
    name,
    address: { kind: "appconfig", region: "us-west-2", ...place },
    policy: POLICY,
  }
}

const FLAGS =
  '{ "beta" : {"enabled":true, "limit":12345678901234567890.50},"gone":{"enabled":false},"10":{"enabled":true},"mode":"fast","a/b":null }'

const BYTES: Served = {
  ...served(""),
  value: { body: Redacted.make(Uint8Array.from([255])), contentType: "application/octet-stream" },
}

const ion = (body: string | Uint8Array): Served => ({
  ...served(""),
  value: { body: Redacted.make(body), contentType: ION_TYPE },
})

const setup = Effect.suspend(() => {
  const names = ["flags", "text", "list", "bytes", "displays", "broken", "binary"]
  const cache = cacheOf({
    "shop/prod/flags": json(FLAGS),
    "shop/prod/text": served("beta: true"),
    "shop/prod/list": json('["beta"]'),
    "shop/prod/bytes": BYTES,
    "shop/prod/displays": ion(DISPLAYS),
    "shop/prod/broken": ion("a::{}"),
    "shop/prod/binary": ion(Uint8Array.from([0xe0, 1, 0, 0xea])),
  })
  return askRoutes({ read: cache.read }, planOf(...names.map(configuration)))
})

const PATH = "/appconfig?name=shop/prod/flags"

describe("flags", () => {
  it.effect("alone are answered as they are written, several as an object in the order of the request", () =>
    Effect.gen(function* () {
      const ask = yield* setup
      const cases = [
        ["&flag=beta", '{"enabled":true, "limit":12345678901234567890.50}'],
        ["&flag=mode", '"fast"'],
        ["&flag=a/b", "null"],
        ["&flag=gone&flag=10", '{"gone":{"enabled":false},"10":{"enabled":true}}'],
        ["&flag=mode&flag=a%2Fb", '{"mode":"fast","a/b":null}'],
      ]
      for (const [query, expected] of cases) {
        const { body, headers, status } = yield* ask(PATH + query)
        assert.deepStrictEqual(
          [status, headers.get("content-type"), body],
          [200, "application/json", expected],
        )
      }
    }),
  )

  it.effect("that are missing are a problem that names the first, and then none is answered", () =>
    Effect.gen(function* () {
      const ask = yield* setup
      for (const query of ["&flag=alpha", "&flag=beta&flag=alpha&flag=other"]) {
        const { body, status } = yield* ask(PATH + query)
        assert.strictEqual(status, 404)
        assert.deepInclude(JSON.parse(body), {
          type: "urn:lambda-cache-extension:problem:no-such-field",
          detail: 'the value has no flag "alpha"',
        })
      }
    }),
  )

  it.effect("of what is no JSON object are a problem that says so, and shows nothing of it", () =>
    Effect.gen(function* () {
      const ask = yield* setup
      const cases = [
        ["text", "the value is not JSON"],
        ["list", 'the value has no flag "beta"'],
        ["bytes", "the value is binary"],
      ]
      for (const [profile, detail] of cases) {
        const { body, status } = yield* ask(`/appconfig?name=shop/prod/${profile}&flag=beta`)
        assert.strictEqual(status, 404)
        assert.deepInclude(JSON.parse(body), { title: "No such field", detail })
      }
    }),
  )

  it.effect("of several configurations come by their names, each with its own problem", () =>
    Effect.gen(function* () {
      const ask = yield* setup
      const { body } = yield* ask(`${PATH}&name=shop/prod/text&name=shop/prod/list&flag=gone`)
      const { errors, values } = JSON.parse(body)
      assert.deepStrictEqual(values, { "shop/prod/flags": { enabled: false } })
      assert.deepStrictEqual(Object.keys(errors), ["shop/prod/text", "shop/prod/list"])
    }),
  )

  it.effect("have an entity tag of their own, which stays while they are the same", () =>
    Effect.gen(function* () {
      const ask = yield* setup
      const tagOf = (query: string) => Effect.map(ask(PATH + query), ({ headers }) => headers.get("etag"))
      const [whole, beta, both] = yield* Effect.all(["", "&flag=beta", "&flag=beta&flag=10"].map(tagOf))
      assert.strictEqual(new Set([whole, beta, both]).size, 3)
      const again = yield* ask(`${PATH}&flag=beta`, withHeaders({ "if-none-match": String(beta) }))
      assert.deepStrictEqual([again.status, again.body], [304, ""])
    }),
  )

  const DISPLAYS_PATH = "/appconfig?name=shop/prod/displays"

  it.effect("with variants are those that the request's context selects", () =>
    Effect.gen(function* () {
      const ask = yield* setup
      const cases = [
        ["&flag=simple_feature", "userId=beta1", '{"_variant": "BetaTesters", "enabled": true}'],
        ["&flag=simple_feature", "", '{"_variant": "default", "enabled": false}'],
        [
          "&flag=button_color&flag=simple_feature",
          "userId=1",
          '{"button_color":{"enabled": true, "color": "orange"},"simple_feature":{"_variant": "default", "enabled": false}}',
        ],
      ] as const
      for (const [query, context, expected] of cases) {
        const { body, headers, status } = yield* ask(DISPLAYS_PATH + query, withHeaders({ context }))
        assert.deepStrictEqual([status, body], [200, expected])
        assert.deepStrictEqual(
          [headers.get("content-type"), headers.get("vary")],
          ["application/json", "context"],
        )
      }
    }),
  )

  it.effect(
    "with variants say plainly what cannot be evaluated, and others of the configuration are answered",
    () =>
      Effect.gen(function* () {
        const ask = yield* setup
        const context = withHeaders({ context: "userId=1" })
        for (const query of ["&flag=colorway", "&flag=button_color&flag=colorway"]) {
          const { body, status } = yield* ask(DISPLAYS_PATH + query, context)
          assert.strictEqual(status, 501)
          assert.deepInclude(JSON.parse(body), {
            type: "urn:lambda-cache-extension:problem:unevaluated-variant",
            detail:
              'the rule of variant 2 of the flag "colorway" depends on split, for which AWS does not document the hash, so it comes unevaluated',
          })
        }
        assert.strictEqual((yield* ask(`${DISPLAYS_PATH}&flag=button_color`, context)).status, 200)
        const missing = yield* ask(`${DISPLAYS_PATH}&flag=alpha`, context)
        assert.deepStrictEqual(
          [missing.status, JSON.parse(missing.body).detail],
          [404, 'the value has no flag "alpha"'],
        )
      }),
  )

  it.effect("of a configuration with variants that cannot be read are a problem that says why", () =>
    Effect.gen(function* () {
      const ask = yield* setup
      for (const [profile, why] of [
        ["broken", "no value begins at character 3"],
        ["binary", "it is binary"],
      ]) {
        const { body, status } = yield* ask(`/appconfig?name=shop/prod/${profile}&flag=a`)
        assert.strictEqual(status, 501)
        assert.include(JSON.parse(body).detail, why)
      }
    }),
  )

  it.effect("with variants come as AppConfig sends them where the whole configuration is asked for", () =>
    Effect.gen(function* () {
      const ask = yield* setup
      const { body, headers } = yield* ask(DISPLAYS_PATH, withHeaders({ context: "userId=1" }))
      assert.deepStrictEqual(
        [body, headers.get("content-type"), headers.get("vary")],
        [DISPLAYS, ION_TYPE, null],
      )
    }),
  )
})
