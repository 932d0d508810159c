/**
 * A source fetches the values of one kind. Each kind has one, which `Sources` calls.
 *
 * It fetches a batch of addresses in as few calls as the service allows, and reports a result for each address. `Sources`
 * decides about retries, the splitting of failed batches, and concurrency.
 */
import type * as Effect from "effect/Effect"
import type { NonEmptyReadonlyArray } from "effect/Array"
import type * as Result from "effect/Result"
import type { AddressOf, Kind } from "../domain/Address.ts"
import type { Value } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"

/** The result for one address. */
export type Fetched = Result.Result<Value, SourceError>

/** Runs a call with a time limit and the retries that its failure allows. */
export type Attempt = <A>(call: Effect.Effect<A, SourceError>) => Effect.Effect<A, SourceError>

/** How a fetch of several calls reports while it runs. */
export interface Rounds {
  /** Sets the final result of the address at this index. */
  readonly settle: (index: number, fetched: Fetched) => void
  /** Reports that a call has returned something, although no address is complete yet. */
  readonly moved: () => void
  /** Whether anybody still waits for an address; checked before each further call. */
  readonly isWanted: () => boolean
}

/** For a fetch whose progress nobody observes. */
export const UNOBSERVED: Rounds = { settle: () => {}, moved: () => {}, isWanted: () => true }

export interface Source<K extends Kind> {
  readonly kind: K
  /** The maximum number of addresses in one call. */
  readonly batchSize: number
  /** Addresses in the same group may share a call. The region, for instance, is part of the group. */
  readonly groupOf: (address: AddressOf<K>) => string
  /**
   * What answers the calls for an address, if a service has more than one: while it does not answer, others may. Default:
   * region and role.
   */
  readonly circuitOf?: (address: AddressOf<K>) => string
  /**
   * Fetches one to `batchSize` addresses of one group. Returns one result per address, in order; those already reported to
   * `rounds` may be missing. Fails if the whole call failed. Every call that may be retried by itself goes through
   * `attempt`. `held` is the cached value of each address, for services that can report whether it has changed. If several
   * calls are needed, each is an attempt, and `rounds` is informed after each.
   */
  readonly fetch: (
    addresses: NonEmptyReadonlyArray<AddressOf<K>>,
    attempt: Attempt,
    held: ReadonlyArray<Value | undefined>,
    rounds: Rounds,
  ) => Effect.Effect<ReadonlyArray<Fetched>, SourceError>
}
