/**
 * The record of calls in order of arrival, and a way to wait for a call without polling.
 *
 * `AwsEmulator` records a call before it answers or applies a fault. Tests and the page read the record.
 */
import * as Effect from "effect/Effect"
import { type Service } from "./protocol.ts"

export interface Call {
  readonly service: Service
  readonly operation: string
  readonly region: string
  /** Parameter names and paths, secret ids, roles to assume, tables and items, configurations (see `namesOf` in answer.ts). */
  readonly names: ReadonlyArray<string>
  /** Epoch milliseconds of the arrival. */
  readonly at: number
  readonly accessKeyId: string
  /** The ARN of the assumed role; absent if the credentials did not come from local STS. */
  readonly role?: string
  /** Only present if the call was refused because it was beyond the quota (see Quota.ts). */
  readonly isThrottled?: true
}

export interface CallCount {
  readonly made: number
  /** How many of them were beyond the quota. */
  readonly throttled: number
}

export interface Calls {
  /** The recorded calls, oldest first. Only the last 10,000 are kept. */
  readonly all: Effect.Effect<ReadonlyArray<Call>>
  /** Waits for the next matching call from now on. */
  readonly next: (matches: (call: Call) => boolean) => Effect.Effect<Call>
  /** The first `count` (default 1) matching calls, recorded ones included. Waits until there are that many. */
  readonly until: (matches: (call: Call) => boolean, count?: number) => Effect.Effect<ReadonlyArray<Call>>
  /** How many calls a service has had since the last `clear`, also those that are no longer kept. */
  readonly countOf: (service: Service) => Effect.Effect<CallCount>
  /** Empties the record. Waiters keep waiting. */
  readonly clear: Effect.Effect<void>
}

const MAX_CALLS = 10_000

/** An empty record, and the function that adds to it. */
export const makeCalls = (): { readonly calls: Calls; readonly record: (call: Call) => void } => {
  let recorded: Array<Call> = []
  const counts = new Map<Service, CallCount>()
  const counted = (service: Service): CallCount => counts.get(service) ?? { made: 0, throttled: 0 }
  const listeners = new Set<(call: Call) => void>()

  const record = (call: Call) => {
    recorded.push(call)
    const { made, throttled } = counted(call.service)
    counts.set(call.service, { made: made + 1, throttled: throttled + (call.isThrottled === true ? 1 : 0) })
    if (recorded.length > 2 * MAX_CALLS) recorded = recorded.slice(-MAX_CALLS)
    for (const listener of listeners) listener(call)
  }

  const collect = (
    matches: (call: Call) => boolean,
    count: number,
    already: () => ReadonlyArray<Call>,
  ): Effect.Effect<ReadonlyArray<Call>> =>
    Effect.callback((resume) => {
      const found = already().filter(matches).slice(0, count)
      if (found.length === count) {
        resume(Effect.succeed(found))
        return
      }
      const listener = (call: Call) => {
        if (!matches(call)) return
        found.push(call)
        if (found.length < count) return
        listeners.delete(listener)
        resume(Effect.succeed(found))
      }
      listeners.add(listener)
      return Effect.sync(() => listeners.delete(listener))
    })

  return {
    record,
    calls: {
      all: Effect.sync(() => recorded.slice(-MAX_CALLS)),
      next: (matches) =>
        collect(matches, 1, () => []).pipe(
          Effect.flatMap(([call]) => (call === undefined ? Effect.never : Effect.succeed(call))),
        ),
      until: (matches, count = 1) => collect(matches, count, () => recorded),
      countOf: (service) => Effect.sync(() => counted(service)),
      clear: Effect.sync(() => {
        recorded = []
        counts.clear()
      }),
    },
  }
}
