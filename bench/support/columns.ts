/**
 * The columns of the cold bench: what is shown of a series of starts, with the ratios to other subjects.
 */
import type { Start } from "./start.ts"
import { median, ratio, summary } from "./stats.ts"

interface Column {
  readonly title: string
  /** Undefined where a start has no such figure. */
  readonly of: (start: Start) => number | undefined
  readonly show: (series: ReadonlyArray<number>) => string
}

/** Medians are enough for memory and CPU time, which vary little. */
const middle = (series: ReadonlyArray<number>): string => median(series).toFixed(1)

const TIMES: ReadonlyArray<Column> = [
  { title: "port open", of: ({ portOpen }) => portOpen, show: summary },
  { title: "registered", of: ({ registered }) => registered, show: summary },
  { title: "first next", of: ({ firstNext }) => firstNext, show: summary },
  { title: "CPU to next", of: ({ cpu }) => cpu, show: middle },
  { title: "CPU to idle", of: ({ cpuToIdle }) => cpuToIdle, show: middle },
  { title: "read in INIT", of: ({ earlyRead }) => earlyRead, show: summary },
  { title: "first read", of: ({ firstRead }) => firstRead, show: summary },
  { title: "second read", of: ({ secondRead }) => secondRead, show: middle },
]

const MEMORY: ReadonlyArray<Column> = [
  { title: "anonymous, idle", of: ({ idle }) => idle.anonymous, show: middle },
  { title: "RSS, idle", of: ({ idle }) => idle.resident, show: middle },
  { title: "peak RSS, idle", of: ({ idle }) => idle.peak, show: middle },
  { title: "anonymous, loaded", of: ({ loaded }) => loaded?.anonymous, show: middle },
  { title: "RSS, loaded", of: ({ loaded }) => loaded?.resident, show: middle },
  { title: "peak RSS, loaded", of: ({ loaded }) => loaded?.peak, show: middle },
]

/** The tables of a case, each with what its first column is. */
export const TABLES: ReadonlyArray<readonly [title: string, columns: ReadonlyArray<Column>]> = [
  ["ms: median (least; p10-p90)", TIMES],
  ["MB: median", MEMORY],
]

const figuresOf = (starts: ReadonlyArray<Start>, { of }: Column): ReadonlyArray<number> =>
  starts.map(of).filter((figure) => figure !== undefined)

/** The columns of which any subject has a figure. */
export const columnsOf = (
  columns: ReadonlyArray<Column>,
  all: ReadonlyArray<ReadonlyArray<Start>>,
): ReadonlyArray<Column> =>
  columns.filter((column) => all.some((starts) => figuresOf(starts, column).length > 0))

/** A subject's cells. */
export const cellsOf = (
  columns: ReadonlyArray<Column>,
  starts: ReadonlyArray<Start>,
): ReadonlyArray<string> =>
  columns.map((column) => {
    const figures = figuresOf(starts, column)
    return figures.length === 0 ? "" : column.show(figures)
  })

/** The cells of a row that compares a subject with another. */
export const ratiosOf = (
  columns: ReadonlyArray<Column>,
  starts: ReadonlyArray<Start>,
  base: ReadonlyArray<Start>,
): ReadonlyArray<string> =>
  columns.map((column) => {
    const [own, others] = [figuresOf(starts, column), figuresOf(base, column)]
    return own.length === 0 || others.length === 0 ? "" : ratio(own, others)
  })
