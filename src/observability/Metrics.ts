/**
 * Every metric of the extension. `GET /metrics` shows them in Prometheus' text format; names and units follow
 * https://prometheus.io/docs/practices/naming/.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

const SECONDS = Metric.boundariesFromIterable([
  0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.5, 1, 3, 10, 60, 600, 3_600,
])
const SIZES = Metric.boundariesFromIterable([1, 2, 5, 10, 20, 50, 100])

/** Reads by outcome: see `OUTCOMES`. */
export const reads = Metric.counter("cache_extension_reads_total", {
  description: "Reads by outcome",
  incremental: true,
})

/** Reads that joined a fetch already under way. */
export const coalescedReads = Metric.counter("cache_extension_coalesced_reads_total", {
  description: "Reads that waited for a fetch already under way",
  incremental: true,
})

/** Calls of AWS by service, operation and outcome: `ok` or the reason of the failure. */
export const awsCalls = Metric.counter("cache_extension_aws_calls_total", {
  description: "AWS calls by service, operation and outcome",
  incremental: true,
})

/** The number of addresses per call, by kind. */
export const batchSize = Metric.histogram("cache_extension_batch_size", {
  description: "Addresses per AWS call",
  boundaries: SIZES,
})

/** How long after its due time an entry was refreshed. */
export const refreshLag = Metric.histogram("cache_extension_refresh_lag_seconds", {
  description: "Time between a refresh being due and being started",
  boundaries: SECONDS,
})

/** How long invokes were held open for refreshes: billed time. */
export const invokeHold = Metric.histogram("cache_extension_invoke_hold_seconds", {
  description: "Time an invoke was held open for fetches under way",
  boundaries: SECONDS,
})

/** Invokes that Lambda has announced: none on Managed Instances. */
export const invokes = Metric.counter("cache_extension_invokes_total", {
  description: "Invokes announced by Lambda",
  incremental: true,
})

/** Requests by route (`parameters`, ..., `health`, `other`) and status. */
export const httpRequests = Metric.counter("cache_extension_http_requests_total", {
  description: "HTTP requests by kind and status",
  incremental: true,
})

/** 1 while a circuit (`parameters in us-west-2`) lets no call through, else 0. */
export const circuitOpen = Metric.gauge("cache_extension_circuit_open", {
  description: "Whether calls of a service are held back because it does not answer",
})

/** What the shared tier was good for: see `SharedEvent` in `shared/guard.ts`. */
export const sharedEvents = Metric.counter("cache_extension_shared_total", {
  description: "Events of the shared tier",
  incremental: true,
})

/** How long after the start of the process a step was done: `registered`, `configured`, `loaded`, `ready`. */
export const startup = Metric.gauge("cache_extension_startup_seconds", {
  description: "Time from the start of the process until a step of the start was done",
})

/** Entries held now, and their size as `Store` counts it. */
export const entries = Metric.gauge("cache_extension_entries", { description: "Entries held" })
export const bytes = Metric.gauge("cache_extension_bytes", {
  description: "Bytes of keys, values and overhead",
})

/** Entries evicted because a limit was reached. */
export const evictions = Metric.counter("cache_extension_evictions_total", {
  description: "Entries evicted because a bound was reached",
  incremental: true,
})

/** How reads end. */
const OUTCOMES = [
  "hit",
  "miss",
  "shared",
  "stale",
  "stale-if-error",
  "stale-if-denied",
  "absent",
  "failed",
  "not-cached",
]

/** Series that exist from the start: an event that has not happened shows as 0 instead of missing. */
const ALWAYS_SHOWN: ReadonlyArray<Metric.Metric<never, unknown>> = [
  ...OUTCOMES.map((outcome) => Metric.withAttributes(reads, { outcome })),
  coalescedReads,
  evictions,
  invokes,
  refreshLag,
  invokeHold,
  entries,
  bytes,
]

/** Adds the pending counts to the metric. */
type Flush = () => void

const Pending = Context.Reference<Set<Flush>>("cache-extension/observability/Metrics/Pending", {
  defaultValue: () => new Set(),
})

/**
 * Counters of one metric for the hot path, by the values of its attributes. An increment only adds to a plain number;
 * `upToDate` adds that number to the metric before it is read.
 */
export const counters = Effect.fnUntraced(function* (
  metric: Metric.Metric<number, unknown>,
  ...names: ReadonlyArray<string>
) {
  const context = yield* Effect.context<never>()
  const pending = yield* Pending
  const known = new Map<string, () => void>()

  const make = (values: ReadonlyArray<string>) => {
    const attributes = Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]))
    const counter = Metric.withAttributes(metric, attributes)
    let count = 0
    pending.add(() => {
      counter.updateUnsafe(count, context)
      count = 0
    })
    return () => {
      count += 1
    }
  }

  return (...values: ReadonlyArray<string>): (() => void) => {
    const key = values.join(" ")
    const counter = known.get(key) ?? make(values)
    known.set(key, counter)
    return counter
  }
})

/** Run this before reading the metrics: it adds the pending counts, and creates the series that are always shown. */
export const upToDate: Effect.Effect<void> = Effect.flatMap(Pending, (pending) => {
  for (const flush of pending) flush()
  return Effect.forEach(ALWAYS_SHOWN, (metric) => Metric.value(metric), { discard: true })
})
