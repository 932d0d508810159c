/**
 * What is observed of requests: how they are counted, and whose children their spans become.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import { Headers } from "effect/http"
import * as Tracer from "effect/Tracer"
import { parentOf } from "../../src/http/middleware.ts"
import { CurrentInvoke } from "../../src/observability/CurrentInvoke.ts"
import { Tracing } from "../../src/observability/Tracing.ts"
import { notFound, parameter, planOf, text } from "../support/entries.ts"
import { parseExposition, valueOf } from "../support/prometheus.ts"
import { askRoutes, cacheOf } from "../support/routes.ts"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const SPAN = "b7ad6b7169203331"
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`
const XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
const INVOKE = "Root=1-6759e988-bd862e3fe1be46a994272793;Parent=63995c3f42cd8ad8;Sampled=1"

const REQUESTS = "cache_extension_http_requests_total"
const KINDS: Array<string | undefined> = ["parameters", "secrets", "dynamodb", "health", "ready", "metrics"]

describe("a request", () => {
  it("belongs to the span it names, by W3C's header or else by X-Ray's; else to the invoke's", () => {
    const parent = (headers: Record<string, string>, traceHeader?: string) =>
      parentOf(
        Headers.fromInput(headers),
        traceHeader === undefined ? undefined : { requestId: "r-1", traceHeader },
      )?.spanId
    assert.strictEqual(parent({ traceparent: TRACEPARENT, "X-Amzn-Trace-Id": XRAY }, INVOKE), SPAN)
    assert.strictEqual(parent({ traceparent: "00-bad", "X-Amzn-Trace-Id": XRAY }, INVOKE), "53995c3f42cd8ad8")
    assert.strictEqual(parent({ "x-amzn-trace-id": "Root=1-bad" }, INVOKE), "63995c3f42cd8ad8")
    assert.isUndefined(parent({}, "Root=1"))
    assert.isUndefined(parent({}))
  })

  it.effect("is counted by kind and status, and one to nowhere as other", () =>
    Effect.gen(function* () {
      const cache = cacheOf({ A: { value: text("v"), age: 0, outcome: "hit" }, B: notFound })
      const ask = yield* askRoutes(cache, planOf(parameter("A"), parameter("B")))
      const counts = Effect.map(ask("/metrics"), ({ body }) => {
        const families = parseExposition(body)
        const count = (kind: string, status: string) => valueOf(families, REQUESTS, { kind, status }) ?? 0
        return [
          count("parameters", "200"),
          count("parameters", "404"),
          count("health", "200"),
          count("other", "404"),
        ]
      })
      const before = yield* counts
      for (const name of ["A", "A", "B"]) yield* ask(`/parameters?name=${name}`)
      for (const path of ["/health", "/nowhere", "/nowhere/at/all", "/", "/parameters/A"]) yield* ask(path)
      const after = yield* counts
      assert.deepStrictEqual(
        after.map((count, index) => count - (before[index] ?? 0)),
        [2, 1, 1, 4],
      )
    }),
  )

  it.effect.prop(
    "makes up no series, whatever its path",
    { path: Schema.String },
    ({ path }) =>
      Effect.gen(function* () {
        const ask = yield* askRoutes({}, planOf())
        yield* ask(`/${encodeURIComponent(path.toWellFormed())}x`)
        const families = parseExposition((yield* ask("/metrics")).body)
        const requests = families.find(({ name }) => name === REQUESTS)
        const kinds = new Set(requests?.samples.map(({ labels: { kind } }) => kind))
        assert.isTrue(kinds.delete("other"))
        assert.includeMembers(KINDS, [...kinds])
      }),
    { arbitrary: { runs: 20 } },
  )

  it.effect.each([
    ["on", SPAN],
    ["off", undefined],
  ] as const)("hands its parent on to what it does only where tracing is %s", ([state, spanId]) =>
    Effect.gen(function* () {
      const parents: Array<string | undefined> = []
      const read = () =>
        Effect.gen(function* () {
          const parent = yield* Effect.serviceOption(Tracer.ParentSpan)
          parents.push(Option.getOrUndefined(parent)?.spanId)
          return { value: text("v"), age: 0, outcome: "hit" as const }
        })
      const tracing = yield* Tracing
      const ask = yield* askRoutes({ read }, planOf(parameter("A"))).pipe(
        Effect.provideService(Tracing, { ...tracing, isOn: state === "on" }),
      )
      yield* ask("/parameters?name=A", { headers: { traceparent: TRACEPARENT } })
      assert.deepStrictEqual(parents, [spanId])
    }),
  )

  it("finds no invoke where none is announced", () => {
    assert.isUndefined(Effect.runSync(CurrentInvoke).current)
  })
})
