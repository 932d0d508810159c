/**
 * What the page shows at one moment: the environment's state from local Lambda, the extension's own `/ready` and
 * `/metrics`, and the calls that local AWS received.
 */
import type { Call } from "../aws/Calls.ts"
import type { EnvironmentStatus } from "./environment.ts"
import type { Readiness } from "./Readiness.ts"
import type { Sample } from "./samples.ts"

/** What the extension said when it last answered. */
export interface ExtensionReport {
  /** Epoch milliseconds. */
  readonly at: number
  /** Undefined if `/ready` does not exist or has another shape. */
  readonly readiness: Readiness | undefined
  readonly samples: ReadonlyArray<Sample>
}

export interface Snapshot {
  /** Epoch milliseconds. */
  readonly at: number
  readonly environment: EnvironmentStatus
  /** The extension's base URL. */
  readonly origin: string
  /** The last report; undefined until there is one. */
  readonly report: ExtensionReport | undefined
  /** Why the last poll failed; undefined if it succeeded. */
  readonly pollError: string | undefined
  readonly calls: ReadonlyArray<CallCount>
}

/** How often local AWS was called for one operation. */
export interface CallCount {
  readonly service: string
  readonly operation: string
  readonly count: number
  /** Arrival of the last one, in epoch milliseconds. */
  readonly last: number
}

/** Counts calls by operation, the most frequent first. */
export const countCalls = (calls: ReadonlyArray<Call>): ReadonlyArray<CallCount> => {
  const counts = new Map<string, CallCount>()
  for (const { at, operation, service } of calls) {
    const key = `${service} ${operation}`
    counts.set(key, { service, operation, count: (counts.get(key)?.count ?? 0) + 1, last: at })
  }
  return Array.from(counts.values()).sort((a, b) => b.count - a.count)
}
