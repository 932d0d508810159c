/**
 * Durations, sizes and shares as the page writes them. Pure.
 */

/** A unit applies from two of it on: 95 s stays 95 s, 120 s becomes 2 min. */
const MIN_UNITS = 2

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const

/** A duration in one unit, rounded down: `0 s`, `95 s`, `3 min`, `2 h`, `5 d`. */
export const duration = (seconds: number): string => {
  const whole = Math.floor(Math.max(0, seconds))
  const [unit, length] = UNITS.find(([, length]) => whole >= MIN_UNITS * length) ?? ["s", 1]
  return `${Math.floor(whole / length)} ${unit}`
}

const KILOBYTE = 1_000
const MEGABYTE = 1_000_000

/** `312 B`, `4.1 kB`, `64.0 MB`. */
export const size = (bytes: number): string => {
  if (bytes < KILOBYTE) return `${bytes} B`
  return bytes < MEGABYTE ? `${(bytes / KILOBYTE).toFixed(1)} kB` : `${(bytes / MEGABYTE).toFixed(1)} MB`
}

/** A share in whole percent; undefined if the whole is 0. */
export const percent = (part: number, whole: number): string | undefined =>
  whole === 0 ? undefined : `${Math.round((100 * part) / whole)} %`
