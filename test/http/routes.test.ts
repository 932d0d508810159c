import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import type { Cache } from "../../src/cache/Cache.ts"
import type { Served } from "../../src/cache/Served.ts"
import { Plan } from "../../src/config/Plan.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import * as Metrics from "../../src/observability/Metrics.ts"
import type { Kind } from "../../src/domain/Address.ts"
import {
  AccessDenied,
  BadSignature,
  ConnectionLost,
  ExpiredCredentials,
  InvalidRequest,
  NotFound,
  SourceError,
  type SourceErrorReason,
  Throttled,
  TimedOut,
  Unavailable,
} from "../../src/domain/SourceError.ts"
import { parameter, planOf, SECOND, text } from "../support/entries.ts"
import { askRoutes } from "../support/routes.ts"

const LISTED = planOf(parameter("A"), parameter("/aws/reference/secretsmanager/secret_info"))

/** A plan that lists nothing and allows one name. */
const allowing = (allowed: string) =>
  Layer.effect(
    Plan,
    Effect.map(Plan, (plan) => ({
      ...plan,
      find: (kind: Kind, name: string) =>
        kind === "parameters" && name === allowed ? { entry: parameter(name) } : undefined,
    })),
  ).pipe(Layer.provide(planOf()))

/** The routes over a cache that answers every read the same way. */
const serving = (
  read: Effect.Effect<Served, SourceError>,
  plan: Layer.Layer<Plan> = LISTED,
  more: Partial<Cache["Service"]> = {},
) => askRoutes({ read: () => read, ...more }, plan)

const hit: Served = { value: text("value of A"), age: 2 * SECOND, outcome: "hit" }

describe("routes", () => {
  it.effect("answers a listed parameter with its value as it is", () =>
    Effect.gen(function* () {
      const request = yield* serving(Effect.succeed(hit))
      const { body, headers, status } = yield* request("/parameters?name=A")
      assert.deepStrictEqual([status, body], [200, "value of A"])
      assert.strictEqual(headers.get("content-type"), "text/plain; charset=utf-8")
      assert.strictEqual(headers.get("age"), "2")
      assert.strictEqual(headers.get("cache-status"), "cache-extension; hit; ttl=58")
    }),
  )

  it.effect("answers a name with slashes, encoded or not", () =>
    Effect.gen(function* () {
      const request = yield* serving(Effect.succeed(hit))
      const name = "/aws/reference/secretsmanager/secret_info"
      assert.strictEqual((yield* request(`/parameters?name=${name}`)).status, 200)
      assert.strictEqual((yield* request(`/parameters?name=${encodeURIComponent(name)}`)).status, 200)
    }),
  )

  it.effect("answers an empty value with an empty body, not with No data found", () =>
    Effect.gen(function* () {
      const request = yield* serving(Effect.succeed({ ...hit, value: text("") }))
      const { body, status } = yield* request("/parameters?name=A")
      assert.deepStrictEqual([status, body], [200, ""])
    }),
  )

  it.effect("answers HEAD like GET, without the body", () =>
    Effect.gen(function* () {
      const request = yield* serving(Effect.succeed(hit))
      const { body, headers, status } = yield* request("/parameters?name=A", { method: "HEAD" })
      assert.deepStrictEqual([status, body, headers.get("age")], [200, "", "2"])
    }),
  )

  it.effect("answers an unlisted name with 404 No data found and asks nobody", () =>
    Effect.gen(function* () {
      const request = yield* serving(Effect.die("the cache was asked"))
      const { body, headers, status } = yield* request("/parameters?name=B")
      assert.strictEqual(status, 404)
      assert.strictEqual(headers.get("content-type"), "application/problem+json")
      assert.deepStrictEqual(JSON.parse(body), {
        type: "urn:lambda-cache-extension:problem:no-data-found",
        status: 404,
        title: "No data found",
        detail: `"B" is not listed under parameters in config.yaml`,
      })
    }),
  )

  it.effect("fetches an unlisted name where config.yaml allows it", () =>
    Effect.gen(function* () {
      const request = yield* serving(Effect.succeed(hit), allowing("B"))
      assert.strictEqual((yield* request("/parameters?name=B")).body, "value of A")
      assert.strictEqual((yield* request("/dynamodb?name=Table-b")).status, 404)
    }),
  )

  it.effect("keeps the kinds apart", () =>
    Effect.gen(function* () {
      const request = yield* serving(Effect.succeed(hit))
      assert.strictEqual((yield* request("/secrets?name=A")).status, 404)
      assert.strictEqual((yield* request("/dynamodb?name=A")).status, 404)
    }),
  )

  it.effect.each<readonly [number, string, SourceErrorReason]>([
    [404, "No data found", new NotFound({ detail: "x" })],
    [403, "Access denied by AWS", new AccessDenied({ detail: "x" })],
    [429, "Throttled by AWS", new Throttled({ detail: "x" })],
    [504, "AWS is too slow", new TimedOut({ detail: "x" })],
    [502, "AWS failed", new Unavailable({ detail: "x" })],
    [502, "AWS failed", new ConnectionLost({ detail: "x" })],
    [502, "AWS failed", new ExpiredCredentials({ detail: "x" })],
    [502, "AWS failed", new BadSignature({ detail: "x" })],
    [502, "AWS failed", new InvalidRequest({ detail: "x" })],
  ])("answers %i %s when AWS says so", ([status, title, reason]) =>
    Effect.gen(function* () {
      const request = yield* serving(Effect.fail(new SourceError({ reason })))
      const response = yield* request("/parameters?name=A")
      assert.deepStrictEqual([response.status, JSON.parse(response.body).title], [status, title])
      assert.strictEqual(response.headers.get("retry-after"), status === 429 ? "1" : null)
    }),
  )

  it.effect("refuses a bad query with 400 and says what is allowed", () =>
    Effect.gen(function* () {
      const request = yield* serving(Effect.succeed(hit))
      const { body, status } = yield* request("/parameters?nmae=A")
      assert.strictEqual(status, 400)
      assert.include(body, "allowed: name (may be repeated)")
    }),
  )

  it.effect("refuses other methods with 405 and Allow", () =>
    Effect.gen(function* () {
      const request = yield* serving(Effect.succeed(hit))
      const { headers, status } = yield* request("/parameters?name=A", { method: "POST", body: "x" })
      assert.deepStrictEqual([status, headers.get("allow")], [405, "GET, HEAD, DELETE, OPTIONS"])
    }),
  )

  it.effect("forgets an entry at DELETE", () =>
    Effect.gen(function* () {
      const forgotten: Array<string> = []
      const forget = (entry: Entry) => Effect.sync(() => void forgotten.push(entry.name))
      const request = yield* serving(Effect.die("the cache was read"), LISTED, { forget })
      const { body, status } = yield* request("/parameters?name=A", { method: "DELETE" })
      assert.deepStrictEqual([status, body, forgotten], [204, "", ["A"]])
      assert.strictEqual((yield* request("/parameters?name=B", { method: "DELETE" })).status, 404)
    }),
  )

  it.effect("shows its metrics in Prometheus' text format", () =>
    Effect.gen(function* () {
      const request = yield* serving(Effect.succeed(hit))
      yield* Metric.update(Metric.withAttributes(Metrics.reads, { outcome: "hit" }), 1)
      const { body, headers } = yield* request("/metrics")
      assert.strictEqual(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8")
      assert.match(body, /^cache_extension_reads_total\{outcome="hit"\} \d+$/m)
    }),
  )

  it.effect.each([
    "/Parameters?name=A",
    "/parameters/?name=A",
    "//parameters?name=A",
    "/%",
    "/%E0%A4",
    `/${"x".repeat(5_000)}`,
  ])(
    "finds a path as it is spelt and no other, and 404 is all that comes of one that cannot be read: %s",
    (path) =>
      Effect.gen(function* () {
        const request = yield* askRoutes({})
        const { body, status } = yield* request(path)
        assert.strictEqual(status, 404)
        assert.strictEqual(JSON.parse(body).title, "Not found")
      }),
  )

  it.effect("answers an unknown path with 404 and the paths there are", () =>
    Effect.gen(function* () {
      const request = yield* serving(Effect.succeed(hit))
      const { body, status } = yield* request("/parameter?name=A")
      assert.strictEqual(status, 404)
      assert.include(body, "/parameters?name=")
    }),
  )

  it.effect("answers a bug of its own with 500 and no stack trace", () =>
    Effect.gen(function* () {
      const request = yield* serving(Effect.die(new Error("secret words")))
      const { body, status } = yield* request("/parameters?name=A")
      assert.strictEqual(status, 500)
      assert.notInclude(body, "secret words")
    }),
  )
})
