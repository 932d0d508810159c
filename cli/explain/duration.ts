/** Durations as config.yaml writes them: `1h30m`, `500ms`. Pure. */

const UNITS = [
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const

/** A duration of milliseconds. */
export const durationText = (ms: number): string => {
  if (ms === 0) return "0s"
  let rest = Math.abs(ms)
  const parts = UNITS.map(([unit, size]) => {
    const count = unit === "ms" ? rest : Math.floor(rest / size)
    rest -= count * size
    return count === 0 ? "" : `${count}${unit}`
  })
  return `${ms < 0 ? "-" : ""}${parts.join("")}`
}
