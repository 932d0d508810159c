/**
 * What the demo measured, as a table: a row per invocation, a column per read, and the same reads straight
 * from AWS below.
 */
import * as Schema from "effect/Schema"
import { table } from "./terminal.ts"

/** One read, as the example's function reports it. */
export const Read = Schema.Struct({
  /** Kind and name, as in `parameters CacheExtensions_Parameter1`. */
  name: Schema.String,
  milliseconds: Schema.Finite,
  /** The header of RFC 9211. */
  cacheStatus: Schema.NullOr(Schema.String),
})
export type Read = typeof Read.Type

/** What the function answers to an invoke. */
export const Answer = Schema.fromJsonString(Schema.Array(Read))

const milliseconds = (value: number): string => `${value.toFixed(1)} ms`

const hitOrMiss = (cacheStatus: string | null): string => (cacheStatus?.includes("; hit") ? "hit " : "miss")

const cell = (read: Read): string => `${milliseconds(read.milliseconds)} ${hitOrMiss(read.cacheStatus)}`

/** Renders the invocations and, in the order of their reads, what AWS itself took for each. */
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
