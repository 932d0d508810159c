/**
 * The shared tier's store in memory, as strict as `SharedStore` demands, and with the faults of real ones: it fails, hangs,
 * loses writes, answers rubbish, has a clock of its own.
 *
 * Several environments of a test share one. Nothing here waits: a store that hangs is one whose answer never comes.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type RecordToWrite, type SharedStore, StoreError } from "../../src/shared/SharedStore.ts"

/**
 * - `fails`: every operation is refused.
 * - `hangs`: no answer comes, and nothing is done.
 * - `loses-answers`: everything is done, but no answer comes.
 * - `refuses-writes`: it is full.
 * - `forgets`: it evicts every record and lease at once.
 * - `rubbish`: its records have been written by something else.
 */
export type StoreFault = "fails" | "hangs" | "loses-answers" | "refuses-writes" | "forgets" | "rubbish"

export interface StoreCall {
  readonly operation: "read" | "write" | "acquire" | "release"
  readonly keys: ReadonlyArray<string>
}

interface HeldLease {
  readonly owner: string
  readonly until: number
}

/** `clockOffset`: how far its clock is ahead. `isClockTold`: whether replies say the time. */
export interface MemoryStoreOptions {
  readonly clockOffset?: number
  readonly isClockTold?: boolean
  readonly clockError?: number
  /** Epoch milliseconds. Default: the clock of the test. */
  readonly now?: Effect.Effect<number>
}

const RUBBISH = '{"not":"a record"'

export const makeSharedStore = ({
  clockError = 0,
  clockOffset = 0,
  isClockTold = true,
  now: trueNow = Clock.currentTimeMillis,
}: MemoryStoreOptions = {}) => {
  const records = new Map<string, RecordToWrite>()
  const leases = new Map<string, HeldLease>()
  const calls: Array<StoreCall> = []
  let fault: StoreFault | undefined
  let isConnected = true

  const now = Effect.map(trueNow, (time) => time + clockOffset)

  const isHeld = (key: string, at: number) => (leases.get(key)?.until ?? -Infinity) > at

  const operation = <A>(call: StoreCall, perform: (at: number) => A): Effect.Effect<A, StoreError> =>
    Effect.flatMap(now, (at) => {
      calls.push(call)
      switch (fault) {
        case "fails":
          return Effect.fail(new StoreError({ detail: "the store is down" }))
        case "hangs":
          return Effect.never
        case "loses-answers":
          perform(at)
          return Effect.never
        case "refuses-writes":
          return call.operation === "write"
            ? Effect.fail(new StoreError({ detail: "the store is full" }))
            : Effect.succeed(perform(at))
        case "forgets":
          records.clear()
          leases.clear()
          return Effect.succeed(perform(at))
        case "rubbish":
        case undefined:
          return Effect.succeed(perform(at))
      }
    })

  const recordAt = (key: string, at: number) => {
    const record = records.get(key)
    if (record === undefined || record.expiresAt <= at) return undefined
    return { askedAt: record.askedAt, body: fault === "rubbish" ? RUBBISH : record.body }
  }

  const store: SharedStore = {
    isConnected: Effect.sync(() => isConnected),
    clockError,
    read: ({ keys, leases: wanted }) =>
      operation({ operation: "read", keys: [...keys, ...wanted] }, (at) => ({
        records: keys.map((key) => recordAt(key, at)),
        isHeld: wanted.map((key) => isHeld(key, at)),
        now: isClockTold ? at : undefined,
      })),
    write: (written) =>
      operation({ operation: "write", keys: written.map(({ key }) => key) }, (at) => {
        for (const record of written) {
          const before = records.get(record.key)
          const isNewer = before === undefined || before.expiresAt <= at || before.askedAt < record.askedAt
          if (isNewer) records.set(record.key, record)
        }
      }),
    acquire: ({ key, owner }, milliseconds) =>
      operation({ operation: "acquire", keys: [key] }, (at) => {
        if (isHeld(key, at) && leases.get(key)?.owner !== owner) return false
        leases.set(key, { owner, until: at + milliseconds })
        return true
      }),
    release: ({ key, owner }) =>
      operation({ operation: "release", keys: [key] }, () => {
        if (leases.get(key)?.owner === owner) leases.delete(key)
      }),
  }

  return {
    store,
    records,
    leases,
    /** Every operation, in order. */
    calls,
    callsOf: (wanted: StoreCall["operation"]) => calls.filter(({ operation }) => operation === wanted),
    /** Undefined: it works again. */
    setFault: (next: StoreFault | undefined) => {
      fault = next
    },
    setConnected: (next: boolean) => {
      isConnected = next
    },
    setClockOffset: (next: number) => {
      clockOffset = next
    },
    clear: () => {
      records.clear()
      leases.clear()
    },
  }
}

export type MemoryStore = ReturnType<typeof makeSharedStore>
