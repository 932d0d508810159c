/**
 * The routes of AWS's AppConfig agent over a cache that records what it is asked for: requests, statuses, headers.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { HttpEffect } from "effect/http"
import { Cache, type ReadOptions } from "../../../src/cache/Cache.ts"
import type { Served } from "../../../src/cache/Served.ts"
import { readAppConfigAgent } from "../../../src/config/environment/appConfigAgent.ts"
import type { PlanShape } from "../../../src/config/Plan.ts"
import type { Limits } from "../../../src/config/limits.ts"
import type { Entry, Value } from "../../../src/domain/Entry.ts"
import {
  AccessDenied,
  ConnectionLost,
  InvalidRequest,
  type SourceError,
  Throttled,
  TimedOut,
} from "../../../src/domain/SourceError.ts"
import { app } from "../../../src/http/compatible/appConfigAgent.ts"
import { DISPLAYS, ION_TYPE } from "../../support/flagVariants.ts"
import { failure, notFound, planOffering, POLICY, SECOND } from "../../support/entries.ts"

const BODY = '{"beta":{"enabled":true,"limit":10.00},"gone":{"enabled":false}}'

const served = (value: Partial<Value> = {}): Served => ({
  value: { body: Redacted.make(BODY), contentType: "application/json", version: "v7", ...value },
  age: 2 * SECOND,
  outcome: "hit",
})

interface Options {
  readonly read?: (entry: Entry) => Effect.Effect<Served, SourceError>
  readonly held?: Served
  readonly plan?: Partial<PlanShape>
  readonly limits?: Partial<Limits>
}

const CONTEXT = { region: "us-west-2", ttl: undefined, entries: new Map(), defaultPolicy: POLICY }

const start = ({ held, limits = {}, plan = {}, read = () => Effect.succeed(served()) }: Options = {}) =>
  Effect.gen(function* () {
    const { agent: appConfigAgent } = readAppConfigAgent({}, CONTEXT)
    const asked: Array<Entry> = []
    const ways: Array<ReadOptions> = []
    const cache = Layer.mock(Cache, {
      fresh: () => undefined,
      read: (entry, options = {}) =>
        Effect.suspend(() => (asked.push(entry), ways.push(options), read(entry))),
      held: () => Effect.succeed(held),
    })
    const offered = planOffering({ ...(appConfigAgent && { appConfigAgent }), ...plan }, limits)
    const handler = HttpEffect.toWebHandler(yield* Effect.provide(app, [cache, offered]))
    const ask = (path: string, init: RequestInit = {}) =>
      Effect.promise(async () => {
        const response = await handler(new Request(`http://localhost:2772${path}`, init))
        return { status: response.status, headers: response.headers, body: await response.text() }
      })
    return { ask, asked, ways }
  })

const PATH = "/applications/shop/environments/prod/configurations/flags"

describe("the routes of AWS's AppConfig agent", () => {
  it.effect("answer with a configuration as it is deployed, its media type, version and label", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      const { body, headers, status } = yield* ask(PATH)
      assert.deepStrictEqual([status, body], [200, BODY])
      assert.strictEqual(headers.get("content-type"), "application/json")
      assert.strictEqual(headers.get("configuration-version"), "v7")
      assert.strictEqual(headers.get("version-label"), "v7")
      assert.strictEqual(headers.get("age"), "2")
      assert.strictEqual(headers.get("cache-status"), "cache-extension; hit; ttl=43")
      assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
      assert.deepInclude(asked[0], { name: "shop/prod/flags", readBudget: 3_000 })
    }),
  )

  it.effect("name no version where AppConfig names none, or one that no header can hold", () =>
    Effect.gen(function* () {
      for (const version of ["", "v\n7", "größer", " v"]) {
        const { ask } = yield* start({ read: () => Effect.succeed(served({ version })) })
        const { headers, status } = yield* ask(PATH)
        assert.deepStrictEqual([status, headers.get("configuration-version")], [200, null])
      }
    }),
  )

  it.effect("answer with bytes and any text as they are", () =>
    Effect.gen(function* () {
      const value = { body: Redacted.make("größer: <&>"), contentType: "application/x-yaml" }
      const { ask } = yield* start({ read: () => Effect.succeed(served(value)) })
      const { body, headers } = yield* ask(PATH)
      assert.deepStrictEqual([body, headers.get("content-type")], ["größer: <&>", "application/x-yaml"])
    }),
  )

  it.effect("answer with one flag alone, and with several in an object", () =>
    Effect.gen(function* () {
      const { ask } = yield* start()
      const cases = [
        ["?flag=beta", '{"enabled":true,"limit":10.00}'],
        ["?flag=gone&flag=beta", '{"gone":{"enabled":false},"beta":{"enabled":true,"limit":10.00}}'],
        ["?flag=beta&flag=beta", '{"enabled":true,"limit":10.00}'],
      ]
      for (const [query, expected] of cases) {
        const { body, headers, status } = yield* ask(PATH + query)
        assert.deepStrictEqual(
          [status, headers.get("content-type"), body],
          [200, "application/json", expected],
        )
        assert.strictEqual(headers.get("configuration-version"), "v7")
      }
    }),
  )

  it.effect("answer with the variants that the context selects, alone, several, and all", () =>
    Effect.gen(function* () {
      const { ask } = yield* start({
        read: () => Effect.succeed(served({ body: Redacted.make(DISPLAYS), contentType: ION_TYPE })),
      })
      const headers = { context: "userId=beta1" }
      const one = yield* ask(`${PATH}?flag=simple_feature`, { headers })
      assert.deepStrictEqual([one.status, one.body], [200, '{"_variant": "BetaTesters", "enabled": true}'])
      const all = yield* ask(PATH, { headers })
      assert.deepStrictEqual(
        [all.status, all.headers.get("content-type"), all.headers.get("vary")],
        [200, "application/json", "context"],
      )
      const variants = Object.values<{ readonly _variant?: string }>(JSON.parse(all.body))
      assert.deepStrictEqual(
        variants.map(({ _variant }) => _variant),
        ["BetaTesters", "BetaTesters", undefined],
      )
      const undecided = yield* ask(PATH, { headers: { context: "userId=1" } })
      assert.strictEqual(undecided.status, 501)
      assert.match(undecided.body, /variant 2 of the flag "colorway" depends on split.*comes unevaluated/)
    }),
  )

  it.effect("say 404 to a flag that is missing, and name it", () =>
    Effect.gen(function* () {
      const { ask } = yield* start()
      const { body, headers, status } = yield* ask(`${PATH}?flag=beta&flag=alpha`)
      assert.deepStrictEqual([status, body], [404, 'the value has no flag "alpha"'])
      assert.match(String(headers.get("content-type")), /^text\/plain/)
    }),
  )

  it.effect("decode the names in the path, with their slashes", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      yield* ask("/applications/a%2Fb/environments/p%20q/configurations/%C3%A9")
      assert.deepInclude(asked[0]?.address, { application: "a/b", environment: "p q", profile: "é" })
    }),
  )

  it.effect.each([
    ["/", 404, 'nothing at "/"'],
    ["/applications/a/environments/b", 404, "there is /applications/<application>/"],
    ["/applications//environments/b/configurations/c", 400, 'the application is ""; it is empty'],
    [`${PATH}?flags=beta`, 400, 'unknown query parameter "flags"; allowed: flag (may be repeated)'],
    [`${PATH}?flag=`, 400, 'the flag "" cannot be: it is empty'],
    [`${PATH}?flag=%FF`, 400, "is not percent-encoded UTF-8"],
    [`${PATH}?flag=${"f".repeat(65)}`, 400, "it has 65 characters; 64 are allowed"],
    [`${PATH}?${Array.from({ length: 101 }, (_, index) => `flag=f${index}`).join("&")}`, 400, "101 flags"],
  ] as const)("refuse %s with %i, and do not ask AWS", ([path, expected, words]) =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      const { body, status } = yield* ask(path)
      assert.strictEqual(status, expected)
      assert.include(body, words)
      assert.isEmpty(asked)
    }),
  )

  it.effect("allow GET and HEAD alone", () =>
    Effect.gen(function* () {
      const { ask } = yield* start()
      for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
        const { headers, status } = yield* ask(PATH, { method })
        assert.deepStrictEqual([status, headers.get("allow")], [405, "GET, HEAD"])
      }
      assert.strictEqual((yield* ask(PATH, { method: "HEAD" })).status, 200)
    }),
  )

  it.effect.each([
    ["there is none", notFound, 404],
    ["the role may not read it", failure(new AccessDenied({ detail: "AccessDeniedException" })), 403],
    ["AppConfig refuses the request", failure(new InvalidRequest({ detail: "BadRequestException" })), 400],
    ["AppConfig throttles", failure(new Throttled({ detail: "ThrottlingException" })), 429],
    ["AppConfig cannot be reached", failure(new ConnectionLost({ detail: "ECONNREFUSED" })), 502],
    ["AppConfig does not answer in time", failure(new TimedOut({ detail: "no answer in 3000 ms" })), 504],
  ] as const)("say what is wrong where %s", ([, error, expected]) =>
    Effect.gen(function* () {
      const { ask } = yield* start({ read: () => Effect.fail(error) })
      const { body, status } = yield* ask(PATH)
      assert.deepStrictEqual([status, body], [expected, error.message])
    }),
  )

  it.effect("follow Cache-Control and If-None-Match, as on our own port", () =>
    Effect.gen(function* () {
      const { ask, ways } = yield* start()
      yield* ask(PATH, { headers: { "cache-control": "no-cache" } })
      assert.deepInclude(ways[0], { maxAge: 0 })
      const none = yield* ask(PATH, { headers: { "cache-control": "only-if-cached" } })
      assert.strictEqual(none.status, 504)
      const { headers } = yield* ask(`${PATH}?flag=beta`)
      const again = yield* ask(`${PATH}?flag=beta`, {
        headers: { "if-none-match": String(headers.get("etag")) },
      })
      assert.deepStrictEqual([again.status, again.body], [304, ""])
    }),
  )

  it.effect("refuse what a proxy, a web page or a foreign host sends", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      const foreign = [
        { "x-forwarded-for": "1.2.3.4" },
        { origin: "https://example.org" },
        { "sec-fetch-site": "cross-site" },
      ]
      for (const headers of foreign) assert.strictEqual((yield* ask(PATH, { headers })).status, 403)
      assert.isEmpty(asked)
    }),
  )

  it.effect("say 429 when as many requests wait as may", () =>
    Effect.gen(function* () {
      const { ask } = yield* start({ limits: { maxConcurrentRequests: 1 }, read: () => Effect.never })
      yield* Effect.forkChild(ask(PATH), { startImmediately: true })
      const { headers, status } = yield* ask(PATH)
      assert.deepStrictEqual([status, headers.get("retry-after")], [429, "1"])
      assert.strictEqual((yield* ask("/ping")).status, 200)
    }),
  )

  it.effect("answer /ping with a version, as the agent for containers does", () =>
    Effect.gen(function* () {
      const { ask } = yield* start()
      const { body, status } = yield* ask("/ping")
      assert.strictEqual(status, 200)
      assert.match(JSON.parse(body).version, /^\d/)
    }),
  )

  it.effect(
    "demand the token outside of Lambda if config.yaml does, in either header, and never inside",
    () =>
      Effect.gen(function* () {
        const tokens = { fixed: [Redacted.make("t0ken")], file: undefined }
        const outside = yield* start({ plan: { tokens, isAgent: true } })
        const statusOf = (headers: Record<string, string>) =>
          Effect.map(outside.ask(PATH, { headers }), ({ status }) => status)
        assert.deepStrictEqual(
          yield* Effect.all(
            [
              {},
              { authorization: "Bearer wrong" },
              { authorization: "t0ken" },
              { authorization: "Bearer t0ken" },
              { "x-aws-parameters-secrets-token": "t0ken" },
            ].map(statusOf),
          ),
          [401, 401, 401, 200, 200],
        )
        assert.strictEqual((yield* outside.ask("/ping")).status, 200)
        const inside = yield* start({ plan: { tokens } })
        assert.strictEqual((yield* inside.ask(PATH)).status, 200)
      }),
  )

  it.effect("say 500 to a bug, whose cause is in the log alone", () =>
    Effect.gen(function* () {
      const { ask } = yield* start({ read: () => Effect.die("the cause") })
      const { body, status } = yield* ask(PATH)
      assert.deepStrictEqual([status, body], [500, "the extension's log says more"])
    }),
  )
})
