/**
 * Figures in words, as the page writes them. Pure.
 */

/** The largest unit of which there are two at least tells enough, and tells 95 s from 61 s. */
const AT_LEAST = 2

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const

/** A duration in one unit, rounded down: `0 s`, `95 s`, `3 min`, `2 h`, `5 d`. */
export const duration = (seconds: number): string => {
  const whole = Math.floor(Math.max(0, seconds))
  const [unit, length] = UNITS.find(([, length]) => whole >= AT_LEAST * length) ?? ["s", 1]
  return `${Math.floor(whole / length)} ${unit}`
}

const KILOBYTE = 1_000
const MEGABYTE = 1_000_000

/** `312 B`, `4.1 kB`, `64.0 MB`. */
export const size = (bytes: number): string => {
  if (bytes < KILOBYTE) return `${bytes} B`
  return bytes < MEGABYTE ? `${(bytes / KILOBYTE).toFixed(1)} kB` : `${(bytes / MEGABYTE).toFixed(1)} MB`
}

/** A share in whole percent; nothing of nothing is undefined. */
export const percent = (part: number, whole: number): string | undefined =>
  whole === 0 ? undefined : `${Math.round((100 * part) / whole)} %`
