/**
 * The log line at the end of the preload. The Go sample always writes `Cache successfully loaded`, even if it has loaded
 * nothing, and scripts may wait for that line. So every successful start logs a line that begins with these words. A
 * preload that failed in part has another line. `lambda/Lifecycle.ts` logs it.
 */
import * as Effect from "effect/Effect"
import { quoteText } from "../config/yaml/ConfigInvalid.ts"
import type { LoadFailure } from "./Preload.ts"

interface LoadOutcome {
  /** How many entries config.yaml lists. */
  readonly listed: number
  /** Those that could not be loaded; undefined if nothing has been loaded yet. */
  readonly failures: ReadonlyArray<LoadFailure> | undefined
  /** Whether the entries are loaded later, when a snapshot is restored. */
  readonly isSnapshot?: boolean
}

interface LoadLine {
  readonly line: string
  readonly isWarning: boolean
}

const LOADED = "Cache successfully loaded"

/** How many failed entries the line names. */
const MAX_NAMED = 10

const namesOf = (failures: ReadonlyArray<LoadFailure>): string => {
  const names = failures
    .slice(0, MAX_NAMED)
    .map(({ entry: { address, name } }) => `${address.kind} ${quoteText(name)}`)
  const rest = failures.length - names.length
  return [...names, ...(rest > 0 ? [`and ${rest} more`] : [])].join(", ")
}

/** The line to log, and whether it is a warning. */
export const loadLine = ({ failures, isSnapshot = false, listed }: LoadOutcome): LoadLine => {
  if (listed === 0) return { line: `${LOADED}: config.yaml lists nothing`, isWarning: false }
  if (failures === undefined) {
    const count = listed === 1 ? "1 name" : `${listed} names`
    const then = isSnapshot
      ? "values follow at the first invoke after the snapshot"
      : "values follow at their first read"
    return { line: `${LOADED}: ${count}; ${then}`, isWarning: false }
  }
  if (failures.length === 0) return { line: LOADED, isWarning: false }
  const count = `${listed - failures.length} of ${listed}`
  return { line: `Cache loaded ${count}; not loaded: ${namesOf(failures)}`, isWarning: true }
}

/** The line about what AWS's AppConfig agent would have prefetched. */
export const prefetchLine = ({
  failures,
  listed,
}: {
  readonly listed: number
  readonly failures: ReadonlyArray<LoadFailure>
}): LoadLine => {
  const count = `${listed - failures.length} of ${listed} in AWS_APPCONFIG_EXTENSION_PREFETCH_LIST`
  return failures.length === 0
    ? { line: `Prefetched ${count}`, isWarning: false }
    : { line: `Prefetched ${count}; not loaded: ${namesOf(failures)}`, isWarning: true }
}

const write = ({ isWarning, line }: LoadLine): Effect.Effect<void> =>
  isWarning ? Effect.logWarning(line) : Effect.logInfo(line)

export const logPrefetch = (outcome: Parameters<typeof prefetchLine>[0]): Effect.Effect<void> =>
  write(prefetchLine(outcome))

export const logLoad = (outcome: LoadOutcome): Effect.Effect<void> => write(loadLine(outcome))
