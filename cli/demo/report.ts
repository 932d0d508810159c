/**
 * The result of the demo as a table: a row per invocation, a column per read, and in the last row the same reads
 * straight from AWS.
 */
import * as Schema from "effect/Schema"
import { textTable } from "../table.ts"

/** One read, as the example's function measured it. */
export const Read = Schema.Struct({
  /** Kind and name, for example `parameters CacheExtensions_Parameter1`. */
  name: Schema.String,
  milliseconds: Schema.Finite,
  /** The `Cache-Status` header (RFC 9211). */
  cacheStatus: Schema.NullOr(Schema.String),
})
export type Read = typeof Read.Type

/** The response of the function. */
export const Answer = Schema.fromJsonString(Schema.Array(Read))

const milliseconds = (value: number): string => `${value.toFixed(1)} ms`

const HIT = "hit "
const hitOrMiss = (cacheStatus: string | null): string => (cacheStatus?.includes("; hit") ? HIT : "miss")

const cell = (read: Read): string => `${milliseconds(read.milliseconds)} ${hitOrMiss(read.cacheStatus)}`

const medianOf = (values: ReadonlyArray<number>): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0

/** All invocations but the first as one row: the median of each read, and how many were hits. */
const condensed = (invocations: ReadonlyArray<ReadonlyArray<Read>>, columns: number) => {
  const rest = invocations.slice(1)
  if (rest.length === 0) return []
  const cells = Array.from({ length: columns }, (_, column) => {
    const reads = rest.flatMap((reads) => reads[column] ?? [])
    const hits = reads.filter((read) => hitOrMiss(read.cacheStatus) === HIT).length
    return `${milliseconds(medianOf(reads.map((read) => read.milliseconds)))}, ${hits} of ${reads.length} hit`
  })
  return [[`median of the others`, ...cells]]
}

/**
 * Renders the table. `straight` has the milliseconds of each read straight from AWS, in the order of the columns. In a short
 * table, all invocations but the first share a row.
 */
export const report = (
  invocations: ReadonlyArray<ReadonlyArray<Read>>,
  straight: ReadonlyArray<number>,
  isShort: boolean,
): string => {
  const names = invocations[0]?.map(({ name }) => name) ?? []
  const rowOf = (reads: ReadonlyArray<Read>, index: number) => [`invocation ${index + 1}`, ...reads.map(cell)]
  const rows = isShort ? invocations.slice(0, 1).map(rowOf) : invocations.map(rowOf)
  const table = [
    ["", ...names],
    ...rows,
    ...(isShort ? condensed(invocations, names.length) : []),
    ["straight from AWS", ...straight.map((value) => `${milliseconds(value)}     `)],
  ]
  return textTable(table, { gap: "   ", isNumeric: true })
}
