/**
 * The metrics as Prometheus reads them: valid text, whatever was counted.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric, Schema } from "effect"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import { readFileSync } from "node:fs"
import * as Metrics from "../../src/observability/Metrics.ts"
import { observeProcess, reached } from "../../src/observability/ProcessMetrics.ts"
import { VERSION } from "../../src/observability/version.ts"
import { parseExposition, valueOf } from "../support/prometheus.ts"

/** The text of what an effect counts, in a registry of its own. */
const textAfter = (effect: Effect.Effect<unknown>) =>
  effect.pipe(
    Effect.andThen(Metrics.upToDate),
    Effect.andThen(PrometheusMetrics.format()),
    Effect.provideService(Metric.MetricRegistry, new Map()),
  )

const PROCESS = { runtime: "test 1", startedAt: 1_500, residentBytes: () => 4_096 }

describe("the metrics", () => {
  it.effect("are there from the beginning, as zeros", () =>
    Effect.gen(function* () {
      const families = parseExposition(yield* textAfter(Effect.void))
      for (const outcome of [
        "hit",
        "miss",
        "stale",
        "stale-if-error",
        "stale-if-denied",
        "absent",
        "failed",
        "not-cached",
      ])
        assert.strictEqual(valueOf(families, "cache_extension_reads_total", { outcome }), 0)
      assert.strictEqual(valueOf(families, "cache_extension_invoke_hold_seconds_count"), 0)
    }),
  )

  it.effect("have what the hot path counted, once, beside what others did", () =>
    Effect.gen(function* () {
      const counted = Effect.gen(function* () {
        const counter = yield* Metrics.counters(Metrics.reads, "outcome")
        const hit = counter("hit")
        hit()
        hit()
        counter("hit")()
        yield* Metric.update(Metric.withAttributes(Metrics.reads, { outcome: "miss" }), 1)
        counter("miss")()
        yield* Metrics.upToDate
        hit()
      })
      const families = parseExposition(yield* textAfter(counted))
      assert.strictEqual(valueOf(families, "cache_extension_reads_total", { outcome: "hit" }), 4)
      assert.strictEqual(valueOf(families, "cache_extension_reads_total", { outcome: "miss" }), 2)
    }),
  )

  it.effect.prop(
    "are valid text, whatever names and numbers there are",
    { label: Schema.String, amounts: Schema.Array(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))) },
    ({ amounts, label }) =>
      Effect.gen(function* () {
        const circuit = Metric.withAttributes(Metrics.circuitOpen, { circuit: label })
        const size = Metric.withAttributes(Metrics.batchSize, { kind: label })
        const count = Effect.forEach(amounts, (amount) =>
          Effect.all([Metric.update(circuit, 1), Metric.update(size, amount)]),
        )
        const families = parseExposition(yield* textAfter(count))
        if (amounts.length === 0) return
        assert.strictEqual(valueOf(families, "cache_extension_circuit_open", { circuit: label }), 1)
        assert.strictEqual(
          valueOf(families, "cache_extension_batch_size_count", { kind: label }),
          amounts.length,
        )
      }),
  )

  it.effect("say what the process is, how much memory it takes now, and when its start was done", () =>
    Effect.gen(function* () {
      const text = yield* textAfter(Effect.scoped(observeProcess(PROCESS)))
      assert.notInclude(text, "process_resident_memory_bytes", "gone with its scope")
      const shown = yield* Effect.scoped(
        Effect.gen(function* () {
          yield* observeProcess(PROCESS)
          yield* reached({ ...PROCESS, startedAt: -1_500 }, "ready")
          return parseExposition(yield* PrometheusMetrics.format())
        }),
      ).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
      const labels = { version: VERSION, runtime: "test 1" }
      assert.strictEqual(valueOf(shown, "cache_extension_build_info", labels), 1)
      assert.strictEqual(valueOf(shown, "process_resident_memory_bytes"), 4_096)
      assert.strictEqual(valueOf(shown, "process_start_time_seconds"), 1.5)
      assert.strictEqual(valueOf(shown, "cache_extension_startup_seconds", { step: "ready" }), 1.5)
    }),
  )

  it("name the version of package.json", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string }
    assert.strictEqual(VERSION, version)
  })
})
