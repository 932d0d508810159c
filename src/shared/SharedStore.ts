/**
 * An engine that keeps records for a fleet: a DynamoDB table, or Valkey or Redis. `stores/` has one file for each.
 *
 * It knows neither entries nor policies: `tier.ts` decides what a record is good for. It makes no retries, because a read
 * would rather go to AWS than wait.
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"

/** What is stored under a key. */
export interface StoredRecord {
  /** When AWS was asked for it, in epoch milliseconds by the store's clock. A record never replaces a later one. A pack has its version here. */
  readonly askedAt: number
  /** Sealed if the namespace is encrypted. */
  readonly body: string
}

export interface RecordToWrite extends StoredRecord {
  readonly key: string
  /** From when on nobody needs it, in epoch milliseconds by the store's clock. The store may drop it then. */
  readonly expiresAt: number
}

export interface Lease {
  readonly key: string
  /** A random text that tells this holder from all others. */
  readonly owner: string
}

export interface StoreReply {
  /** In the order of the keys; undefined for a key that is not there. */
  readonly records: ReadonlyArray<StoredRecord | undefined>
  /** Whether each lease is held by anybody, in the order of the keys. */
  readonly isHeld: ReadonlyArray<boolean>
  /** The store's clock at the reply, in epoch milliseconds; undefined if it does not tell. */
  readonly now: number | undefined
}

/** The store failed, refused, or sent a malformed reply. `detail` contains no key and no value. */
export class StoreError extends Data.TaggedError("StoreError")<{ readonly detail: string }> {}

export interface SharedStore {
  /** False if the next operation must first load a client or open a connection, which takes longer. */
  readonly isConnected: Effect.Effect<boolean>
  /** How far `now` may be off, in milliseconds. */
  readonly clockError: number
  /** Reads records and leases in one round trip, or one per hundred keys. */
  readonly read: (request: {
    readonly keys: ReadonlyArray<string>
    readonly leases: ReadonlyArray<string>
  }) => Effect.Effect<StoreReply, StoreError>
  /** Writes each record unless the store has one with a later or equal `askedAt`. */
  readonly write: (records: NonEmptyReadonlyArray<RecordToWrite>) => Effect.Effect<void, StoreError>
  /**
   * Takes a lease for so many milliseconds from now. False if another holder has it. The same holder may take it again, which
   * prolongs it.
   */
  readonly acquire: (lease: Lease, milliseconds: number) => Effect.Effect<boolean, StoreError>
  /** Gives a lease up. Does nothing if its time has passed and another holder has it. */
  readonly release: (lease: Lease) => Effect.Effect<void, StoreError>
}
