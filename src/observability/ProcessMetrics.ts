/**
 * Metrics of the process itself. Their values are read on demand.
 *
 * The names `process_*` are those of Prometheus' clients in every language:
 * https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type * as Scope from "effect/Scope"
import { startup } from "./Metrics.ts"
import { VERSION } from "./version.ts"

/** Facts about this process, for the metrics. */
export interface ProcessInfo {
  /** The runtime and its version: `node 24.1.0`. */
  readonly runtime: string
  /** When the runtime started, in epoch milliseconds. */
  readonly startedAt: number
  /** The resident memory now. */
  readonly residentBytes: () => number
}

export const buildInfo = Metric.gauge("cache_extension_build_info", {
  description: "Always 1: the version of the extension and the runtime it runs on",
})

export const residentMemory = Metric.gauge("process_resident_memory_bytes", {
  description: "Resident memory size in bytes",
})

export const startTime = Metric.gauge("process_start_time_seconds", {
  description: "Start time of the process since unix epoch in seconds",
})

const MILLISECONDS = 1_000

/** The steps of the start, in their order. */
type Step = "registered" | "configured" | "loaded" | "ready"

/** Records when a step of the start is done. */
export const reached = ({ startedAt }: ProcessInfo, step: Step): Effect.Effect<void> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Metric.update(Metric.withAttributes(startup, { step }), (now - startedAt) / MILLISECONDS),
  )

/** Registers these metrics until the scope closes. */
export const observeProcess = Effect.fnUntraced(function* ({
  residentBytes,
  runtime,
  startedAt,
}: ProcessInfo) {
  const context = yield* Effect.context<Scope.Scope>()

  const show = (gauge: Metric.Gauge<number>, read: () => number) =>
    Effect.acquireRelease(
      Effect.sync(() =>
        Metric.registerUnsafe(gauge, context, {
          get: () => ({ value: read() }),
          update: () => {},
          modify: () => {},
        }),
      ),
      ({ remove }) => Effect.sync(remove),
    )

  yield* show(Metric.withAttributes(buildInfo, { version: VERSION, runtime }), () => 1)
  yield* show(startTime, () => startedAt / MILLISECONDS)
  yield* show(residentMemory, residentBytes)
})
