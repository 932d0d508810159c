// Samples of the soak test: memory and open files of the extension's process from /proc, and its entries from the metrics. They
// give a row per minute and a verdict at the end.
//
// Sockets come and go with the traffic, so a minute counts with its minimum: a leaked socket never goes away.
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { ask } from "../../test/support/extensionHttp.ts"

export interface Sample {
  readonly minute: number
  /** Resident memory in MB: all of it, and without file mappings such as the executable. */
  readonly rss: number
  readonly anonymous: number
  readonly files: number
  readonly sockets: number
  readonly entries: number
}

const KIB_PER_MB = 1_024

const memoryIn = (status: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) / KIB_PER_MB

/** Empty if the file was closed after it was listed. */
const nameOf = (link: string): string => {
  try {
    return readlinkSync(link)
  } catch {
    return ""
  }
}

const openFiles = (pid: number): ReadonlyArray<string> => {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).map((file) => nameOf(`${folder}/${file}`))
}

/** Samples a process. It must not be frozen, because it is asked for its metrics. */
export const takeSample = Effect.fnUntraced(function* (pid: number, port: number, minute: number) {
  const { text } = yield* ask(port, "/metrics")
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  const files = openFiles(pid)
  const sample: Sample = {
    minute,
    rss: memoryIn(status, "VmRSS"),
    anonymous: memoryIn(status, "RssAnon"),
    files: files.length,
    sockets: files.filter((name) => name.startsWith("socket:")).length,
    entries: Number(/^cache_extension_entries(?:\{[^}]*\})? (\S+)/m.exec(text)?.[1] ?? Number.NaN),
  }
  return sample
})

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
const least = (values: ReadonlyArray<number>): number => Math.min(...values)
const most = (values: ReadonlyArray<number>): number => Math.max(...values)
const figures = (samples: ReadonlyArray<Sample>, field: keyof Sample) =>
  samples.map((sample) => sample[field])

const COLUMNS = ["minute", "RSS MB", "anonymous MB", "files", "sockets", "entries", "requests", "AWS calls"]
const WIDTH = 13
const line = (cells: ReadonlyArray<string>): string => cells.map((cell) => cell.padStart(WIDTH)).join("")

export const HEADER = line(COLUMNS)

/** The row of a minute. `requests` and `calls` are totals since the start. */
export const rowOf = (samples: ReadonlyArray<Sample>, requests: number, calls: number): string =>
  line([
    String(samples[0]?.minute ?? ""),
    median(figures(samples, "rss")).toFixed(1),
    median(figures(samples, "anonymous")).toFixed(1),
    `${least(figures(samples, "files"))}..${most(figures(samples, "files"))}`,
    `${least(figures(samples, "sockets"))}..${most(figures(samples, "sockets"))}`,
    String(most(figures(samples, "entries"))),
    String(requests),
    String(calls),
  ])

/** The part of the run that is warm-up, while code is compiled and heaps grow to their size. */
const WARM_UP = 1 / 3
/** Growth from the first half after the warm-up to the second that counts as noise. */
const MAX_GROWTH = 0.05
const MAX_NEW_SOCKETS = 2

export interface Finding {
  readonly holds: boolean
  readonly words: string
}

/** The slope of the least squares line through the samples' memory, in MB per hour. */
const slope = (samples: ReadonlyArray<Sample>): number => {
  const mean = (values: ReadonlyArray<number>) =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const minutes = mean(figures(samples, "minute"))
  const rss = mean(figures(samples, "rss"))
  const above = mean(samples.map((sample) => (sample.minute - minutes) * (sample.rss - rss)))
  return (60 * above) / mean(samples.map((sample) => (sample.minute - minutes) ** 2))
}

/** Whether memory and sockets were stable after the warm-up. */
export const judge = (samples: ReadonlyArray<Sample>): ReadonlyArray<Finding> => {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP))
  const middle = Math.floor(warm.length / 2)
  const [early, late] = [warm.slice(0, middle), warm.slice(middle)]
  const [before, after] = [median(figures(early, "rss")), median(figures(late, "rss"))]
  const [fewest, fewestLate] = [least(figures(early, "sockets")), least(figures(late, "sockets"))]
  return [
    {
      holds: after <= before * (1 + MAX_GROWTH),
      words: `RSS after warm-up: median ${before.toFixed(1)} MB, then ${after.toFixed(1)} MB; slope ${slope(warm).toFixed(1)} MB/h`,
    },
    {
      holds: fewestLate <= fewest + MAX_NEW_SOCKETS,
      words: `fewest open sockets: ${fewest}, then ${fewestLate}`,
    },
  ]
}
