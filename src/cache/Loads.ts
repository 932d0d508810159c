/**
 * The load of everything that is listed, at start-up or after a snapshot. A fetch that fails is no fault of the load:
 * its entry is tried again at its first read.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { Limits } from "../config/Plan.ts"
import type { Entry } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { Tracing } from "../observability/Tracing.ts"
import { attemptTimeoutIn } from "../sources/retry.ts"
import { Sources } from "../sources/Sources.ts"
import type { Flights } from "./Flights.ts"
import type { Usages } from "./Usages.ts"

/** An entry that the load could not fetch, and why. */
export interface LoadFailure {
  readonly entry: Entry
  readonly error: SourceError
}

export interface Loads {
  /** Fetches all entries, for `load_budget` at most, and says which of them failed. */
  readonly load: (entries: Iterable<Entry>) => Effect.Effect<ReadonlyArray<LoadFailure>>
  /** Whether a load is under way. */
  readonly isLoading: Effect.Effect<boolean>
}

export interface LoadsOptions {
  readonly flights: Flights
  readonly usages: Usages
  readonly limits: Pick<Limits, "loadBudget" | "readBudget">
}

export const make = Effect.fnUntraced(function* ({ flights, limits, usages }: LoadsOptions) {
  const sources = yield* Sources
  const tracing = yield* Tracing
  const underWay = yield* Ref.make(0)

  /** An attempt may take no longer than a read's: INIT is billed, and a call that hangs must not use up the load's budget. */
  const effort = {
    budget: limits.loadBudget,
    patience: 0,
    attemptTimeout: attemptTimeoutIn(Math.min(limits.loadBudget, limits.readBudget)),
  }

  const fetch = (entry: Entry): Effect.Effect<ReadonlyArray<LoadFailure>> =>
    flights.start(entry, { ...effort, purpose: "load" }).pipe(
      Effect.flatMap(({ fetched }) => fetched),
      Effect.match({ onSuccess: () => [], onFailure: (error) => [{ entry, error }] }),
    )

  const fetchAll = Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>) {
    const now = yield* Clock.currentTimeMillis
    for (const entry of entries) usages.noteLoad(entry, now)
    yield* sources.prepare(entries.map(({ address }) => address))
    const failures = yield* Effect.forEach(entries, fetch, { concurrency: "unbounded" })
    return failures.flat()
  })

  const load: Loads["load"] = (entries) => {
    const wanted = Array.from(entries)
    return Effect.acquireUseRelease(
      Ref.update(underWay, (loads) => loads + 1),
      () => tracing.around("load", { attributes: { "cache.entries": wanted.length } })(fetchAll(wanted)),
      () => Ref.update(underWay, (loads) => loads - 1),
    )
  }

  const loads: Loads = { load, isLoading: Effect.map(Ref.get(underWay), (count) => count > 0) }
  return loads
})
