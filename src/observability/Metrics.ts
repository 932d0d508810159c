/**
 * Every metric of the extension, by name. Any room updates them; `GET /metrics` shows them in Prometheus' text
 * format. Names and units follow https://prometheus.io/docs/practices/naming/.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

const SECONDS = Metric.boundariesFromIterable([
  0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.5, 1, 3, 10, 60, 600, 3_600,
])
const SIZES = Metric.boundariesFromIterable([1, 2, 5, 10, 20, 50, 100])

/** Reads by how they were served: `hit`, `miss`, `stale`, `stale-if-error`, `absent`, `not-cached` or `failed`. */
export const reads = Metric.counter("cache_extension_reads_total", {
  description: "Reads by outcome",
  incremental: true,
})

/** Reads that waited for a fetch somebody else had started. */
export const coalescedReads = Metric.counter("cache_extension_coalesced_reads_total", {
  description: "Reads that waited for a fetch already under way",
  incremental: true,
})

/** Calls of AWS by service, operation and outcome: `ok` or the reason of the failure. */
export const awsCalls = Metric.counter("cache_extension_aws_calls_total", {
  description: "AWS calls by service, operation and outcome",
  incremental: true,
})

/** How many addresses went into one call, by kind. */
export const batchSize = Metric.histogram("cache_extension_batch_size", {
  description: "Addresses per AWS call",
  boundaries: SIZES,
})

/** How long after it was due an entry was refreshed. */
export const refreshLag = Metric.histogram("cache_extension_refresh_lag_seconds", {
  description: "Time between a refresh being due and being started",
  boundaries: SECONDS,
})

/** How long invokes were held open for refreshes: billed time. */
export const invokeHold = Metric.histogram("cache_extension_invoke_hold_seconds", {
  description: "Time an invoke was held open for fetches under way",
  boundaries: SECONDS,
})

/** Entries held now, and the memory they are counted with. */
export const entries = Metric.gauge("cache_extension_entries", { description: "Entries held" })
export const bytes = Metric.gauge("cache_extension_bytes", {
  description: "Bytes of keys, values and overhead",
})

/** Entries that went because a bound was reached. */
export const evictions = Metric.counter("cache_extension_evictions_total", {
  description: "Entries evicted because a bound was reached",
  incremental: true,
})

/** A counter of one outcome that the hot path can raise without an effect. */
export const unsafeCounter = (
  metric: Metric.Metric<number, unknown>,
  attributes: Readonly<Record<string, string>>,
): Effect.Effect<() => void> =>
  Effect.map(Effect.context<never>(), (context: Context.Context<never>) => {
    const counter = Metric.withAttributes(metric, attributes)
    return () => counter.updateUnsafe(1, context)
  })
