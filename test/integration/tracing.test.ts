/**
 * Spans of the built extension at a collector: whose children they are, what they say, that they are there before the
 * freeze, and that a collector which is gone costs a read nothing.
 */
import { assert, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { type Collector, startCollector } from "../support/collector.ts"
import { EXTENSION, makeEnvironment, onEachArtifact, startEnvironment } from "../support/extension.ts"
import { freePort, LOOPBACK } from "../support/extensionHttp.ts"
import { best } from "../support/best.ts"

const VALUE = "canary-of-the-value"
const SEED = { parameters: ["A", "B"].map((name) => ({ name, value: VALUE })) }
const LISTING = "parameters:\n  - names: [A, B]\n"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const PARENT = "b7ad6b7169203331"
const TRACEPARENT = { traceparent: `00-${TRACE}-${PARENT}-01` }
const XRAY_PARENT = "53995c3f42cd8ad8"

/** X-Ray's header for a trace id in W3C's form. */
const xrayHeader = (traceId: string): string =>
  `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=${XRAY_PARENT};Sampled=1`

/** The time of X-Ray's traces, with which their ids begin. */
const XRAY_SECONDS = "5759e988"
const XRAY_TRACE = `${XRAY_SECONDS}bd862e3fe1be46a994272793`
const XRAY = { "x-amzn-trace-id": xrayHeader(XRAY_TRACE) }

const tracingTo = ({ endpoint }: Pick<Collector, "endpoint">) => ({ CACHE_EXTENSION_OTLP_ENDPOINT: endpoint })

const isRefresh = ({ name, traceId }: { readonly name: string; readonly traceId: string }, trace: string) =>
  name === "refresh" && traceId === trace

/** The first span of a name that has come, or will. */
const spanOf = ({ spans }: Collector, name: string) => spans.waitFor((span) => span.name === name)

onEachArtifact("with a collector of spans", (artifact) => {
  it.live("a read is a child of the function's span, and the calls of AWS are children of the read", () =>
    Effect.gen(function* () {
      const collector = yield* startCollector()
      const { read } = yield* startEnvironment({
        artifact,
        config: LISTING,
        seed: SEED,
        variables: { ...tracingTo(collector) },
        lambda: { functionName: "shop" },
      })
      yield* read("parameters", "A", { headers: TRACEPARENT })
      const miss = yield* spanOf(collector, "read")
      assert.deepInclude(miss, { traceId: TRACE, parentSpanId: PARENT, kind: "server", isError: false })
      assert.deepInclude(miss.attributes, {
        "cache.kind": "parameters",
        "cache.name": "A",
        "cache.outcome": "miss",
      })
      assert.deepInclude(miss.resource, { "service.name": "lambda-cache-extension", "faas.name": "shop" })
      const fetch = yield* spanOf(collector, "fetch")
      assert.deepInclude(fetch, { traceId: TRACE, parentSpanId: miss.spanId })
      assert.deepInclude(fetch.attributes, { "cache.kind": "parameters", "cache.batch_size": 1 })
      const call = yield* spanOf(collector, "SSM GetParameter")
      assert.deepInclude(call, { traceId: TRACE, parentSpanId: fetch.spanId, kind: "client" })
      assert.deepInclude(call.attributes, { "rpc.method": "GetParameter", "aws.outcome": "ok" })

      const from = collector.spans.size()
      const answer = yield* read("parameters", "A", { headers: XRAY })
      const hit = yield* collector.spans.waitFor(({ name }) => name === "read", from)
      assert.deepInclude(hit, {
        traceId: XRAY_TRACE,
        parentSpanId: XRAY_PARENT,
      })
      assert.strictEqual(hit.attributes["cache.outcome"], "hit")
      assert.strictEqual(answer.text, VALUE)
      assert.notInclude(collector.bodies(), VALUE)
    }),
  )

  it.live("a read that fails says why, and one whose caller does not record is not recorded", () =>
    Effect.gen(function* () {
      const collector = yield* startCollector()
      const { aws, read } = yield* startEnvironment({
        artifact,
        config: LISTING,
        seed: SEED,
        variables: tracingTo(collector),
      })
      yield* read("parameters", "B", { headers: { traceparent: `00-${TRACE}-${PARENT}-00` } })
      yield* aws.faults.inject({ effect: { kind: "error", status: 400, type: "AccessDeniedException" } })
      yield* read("parameters", "A", { headers: TRACEPARENT })
      const failed = yield* spanOf(collector, "read")
      assert.isTrue(failed.isError)
      assert.deepInclude(failed.attributes, { "cache.name": "A", "error.type": "AccessDenied" })
    }),
  )

  it.live("a refresh is part of its invoke's trace, and is there before the environment can be frozen", () =>
    Effect.gen(function* () {
      const collector = yield* startCollector()
      const { lambda } = yield* makeEnvironment({
        artifact,
        // Due at once, and always.
        config: `${LISTING}    ttl: 0s\n    stale_while_revalidate: 1h\ncache:\n  idle_refresh_limit: 1h\n`,
        seed: SEED,
        preload: true,
        variables: tracingTo(collector),
        // What comes after the invoke is late, but not lost.
        lambda: { freeze: false },
      })
      let invokes = 0
      /** The refreshes of one more invoke that had come when it ended. All have come before the next one begins. */
      const invoke = Effect.gen(function* () {
        const traceId = XRAY_SECONDS + String((invokes += 1)).padStart(24, "0")
        yield* lambda.invoke({}, { traceId: xrayHeader(traceId) })
        const refreshes = collector.spans.all().filter((span) => isRefresh(span, traceId))
        for (const name of ["A", "B"])
          yield* collector.spans.waitFor(
            (span) => isRefresh(span, traceId) && span.attributes["cache.name"] === name,
          )
        return refreshes
      })
      // An invoke is held 100 ms at most for its spans, which may be too short on a busy machine.
      const refreshes = yield* Effect.repeat(invoke, { until: ({ length }) => length >= 2, times: 4 })
      assert.strictEqual(refreshes.length, 2)
      for (const refresh of refreshes) {
        assert.deepInclude(refresh, { parentSpanId: XRAY_PARENT })
        assert.deepInclude(refresh.attributes, { "cache.kind": "parameters" })
      }

      // X-Ray is off: Lambda says Sampled=0.
      yield* lambda.invoke()
      const alone = yield* collector.spans.waitFor(
        ({ name, traceId }) => name === "refresh" && !traceId.startsWith(XRAY_SECONDS),
      )
      assert.isUndefined(alone.parentSpanId)
    }),
  )

  it.live("the last spans are sent at SHUTDOWN", () =>
    Effect.gen(function* () {
      const collector = yield* startCollector()
      const { lambda, read } = yield* startEnvironment({
        artifact,
        config: LISTING,
        seed: SEED,
        variables: tracingTo(collector),
      })
      yield* read("parameters", "A", { headers: TRACEPARENT })
      const { extensions } = yield* lambda.shutdown()
      assert.deepInclude(extensions[0], { code: 0, killed: false })
      assert.include(
        collector.spans.all().map(({ name }) => name),
        "read",
      )
    }),
  )

  it.live("that is gone, reads are as fast as ever and the log complains once", () =>
    Effect.gen(function* () {
      const endpoint = `http://${LOOPBACK}:${yield* freePort}`
      const { lambda, lines, read } = yield* startEnvironment({
        artifact,
        config: LISTING,
        seed: SEED,
        preload: true,
        variables: tracingTo({ endpoint }),
      })
      const times: Array<number> = []
      for (let time = 0; time < 5; time++) {
        const [took, { status }] = yield* Effect.timed(read("parameters", "A"))
        assert.strictEqual(status, 200)
        times.push(Duration.toMillis(took))
        yield* lambda.invoke()
      }
      // The machine may make some of them late; waiting for the collector would make all of them so.
      assert.isBelow(Math.min(...times), 500)
      const { extensions } = yield* lambda.shutdown()
      assert.deepInclude(extensions[0], { code: 0, killed: false })
      const complaints = lines().filter((line) => line.includes("spans cannot be sent"))
      assert.strictEqual(complaints.length, 1, lines().join("\n"))
      assert.include(complaints[0], `[${EXTENSION}] WARN spans cannot be sent to ${endpoint} and are dropped`)
    }),
  )

  it.live("that never answers, an invoke is held for its 200 ms at most, and the shutdown is in time", () =>
    Effect.gen(function* () {
      const collector = yield* startCollector()
      collector.behave("hang")
      const { lambda, read } = yield* startEnvironment({
        artifact,
        config: LISTING,
        seed: SEED,
        preload: true,
        variables: tracingTo(collector),
      })
      yield* read("parameters", "A")
      const held = Effect.map(lambda.invoke(), ({ durations }) => durations.total)
      assert.isBelow(yield* best(held, 1_000), 1_000)
      const { extensions } = yield* lambda.shutdown()
      assert.deepInclude(extensions[0], { code: 0, killed: false })
    }),
  )
})
