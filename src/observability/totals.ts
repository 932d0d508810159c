/**
 * Totals of the metrics since the process started, for the summary at SHUTDOWN and for CloudWatch. Pure, over a snapshot of
 * all metrics.
 */
import type * as Metric from "effect/Metric"
import * as Metrics from "./Metrics.ts"
import { residentMemory } from "./ProcessMetrics.ts"

type Snapshot = ReadonlyArray<Metric.Metric.Snapshot>
type Attributes = Readonly<Record<string, string>>

const attributesOf = ({ attributes }: Metric.Metric.Snapshot): Attributes => attributes ?? {}

const valueOf = (metric: Metric.Metric.Snapshot): number => {
  switch (metric.type) {
    case "Counter":
      return Number(metric.state.count)
    case "Gauge":
      return Number(metric.state.value)
    case "Histogram":
    case "Summary":
      return metric.state.sum
    case "Frequency":
      return 0
  }
}

/**
 * Counts since the start of the process; the last four are current values. Each read is one of `hits`, `misses`, `shared`,
 * `stale`, `absent` and `failed`.
 */
export interface Totals {
  readonly reads: number
  /** Served from memory while fresh. */
  readonly hits: number
  readonly misses: number
  /** Served from the shared tier. */
  readonly shared: number
  /** Served although past the ttl. */
  readonly stale: number
  /** Those of `stale` that AWS's failure or denial forced. */
  readonly staleIfError: number
  readonly absent: number
  readonly failed: number
  readonly coalesced: number
  /** Pauses of entries that waited for another environment. */
  readonly sharedWaits: number
  readonly sharedWrites: number
  /** Operations of the shared tier without an answer. */
  readonly sharedFailures: number
  readonly awsCalls: number
  readonly awsFailures: number
  readonly awsThrottled: number
  readonly evictions: number
  readonly refreshes: number
  readonly invokes: number
  readonly holdSeconds: number
  readonly openCircuits: number
  readonly entries: number
  readonly bytes: number
  readonly residentBytes: number
}

/** Adds up a snapshot. */
export const totalsOf = (snapshot: Snapshot): Totals => {
  const seriesOf = ({ id }: { readonly id: string }) => snapshot.filter((metric) => metric.id === id)
  const sum = (metric: { readonly id: string }, matches: (attributes: Attributes) => boolean = () => true) =>
    seriesOf(metric)
      .filter((series) => matches(attributesOf(series)))
      .reduce((total, series) => total + valueOf(series), 0)
  const readsEnding = (...outcomes: ReadonlyArray<string>) =>
    sum(Metrics.reads, ({ outcome = "" }) => outcomes.includes(outcome))
  const tierEvents = (name: string) => sum(Metrics.sharedEvents, ({ event }) => event === name)
  const count = (metric: { readonly id: string }) =>
    seriesOf(metric).reduce(
      (total, series) => total + (series.type === "Histogram" ? series.state.count : 0),
      0,
    )

  return {
    reads: sum(Metrics.reads),
    hits: readsEnding("hit"),
    misses: readsEnding("miss"),
    shared: readsEnding("shared"),
    stale: readsEnding("stale", "stale-if-error", "stale-if-denied"),
    staleIfError: readsEnding("stale-if-error", "stale-if-denied"),
    absent: readsEnding("absent"),
    failed: readsEnding("failed", "not-cached"),
    coalesced: sum(Metrics.coalescedReads),
    sharedWaits: tierEvents("wait"),
    sharedWrites: tierEvents("write"),
    sharedFailures: tierEvents("failure"),
    awsCalls: sum(Metrics.awsCalls),
    awsFailures: sum(Metrics.awsCalls, ({ outcome }) => outcome !== "ok"),
    awsThrottled: sum(Metrics.awsCalls, ({ outcome }) => outcome === "Throttled"),
    evictions: sum(Metrics.evictions),
    refreshes: count(Metrics.refreshLag),
    invokes: sum(Metrics.invokes),
    holdSeconds: sum(Metrics.invokeHold),
    openCircuits: sum(Metrics.circuitOpen),
    entries: sum(Metrics.entries),
    bytes: sum(Metrics.bytes),
    residentBytes: sum(residentMemory),
  }
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

/** The summary of a run in one line. */
export const summaryOf = (totals: Totals): string =>
  [
    `Summary: ${counted(totals.reads, "read", "reads")}`,
    ` (${counted(totals.hits, "hit", "hits")}, ${counted(totals.misses, "miss", "misses")},`,
    totals.shared > 0 ? ` ${totals.shared} shared,` : "",
    ` ${totals.stale} stale,`,
    ` ${totals.absent} absent, ${totals.failed} failed),`,
    ` ${counted(totals.awsCalls, "AWS call", "AWS calls")} (${totals.awsFailures} failed),`,
    ` ${counted(totals.entries, "entry", "entries")} in ${counted(totals.bytes, "byte", "bytes")}`,
  ].join("")
