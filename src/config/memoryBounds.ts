/**
 * How much of the function's memory values may take, and what is said at the start about bounds that cannot hold: a
 * function that runs out of memory is killed, and the extension with it. Pure.
 *
 * The factors come from `npm run bench:memory`; docs/performance.md has the table.
 */
import {
  BASE_MIB,
  BYTES_PER_COUNTED_BYTE,
  INIT_LIMIT,
  LEAST_DEFAULT_MAX_BYTES,
  MEMORY_PART,
  MIB,
  MOST_DEFAULT_MAX_BYTES,
} from "../domain/defaults.ts"

const DIGITS = /^[1-9]\d{0,8}$/

/** The function's memory in MiB, as AWS_LAMBDA_FUNCTION_MEMORY_SIZE says it; undefined where nothing is known of it. */
export const readMemorySize = (text: string | undefined): number | undefined =>
  text !== undefined && DIGITS.test(text) ? Number(text) : undefined

/** The default of `max_bytes`, for a function with this much memory in MiB. */
export const defaultMaxBytes = (memory: number | undefined): number =>
  memory === undefined
    ? MOST_DEFAULT_MAX_BYTES
    : Math.min(
        MOST_DEFAULT_MAX_BYTES,
        Math.max(LEAST_DEFAULT_MAX_BYTES, Math.floor((memory * MIB * MEMORY_PART) / BYTES_PER_COUNTED_BYTE)),
      )

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / MIB)} MiB`

/** What is wrong with a configured `max_bytes`, for a function with this much memory in MiB; undefined if it fits. */
export const maxBytesWarning = (
  maxBytes: number | undefined,
  memory: number | undefined,
): string | undefined => {
  if (maxBytes === undefined || memory === undefined) return undefined
  const needed = maxBytes * BYTES_PER_COUNTED_BYTE
  if (needed + BASE_MIB * MIB <= memory * MIB) return undefined
  return (
    `cache.max_bytes (${mebibytes(maxBytes)}) does not fit the function's memory (${memory} MiB): ` +
    `values up to this limit take ${mebibytes(needed)}, in addition to ${BASE_MIB} MiB for the extension itself; ` +
    `the default for this memory is ${mebibytes(defaultMaxBytes(memory))}`
  )
}

/** What is wrong with a configured `load_budget`, in milliseconds; undefined if it fits Lambda's INIT. */
export const loadBudgetWarning = (
  loadBudget: number | undefined,
  initializationType: string | undefined,
): string | undefined =>
  loadBudget === undefined || initializationType !== "on-demand" || loadBudget < INIT_LIMIT
    ? undefined
    : `cache.load_budget (${loadBudget} ms) does not fit Lambda's INIT, which ends after ${INIT_LIMIT} ms and starts again`
