/**
 * The result of the demo as a table: a row per invocation, a column per read, and in the last row the same reads
 * straight from AWS.
 */
import * as Schema from "effect/Schema"
import { table } from "./terminal.ts"

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

const hitOrMiss = (cacheStatus: string | null): string => (cacheStatus?.includes("; hit") ? "hit " : "miss")

const cell = (read: Read): string => `${milliseconds(read.milliseconds)} ${hitOrMiss(read.cacheStatus)}`

/** Renders the table. `straight` has the milliseconds of each read straight from AWS, in the order of the columns. */
export const report = (
  invocations: ReadonlyArray<ReadonlyArray<Read>>,
  straight: ReadonlyArray<number>,
): string => {
  const names = invocations[0]?.map(({ name }) => name) ?? []
  return table([
    ["", ...names],
    ...invocations.map((reads, index) => [`invocation ${index + 1}`, ...reads.map(cell)]),
    ["straight from AWS", ...straight.map((value) => `${milliseconds(value)}     `)],
  ])
}
