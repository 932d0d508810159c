/**
 * What the page shows at one moment: the environment by local Lambda, the extension by its own `/ready` and `/metrics`, and
 * the calls by local AWS's own record.
 */
import type { Call } from "../aws/Calls.ts"
import type { EnvironmentLife } from "./environment.ts"
import type { Readiness } from "./Readiness.ts"
import type { Sample } from "./samples.ts"

/** What the extension said when it last answered. */
export interface Answered {
  /** Epoch milliseconds. */
  readonly at: number
  /** Undefined where it has no such route, or says something else there. */
  readonly readiness: Readiness | undefined
  readonly samples: ReadonlyArray<Sample>
}

export interface Snapshot {
  /** Epoch milliseconds. */
  readonly at: number
  readonly environment: EnvironmentLife
  /** Where the extension is asked. */
  readonly origin: string
  /** Undefined until it has answered. */
  readonly answered: Answered | undefined
  /** Why the last question was not answered; undefined where it was. */
  readonly silence: string | undefined
  readonly calls: ReadonlyArray<CallCount>
}

/** Calls of one operation that reached local AWS. */
export interface CallCount {
  readonly service: string
  readonly operation: string
  readonly count: number
  /** When the last one arrived, in epoch milliseconds. */
  readonly last: number
}

/** The record summed up, the most frequent first. */
export const countCalls = (calls: ReadonlyArray<Call>): ReadonlyArray<CallCount> => {
  const counts = new Map<string, CallCount>()
  for (const { at, operation, service } of calls) {
    const key = `${service} ${operation}`
    counts.set(key, { service, operation, count: (counts.get(key)?.count ?? 0) + 1, last: at })
  }
  return Array.from(counts.values()).sort((a, b) => b.count - a.count)
}
