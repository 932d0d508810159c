/**
 * What a session has done so far, in a line: invocations and how long they took, and what the extension says of its reads.
 * Pure.
 */
import type { InvokeResult } from "../../local/lambda/events.ts"
import { type Sample, sumOf } from "../../local/page/samples.ts"

/** How many durations count for the median. */
const KEPT = 1_000

/** Invocations since the session began. */
export interface Tally {
  readonly count: number
  readonly failed: number
  /** The milliseconds of the last ones, oldest first. */
  readonly durations: ReadonlyArray<number>
}

export const NOTHING_YET: Tally = { count: 0, failed: 0, durations: [] }

/** The tally after one more invocation. */
export const counted = (
  { count, durations, failed }: Tally,
  { durations: took, functionError }: InvokeResult,
): Tally => ({
  count: count + 1,
  failed: failed + (functionError === undefined ? 0 : 1),
  durations: [...durations, took.total].slice(-KEPT),
})

const median = (sorted: ReadonlyArray<number>): number => sorted[Math.floor(sorted.length / 2)] ?? 0

const milliseconds = (value: number): string => `${value.toFixed(1)} ms`

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`

/** What the extension counted since it started, from its `/metrics`. */
const readsPart = (samples: ReadonlyArray<Sample>): string => {
  const reads = (outcome: string) => sumOf(samples, "cache_extension_reads_total", { outcome })
  const all = sumOf(samples, "cache_extension_reads_total")
  const calls = sumOf(samples, "cache_extension_aws_calls_total")
  return `${plural(all, "read")} (${reads("hit")} hits, ${reads("miss")} misses), ${plural(calls, "AWS call")}`
}

/** The line. `last`: how many of the last invocations the durations are about. */
export const summaryLine = (
  tally: Tally,
  samples: ReadonlyArray<Sample> | undefined,
  last = KEPT,
): string => {
  const sorted = tally.durations.slice(-last).toSorted((left, right) => left - right)
  const about = sorted.length === tally.count ? "" : `the last ${sorted.length} `
  const took =
    sorted.length === 0
      ? ""
      : `; ${about}took ${milliseconds(sorted[0] ?? 0)} to ${milliseconds(sorted.at(-1) ?? 0)}, median ${milliseconds(median(sorted))}`
  const reads = samples === undefined ? "" : `; ${readsPart(samples)}`
  return `${plural(tally.count, "invocation")} (${tally.failed} failed)${took}${reads}`
}
