/**
 * The limits of the cache and the server, from config.yaml or the defaults, and warnings about limits beyond what Lambda
 * gives the function: if a function runs out of memory, it is killed, and the extension with it. Pure.
 *
 * The factors come from `npm run bench:memory`; docs/performance.md has the table.
 */
import * as defaults from "../domain/defaults.ts"
import type { FileFrame } from "./configFields.ts"

/** Limits of the whole cache and server. Times are in milliseconds. */
export interface Limits {
  readonly maxEntries: number
  /** The total size of keys, values and their overhead. */
  readonly maxBytes: number
  /** How long a read waits for AWS in total, including retries. */
  readonly readBudget: number
  /** How long the preload may take in total. */
  readonly loadBudget: number
  /** The shortest interval between two forced fetches of a key, by `no-cache` or DELETE. */
  readonly forcedRefreshInterval: number
  /** An entry that has not been read for this long is no longer refreshed in the background. Undefined: three ttls. */
  readonly idleRefreshLimit: number | undefined
  /** How many requests may wait at once; further ones are refused. */
  readonly maxConcurrentRequests: number
}

const DIGITS = /^[1-9]\d{0,8}$/

/** The value of AWS_LAMBDA_FUNCTION_MEMORY_SIZE, in MiB; undefined if it is not a number. */
export const readMemorySize = (text: string | undefined): number | undefined =>
  text !== undefined && DIGITS.test(text) ? Number(text) : undefined

/** The default of `max_bytes`, for a function with this much memory in MiB. */
export const defaultMaxBytes = (memory: number | undefined): number =>
  memory === undefined
    ? defaults.MOST_DEFAULT_MAX_BYTES
    : Math.min(
        defaults.MOST_DEFAULT_MAX_BYTES,
        Math.max(
          defaults.LEAST_DEFAULT_MAX_BYTES,
          Math.floor((memory * defaults.MIB * defaults.MEMORY_PART) / defaults.BYTES_PER_COUNTED_BYTE),
        ),
      )

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / defaults.MIB)} MiB`

/** The limits of a file, for a function with this much memory in MiB. */
export const makeLimits = (
  { cache = {}, server = {} }: Pick<FileFrame, "cache" | "server">,
  memory: number | undefined,
): Limits => ({
  maxEntries: cache.max_entries ?? defaults.DEFAULT_MAX_ENTRIES,
  maxBytes: cache.max_bytes ?? defaultMaxBytes(memory),
  readBudget: cache.read_budget ?? defaults.READ_BUDGET,
  loadBudget: cache.load_budget ?? defaults.LOAD_BUDGET,
  forcedRefreshInterval: cache.forced_refresh_interval ?? defaults.DEFAULT_FORCED_REFRESH_INTERVAL,
  idleRefreshLimit: cache.idle_refresh_limit,
  maxConcurrentRequests: server.max_concurrent_requests ?? defaults.DEFAULT_MAX_CONCURRENT_REQUESTS,
})

/** What is wrong with a configured `max_bytes`, for a function with this much memory in MiB; undefined if it fits. */
export const maxBytesWarning = (
  maxBytes: number | undefined,
  memory: number | undefined,
  whose = "function",
): string | undefined => {
  if (maxBytes === undefined || memory === undefined) return undefined
  const needed = maxBytes * defaults.BYTES_PER_COUNTED_BYTE
  if (needed + defaults.BASE_MIB * defaults.MIB <= memory * defaults.MIB) return undefined
  return (
    `cache.max_bytes (${mebibytes(maxBytes)}) does not fit the ${whose}'s memory (${memory} MiB): ` +
    `values up to this limit take ${mebibytes(needed)}, in addition to ${defaults.BASE_MIB} MiB for the extension itself; ` +
    `the default for this memory is ${mebibytes(defaultMaxBytes(memory))}`
  )
}

/** What is wrong with a configured `load_budget`, in milliseconds; undefined if it fits Lambda's INIT. */
const loadBudgetWarning = (
  loadBudget: number | undefined,
  initializationType: string | undefined,
): string | undefined =>
  loadBudget === undefined || initializationType !== "on-demand" || loadBudget < defaults.INIT_LIMIT
    ? undefined
    : `cache.load_budget (${loadBudget} ms) does not fit Lambda's INIT, which ends after ${defaults.INIT_LIMIT} ms and starts again`

/** Warnings about limits in config.yaml that do not fit this function. */
export const limitWarnings = (
  cache: NonNullable<FileFrame["cache"]>,
  {
    initializationType,
    isAgent = false,
    memory,
  }: {
    readonly initializationType?: string | undefined
    readonly isAgent?: boolean
    readonly memory?: number | undefined
  },
): ReadonlyArray<string> =>
  [
    maxBytesWarning(cache.max_bytes, memory, isAgent ? "container" : "function"),
    loadBudgetWarning(cache.load_budget, initializationType),
  ].filter((warning) => warning !== undefined)
