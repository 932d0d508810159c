/**
 * The statistics of a series: median, minimum, and the 10th and 90th percentiles. Short series get no mean, because a single
 * disturbed run would shift it.
 */

/** A quantile of the series, interpolated. `share` is between 0 and 1. NaN for an empty series. */
export const quantile = (series: ReadonlyArray<number>, share: number): number => {
  const sorted = series.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * share
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

/** For long series only. NaN for an empty one. */
export const mean = (series: ReadonlyArray<number>): number =>
  series.reduce((total, value) => total + value, 0) / series.length

export const median = (series: ReadonlyArray<number>): number => quantile(series, 0.5)

/** `median (least; p10-p90)`. */
export const summary = (series: ReadonlyArray<number>): string => {
  const text = (share: number) => quantile(series, share).toFixed(1)
  return `${text(0.5)} (${text(0)}; ${text(0.1)}-${text(0.9)})`
}

/** The ratio of two medians, as `1.23x`. */
export const ratio = (series: ReadonlyArray<number>, base: ReadonlyArray<number>): string => {
  return `${(median(series) / median(base)).toFixed(2)}x`
}
