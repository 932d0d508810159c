/**
 * The shared tier as the cache sees it: what the fleet knows of an entry, and whose turn it is to ask AWS.
 *
 * By default there is no tier. `tier.ts`, imported only if config.yaml has `shared`, makes one over a `SharedStore`. The tier
 * never fails and never waits longer than its time limit: without an answer, the read goes to AWS.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Entry, Value } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"

/** What AWS answered, and when it was asked, in epoch milliseconds by this environment's clock. */
export type Known =
  | { readonly _tag: "Value"; readonly value: Value; readonly askedAt: number }
  | { readonly _tag: "Absent"; readonly error: SourceError; readonly askedAt: number }

export interface Look {
  /** What the tier has, whatever its age. Undefined: nothing, or the tier gave no answer. */
  readonly known: Known | undefined
  /** Whether another environment is asking AWS for this entry at the moment. */
  readonly isLed: boolean
}

/** The turn to ask AWS, which other environments wait for. Whoever has one must call `done` in the end. */
export interface Turn {
  readonly done: Effect.Effect<void>
}

/** The turn of whoever asks without the tier's leave: nobody waits for it. */
export const ALONE: Turn = { done: Effect.void }

/** The tier for one entry. */
export interface SharedEntry {
  /** Whether the tier answered the last time that it was asked. */
  readonly isAnswering: () => boolean
  /** A cheap first look, which may miss the latest writes. Reads that start together share a round trip. */
  readonly glance: Effect.Effect<Known | undefined>
  /** What the tier has now, and whether another environment is asking AWS. */
  readonly look: Effect.Effect<Look>
  /** The latest answer that any function of the namespace has written. The holder of the turn looks before it asks AWS. */
  readonly confirm: Effect.Effect<Known | undefined>
  /**
   * Takes the turn to ask AWS, or gives undefined if another environment has it. Entries of a batch share a turn. `lease`: how
   * long others wait if this environment dies, in milliseconds; it is prolonged until `done`. If the tier cannot say whose
   * turn it is, it is this environment's.
   */
  readonly lead: (lease: number) => Effect.Effect<Turn | undefined>
  /** Waits until it is worth looking again: 10 to 200 ms. */
  readonly changed: Effect.Effect<void>
  /** Writes what AWS answered, for the others. */
  readonly publish: (known: Known) => Effect.Effect<void>
  /** Drops all answers for which AWS was asked before now. */
  readonly forget: Effect.Effect<void>
  /** The other entries of the same pack, which share the turn. */
  readonly siblings: ReadonlyArray<Entry>
}

/** Why the tier does not answer, and since when, in epoch milliseconds. */
export interface Failure {
  readonly since: number
  readonly error: SourceError
}

/** `unused`: no operation has ended yet. */
export type SharedStatus =
  | { readonly state: "unused" | "answering" }
  | { readonly state: "failing"; readonly failure: Failure }

export interface SharedShape {
  /** Whether the store answers, for operators. Reads do not depend on it. */
  readonly status: () => SharedStatus
  /** Undefined if the entry is not shared. */
  readonly entry: (entry: Entry) => SharedEntry | undefined
}

/** Undefined: nothing is shared. */
export const Shared = Context.Reference<SharedShape | undefined>("cache-extension/shared/Shared", {
  defaultValue: () => undefined,
})
