/**
 * What an invocation on Lambda says: the platform's REPORT line, and the function's own answer. And the table of all. Pure.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
import * as Schema from "effect/Schema"
import { median } from "../support/stats.ts"
import { table } from "../support/report.ts"
import type { Subject } from "./plan.ts"

/** Times in milliseconds, memory in MB. */
export interface Report {
  readonly duration: number
  readonly billed: number
  readonly memoryUsed: number
  /** Undefined for an invocation of a warm environment. */
  readonly init: number | undefined
}

const numberAfter = (line: string, name: string): number | undefined => {
  const [, text] = new RegExp(`(?:^|\\s)${name}: ([\\d.]+) (?:ms|MB)`).exec(line) ?? []
  return text === undefined ? undefined : Number(text)
}

/** The REPORT line of a log. Throws if there is none, or if it lacks a figure. */
export const reportIn = (log: string): Report => {
  const line = log.split("\n").find((text) => text.startsWith("REPORT RequestId: ")) ?? ""
  // "Duration" is also the end of "Billed Duration" and "Init Duration".
  const [, duration] = /\tDuration: ([\d.]+) ms/.exec(line) ?? []
  const billed = numberAfter(line, "Billed Duration")
  const memoryUsed = numberAfter(line, "Max Memory Used")
  if (duration === undefined || billed === undefined || memoryUsed === undefined)
    throw new Error(`no REPORT line with its figures in: ${log}`)
  return { duration: Number(duration), billed, memoryUsed, init: numberAfter(line, "Init Duration") }
}

const Milliseconds = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/** What the functions of `function/` return. */
const Answer = Schema.Struct({
  /** The first read of a value and the second, in milliseconds; null without the extension. */
  first: Schema.NullOr(Milliseconds),
  second: Schema.NullOr(Milliseconds),
  /** What /metrics shows. */
  metrics: Schema.NullOr(Schema.String),
})

export interface Invocation extends Report {
  readonly first: number | undefined
  readonly second: number | undefined
  /** From the start of the extension's runtime, in milliseconds. */
  readonly registered: number | undefined
  readonly ready: number | undefined
  /** Of the extension's process, in MB. */
  readonly resident: number | undefined
}

const sample = (metrics: string | null, series: string, factor: number): number | undefined => {
  const line = metrics?.split("\n").find((text) => text.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1)) * factor
}

const startup = (step: string): string => `cache_extension_startup_seconds{step="${step}"}`

/** An invocation from its log and its answer. Throws if the function failed. */
export const invocationOf = (log: string, answer: string): Invocation => {
  const { first, metrics, second } = Schema.decodeUnknownSync(Answer)(JSON.parse(answer))
  return {
    ...reportIn(log),
    first: first ?? undefined,
    second: second ?? undefined,
    registered: sample(metrics, startup("registered"), 1_000),
    ready: sample(metrics, startup("ready"), 1_000),
    resident: sample(metrics, "process_resident_memory_bytes", 1e-6),
  }
}

/** A function and its invocations: each cold one is followed by warm ones. */
export interface Measured extends Subject {
  readonly cold: ReadonlyArray<Invocation>
  readonly warm: ReadonlyArray<Invocation>
}

const HEADER = [
  "runtime, MB, layer",
  "init",
  "cold duration",
  "registered",
  "ready",
  "first read",
  "second read",
  "warm duration",
  "Max Memory Used",
  "extension's memory",
]

const shown = (values: ReadonlyArray<number | undefined>): string => {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? "" : median(known).toFixed(1)
}

/** Medians, a row per function: milliseconds, and MB in the last two columns. */
export const tableOf = (all: ReadonlyArray<Measured>): string =>
  table(
    HEADER,
    all.map(({ cold, layer, memory, runtime, warm }) => [
      `${runtime}, ${memory}, ${layer}`,
      shown(cold.map(({ init }) => init)),
      shown(cold.map(({ duration }) => duration)),
      shown(cold.map(({ registered }) => registered)),
      shown(cold.map(({ ready }) => ready)),
      shown(cold.map(({ first }) => first)),
      shown(cold.map(({ second }) => second)),
      shown(warm.map(({ duration }) => duration)),
      shown([...cold, ...warm].map(({ memoryUsed }) => memoryUsed)),
      shown([...cold, ...warm].map(({ resident }) => resident)),
    ]),
  )
