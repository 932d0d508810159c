/**
 * A source fetches the values of one kind. Each kind has one, which `Sources` calls.
 *
 * It fetches a batch of addresses in as few calls as the service allows and says for each of them what came of it. When to retry, splitting of failed batches and concurrency are the business of `Sources`.
 */
import type * as Effect from "effect/Effect"
import type { NonEmptyReadonlyArray } from "effect/Array"
import type * as Result from "effect/Result"
import type { AddressOf, Kind } from "../domain/Address.ts"
import type { Value } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"

/** What became of one address. */
export type Fetched = Result.Result<Value, SourceError>

/** One try to get an answer: within its time, with the retries that its failures deserve. */
export type Attempt = <A>(call: Effect.Effect<A, SourceError>) => Effect.Effect<A, SourceError>

/** What a fetch of several calls says while it is under way. */
export interface Rounds {
  /** The result of the address at this index. It is final, whatever happens to the others. */
  readonly settle: (index: number, fetched: Fetched) => void
  /** A call has brought something, but no address is complete yet. */
  readonly moved: () => void
  /** Whether anybody still waits for one of the addresses; checked before each further call. */
  readonly isWanted: () => boolean
}

/** For a fetch whose progress nobody follows. */
export const UNSEEN: Rounds = { settle: () => {}, moved: () => {}, isWanted: () => true }

export interface Source<K extends Kind> {
  readonly kind: K
  /** The most addresses that go into one call. */
  readonly batchSize: number
  /** Addresses of the same group may share a call: the same region, for instance. */
  readonly groupOf: (address: AddressOf<K>) => string
  /**
   * Fetches one to `batchSize` addresses of one group: one result for each, in their order, unless `rounds` was told of
   * them. Fails when the call as a whole failed. What is to be tried again as one goes through `attempt`. `held` is what the cache has of
   * each address, for a service that can be asked whether it has changed. Where it takes several calls, each is an
   * attempt of its own, and `rounds` is told what they bring.
   */
  readonly fetch: (
    addresses: NonEmptyReadonlyArray<AddressOf<K>>,
    attempt: Attempt,
    held: ReadonlyArray<Value | undefined>,
    rounds: Rounds,
  ) => Effect.Effect<ReadonlyArray<Fetched>, SourceError>
}
