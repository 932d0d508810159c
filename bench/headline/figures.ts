/**
 * The figures of the headline bench: what a series of invocations says, as the rows of its table and of its plot. Pure.
 */
import { mean, quantile } from "../support/stats.ts"

/** One invocation, in milliseconds. */
export interface Sample {
  /** As in Lambda's REPORT line. */
  readonly duration: number
  /** What the function measured around its read. */
  readonly read: number
}

/** The invocations of one function. */
export interface Series {
  readonly name: string
  readonly samples: ReadonlyArray<Sample>
}

/** The durations of a series by share of its invocations, in milliseconds. */
export interface Spread {
  readonly name: string
  readonly p1: number
  readonly p10: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly mean: number
}

export const spreadOf = ({ name, samples }: Series): Spread => {
  const durations = samples.map(({ duration }) => duration)
  const at = (share: number) => quantile(durations, share)
  return {
    name,
    p1: at(0.01),
    p10: at(0.1),
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    mean: mean(durations),
  }
}

export const HEADER = ["one invocation, ms", "p50", "p90", "p99", "mean", "its read, p50", "invocations"]

const milliseconds = (value: number): string => value.toFixed(1)

/** A row of the table. */
export const rowOf = (series: Series): ReadonlyArray<string> => {
  const { mean, p50, p90, p99 } = spreadOf(series)
  const read = quantile(
    series.samples.map(({ read }) => read),
    0.5,
  )
  return [series.name, ...[p50, p90, p99, mean, read].map(milliseconds), String(series.samples.length)]
}
