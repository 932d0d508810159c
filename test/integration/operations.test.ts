/**
 * What an operator sees of the built extension: readiness, metrics, the lines for CloudWatch and the log of a run.
 */
import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import type { Report } from "../../src/cache/reportSchema.ts"
import { parseEmf } from "../support/emf.ts"
import { EXTENSION, makeEnvironment, onEachArtifact, startEnvironment } from "../support/extension.ts"
import { parseExposition, valueOf } from "../support/prometheus.ts"
import {
  HAS_PROMETHEUS_CLIENT,
  HAS_PROMTOOL,
  promtoolSays,
  samplesByPython,
} from "../support/prometheusTools.ts"

const VALUE = "canary-of-the-value"
const CONFIG = `
parameters:
  - names: [A, missing]
dynamodb:
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one }
`
const SEED = {
  parameters: [{ name: "A", value: VALUE }],
  tables: [{ name: "Things", hashKey: { name: "id" }, items: [{ id: "one", secret: VALUE }] }],
}

const reportOf = ({ text }: { readonly text: string }) => JSON.parse(text) as Report

onEachArtifact("GET /ready", (artifact) => {
  it.live("answers at once while everything is being loaded: 503, with what is still pending", () =>
    Effect.gen(function* () {
      const { ask, aws, lambda } = yield* makeEnvironment({
        artifact,
        config: CONFIG,
        seed: SEED,
        preload: true,
        lambda: { freeze: false },
      })
      const pause = yield* aws.faults.inject({ effect: { kind: "hang" } })
      const starting = yield* Effect.forkChild(lambda.init, { startImmediately: true })
      yield* aws.calls.until(({ operation }) => operation === "GetParameters")
      const during = yield* ask("/ready")
      assert.deepStrictEqual([during.status, during.headers["retry-after"]], [503, "1"])
      assert.deepInclude(reportOf(during), { ready: false })
      assert.deepInclude(reportOf(during).sources[0], { kind: "parameters", listed: 2, pending: 2 })
      yield* pause.remove
      yield* Fiber.join(starting)
      assert.strictEqual((yield* ask("/ready")).status, 200)
    }),
  )

  it.live(
    "tells of each entry its state, age and hits, and of a failed one why and when it is tried again",
    () =>
      Effect.gen(function* () {
        const environment = yield* startEnvironment({ artifact, config: CONFIG, seed: SEED, preload: true })
        yield* environment.read("parameters", "A")
        yield* environment.read("parameters", "A")
        const { headers, status, text } = yield* environment.ask("/ready")
        assert.deepStrictEqual([status, headers["content-type"]], [200, "application/json"])
        const { entries, ready, sources } = reportOf({ text })
        assert.isTrue(ready)
        assert.deepStrictEqual(sources, [
          { kind: "parameters", region: "us-west-2", listed: 2, loaded: 1, pending: 0, failed: 1 },
          { kind: "dynamodb", region: "us-west-2", listed: 1, loaded: 1, pending: 0, failed: 0 },
        ])
        const [held, missing, item] = entries
        assert.deepInclude(held, {
          kind: "parameters",
          name: "A",
          listed: true,
          state: "fresh",
          ttl: 3_600,
          hits: 2,
        })
        assert.deepInclude(missing, { name: "missing", state: "absent", hits: 0 })
        assert.strictEqual(missing?.reason?.type, "NotFound")
        assert.match(String(missing?.nextTry), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
        assert.deepInclude(item, { kind: "dynamodb", name: "Things-one", state: "fresh", hits: 0 })
        assert.notInclude(text, VALUE)
      }),
  )

  it.live("is ready with everything pending where nothing is loaded at start-up", () =>
    Effect.gen(function* () {
      const { ask } = yield* startEnvironment({ artifact, config: CONFIG, seed: SEED })
      const { status, text } = yield* ask("/ready")
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(
        new Set(reportOf({ text }).entries.map(({ state }) => state)),
        new Set(["pending"]),
      )
    }),
  )
})

onEachArtifact("GET /metrics", (artifact) => {
  it.live("is Prometheus' text format to the letter, and counts what happened", () =>
    Effect.gen(function* () {
      const environment = yield* startEnvironment({ artifact, config: CONFIG, seed: SEED, preload: true })
      for (let time = 0; time < 3; time++) yield* environment.read("parameters", "A")
      yield* environment.read("parameters", "missing")
      yield* environment.ask("/nowhere")
      const { headers, text } = yield* environment.ask("/metrics")
      assert.strictEqual(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
      assert.notInclude(text, VALUE)
      const families = parseExposition(text)
      const value = (name: string, labels?: Record<string, string>) => valueOf(families, name, labels)
      assert.strictEqual(value("cache_extension_reads_total", { outcome: "hit" }), 3)
      assert.strictEqual(value("cache_extension_reads_total", { outcome: "absent" }), 1)
      assert.strictEqual(
        value("cache_extension_http_requests_total", { kind: "parameters", status: "200" }),
        3,
      )
      assert.strictEqual(
        value("cache_extension_http_requests_total", { kind: "parameters", status: "404" }),
        1,
      )
      assert.strictEqual(value("cache_extension_http_requests_total", { kind: "other", status: "404" }), 1)
      assert.strictEqual(value("cache_extension_circuit_open", { circuit: "parameters in us-west-2" }), 0)
      assert.strictEqual(value("cache_extension_entries"), 3)
      assert.isAbove(value("process_resident_memory_bytes") ?? 0, 1_000_000)
      const steps = ["registered", "configured", "loaded", "ready"].map(
        (step) => value("cache_extension_startup_seconds", { step }) ?? Number.NaN,
      )
      assert.deepStrictEqual(
        steps,
        steps.toSorted((left, right) => left - right),
      )
      assert.isAbove(steps[0] ?? 0, 0)
      assert.isBelow(steps.at(-1) ?? Infinity, 60)
      const [build] = families.find(({ name }) => name === "cache_extension_build_info")?.samples ?? []
      assert.match(String(build?.labels["runtime"]), /^(node|bun) \d+\.\d+\.\d+/)
      assert.deepStrictEqual((yield* environment.ask("/metrics", { method: "HEAD" })).text, "")
    }),
  )

  /** What /metrics says once there is something in every family that a short life fills. */
  const exposition = Effect.gen(function* () {
    const environment = yield* startEnvironment({ artifact, config: CONFIG, seed: SEED, preload: true })
    for (const name of ["A", "missing"]) yield* environment.read("parameters", name)
    yield* environment.ask("/nowhere")
    return (yield* environment.ask("/metrics")).text
  })

  it.live.skipIf(!HAS_PROMTOOL)("is good in the eyes of promtool", () =>
    Effect.gen(function* () {
      assert.strictEqual(promtoolSays(yield* exposition), "")
    }),
  )

  it.live.skipIf(!HAS_PROMETHEUS_CLIENT)("is read to the last sample by Python's prometheus_client", () =>
    Effect.gen(function* () {
      const text = yield* exposition
      const samples = parseExposition(text).flatMap((family) => family.samples)
      assert.strictEqual(samplesByPython(text), samples.length)
    }),
  )
})

onEachArtifact("metrics for CloudWatch", (artifact) => {
  it.live.each(["text", "json"])(
    "are lines of their own in a log of %s, every n invokes and at the end",
    (format) =>
      Effect.gen(function* () {
        const { lambda, lines } = yield* makeEnvironment({
          artifact,
          config: `${CONFIG}metrics:\n  emf_every: 2\n  emf_namespace: Shop/Cache\n`,
          seed: SEED,
          variables: { CACHE_EXTENSION_LOG_FORMAT: format, CACHE_EXTENSION_LOG_LEVEL: "none" },
          handler: (_, { read }) => Effect.asVoid(read("parameters", "A")),
          lambda: { functionName: "shop" },
        })
        for (let time = 0; time < 5; time++) yield* lambda.invoke()
        yield* lambda.shutdown()
        const now = yield* Clock.currentTimeMillis
        const records = lines().map((line) => parseEmf(line, now))
        assert.deepStrictEqual(
          records.map(({ dimensions, metrics, namespace }) => [
            namespace,
            dimensions,
            metrics["Invokes"]?.value,
          ]),
          [2, 2, 1].map((invokes) => ["Shop/Cache", { FunctionName: "shop" }, invokes]),
        )
        const total = (name: string) =>
          records.reduce((sum, { metrics }) => sum + (metrics[name]?.value ?? Number.NaN), 0)
        assert.deepStrictEqual(
          [total("Reads"), total("Misses"), total("Hits"), total("AwsCalls")],
          [5, 1, 4, 1],
        )
      }),
  )
})

onEachArtifact("the log", (artifact) => {
  it.live(
    "of a run that goes well is the start, a summary and the end: nothing per invoke, nothing per read",
    () =>
      Effect.gen(function* () {
        const { lambda, lines } = yield* makeEnvironment({
          artifact,
          config: "parameters:\n  - names: [A]\n",
          seed: SEED,
          preload: true,
          handler: (_, { read }) =>
            Effect.asVoid(Effect.all([read("parameters", "A"), read("parameters", "A")])),
        })
        for (let time = 0; time < 10; time++) yield* lambda.invoke()
        yield* lambda.shutdown()
        const words = lines().map((line) => line.replace(`[${EXTENSION}] `, ""))
        assert.strictEqual(words.length, 7, words.join("\n"))
        assert.include(
          words.at(-2),
          "20 reads (20 hits, 0 misses, 0 stale, 0 absent, 0 failed), 1 AWS call (0 failed), 1 entry",
        )
        assert.strictEqual(words.at(-1), "Exiting")
      }),
  )

  it.live("of an outage says once that an entry began to fail, and once that it recovered", () =>
    Effect.gen(function* () {
      const { aws, lambda, lines, read } = yield* startEnvironment({
        artifact,
        config: "parameters:\n  - names: [A]\ncache:\n  forced_refresh_interval: 0s\n",
        seed: SEED,
        preload: true,
      })
      const fetched = read("parameters", "A", { headers: { "cache-control": "no-cache" } })
      const outage = yield* aws.faults.inject({
        effect: { kind: "error", status: 400, type: "AccessDeniedException" },
      })
      for (let time = 0; time < 5; time++) yield* fetched
      yield* outage.remove
      yield* fetched
      yield* lambda.shutdown()
      const told = lines().filter((line) => line.includes("parameters:A"))
      assert.strictEqual(told.length, 2, told.join("\n"))
      assert.match(
        told[0] ?? "",
        /WARN parameters:A began to fail: AccessDenied: .*; there is a value of \d+ s ago$/,
      )
      assert.match(told[1] ?? "", /\] parameters:A recovered after \d+ failures? in \d+ s$/)
    }),
  )

  it.live(
    "as JSON has Lambda's fields, the request id of the invoke among them, and the summary's figures",
    () =>
      Effect.gen(function* () {
        const { lambda, lines } = yield* makeEnvironment({
          artifact,
          config: "parameters:\n  - names: [A]\n",
          seed: SEED,
          variables: { CACHE_EXTENSION_LOG_FORMAT: "json", CACHE_EXTENSION_LOG_LEVEL: "debug" },
          handler: (_, { read }) => Effect.asVoid(read("parameters", "missing")),
        })
        const { requestId } = yield* lambda.invoke()
        yield* lambda.shutdown()
        const logged = lines().map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
        for (const line of logged) assert.containsAllKeys(line, ["timestamp", "level", "message"])
        const received = logged.find(({ message }) => String(message).startsWith("Received INVOKE"))
        assert.deepInclude(received, { level: "DEBUG", requestId })
        for (const words of ["Cache successfully loaded", "Received SHUTDOWN event", "Exiting"]) {
          const line = logged.find(({ message }) => String(message).startsWith(words))
          assert.notProperty(line, "requestId", words)
        }
        const summary = logged.find(({ message }) => String(message).startsWith("Summary"))
        assert.deepInclude(summary, { level: "INFO", reads: 0, entries: 0, invokes: 1 })
      }),
  )
})
