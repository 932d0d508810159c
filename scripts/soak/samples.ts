// Samples of the soak test: memory and open files of the extension's process from /proc, and its entries from the metrics. They
// give a row per minute, and the verdict at the end (soak/verdict.ts).
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
  /** In MB, after a forced collection; undefined if there was none. */
  readonly live: number | undefined
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

export interface SampleOptions {
  readonly pid: number
  readonly port: number
  readonly minute: number
  /** Forces a collection, after the memory of the process was read. */
  readonly liveHeap?: Effect.Effect<number> | undefined
}

/** Samples a process. It must not be frozen, because it is asked for its metrics. */
export const takeSample = Effect.fnUntraced(function* ({ liveHeap, minute, pid, port }: SampleOptions) {
  const { text } = yield* ask(port, "/metrics")
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  const files = openFiles(pid)
  const sample: Sample = {
    minute,
    rss: memoryIn(status, "VmRSS"),
    anonymous: memoryIn(status, "RssAnon"),
    live: liveHeap === undefined ? undefined : yield* liveHeap,
    files: files.length,
    sockets: files.filter((name) => name.startsWith("socket:")).length,
    entries: Number(/^cache_extension_entries(?:\{[^}]*\})? (\S+)/m.exec(text)?.[1] ?? Number.NaN),
  }
  return sample
})

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
export const least = (values: ReadonlyArray<number>): number => Math.min(...values)
export const most = (values: ReadonlyArray<number>): number => Math.max(...values)

/** The fields that every sample has. */
type Field = Exclude<keyof Sample, "live">

export const figures = (samples: ReadonlyArray<Sample>, field: Field): ReadonlyArray<number> =>
  samples.map((sample) => sample[field])

const COLUMNS = [
  "minute",
  "RSS MB",
  "anonymous MB",
  "live MB",
  "files",
  "sockets",
  "entries",
  "requests",
  "AWS calls",
]
const WIDTH = 13
const line = (cells: ReadonlyArray<string>): string => cells.map((cell) => cell.padStart(WIDTH)).join("")

export const HEADER = line(COLUMNS)

/** The row of a minute. `requests` and `calls` are totals since the start. */
export const rowOf = (samples: ReadonlyArray<Sample>, requests: number, calls: number): string =>
  line([
    String(samples[0]?.minute ?? ""),
    median(figures(samples, "rss")).toFixed(1),
    median(figures(samples, "anonymous")).toFixed(1),
    samples.findLast(({ live }) => live !== undefined)?.live?.toFixed(2) ?? "",
    `${least(figures(samples, "files"))}..${most(figures(samples, "files"))}`,
    `${least(figures(samples, "sockets"))}..${most(figures(samples, "sockets"))}`,
    String(most(figures(samples, "entries"))),
    String(requests),
    String(calls),
  ])
