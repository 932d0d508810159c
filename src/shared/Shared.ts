/**
 * The shared tier as the cache sees it: what the fleet knows of an entry, and whose turn it is to ask AWS.
 *
 * By default there is none. `tier.ts`, imported only if config.yaml has `shared`, makes one over a `SharedStore`. The tier
 * never fails and never waits longer than its own bound: without an answer, the read goes to AWS.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Entry, Value } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"

/** What AWS answered, and when it was asked, in epoch milliseconds by this environment's clock. */
export type Known =
  | { readonly _tag: "Value"; readonly value: Value; readonly askedAt: number }
  | { readonly _tag: "Absent"; readonly error: SourceError; readonly askedAt: number }

/** The tier for one entry. */
export interface SharedEntry {
  /** What the tier has, whatever its age. Lookups made together share a round trip. */
  readonly look: Effect.Effect<Known | undefined>
  /**
   * Whether this environment is to ask AWS. Entries that would share a batch share a lease. True also if the tier cannot
   * say. Whoever leads must call `done` in the end.
   */
  readonly lead: Effect.Effect<boolean>
  /** Waits until the tier may have something new, or the leader has gone; at most a few tens of milliseconds. */
  readonly changed: Effect.Effect<void>
  /** Writes what AWS answered, for the others. */
  readonly publish: (known: Known) => Effect.Effect<void>
  /** Gives the turn back. */
  readonly done: Effect.Effect<void>
  /** Drops what the tier has and was asked for before now. */
  readonly forget: Effect.Effect<void>
}

export interface SharedShape {
  /** Undefined if the entry is not shared. */
  readonly entry: (entry: Entry) => SharedEntry | undefined
}

export const Shared = Context.Reference<SharedShape>("cache-extension/shared/Shared", {
  defaultValue: () => ({ entry: () => undefined }),
})
