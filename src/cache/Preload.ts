/**
 * The preload: fetches everything listed, at start-up or after a snapshot. A failed fetch does not fail the preload,
 * because the entry is fetched again at its first read.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { Limits } from "../config/limits.ts"
import type { Entry } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { Tracing } from "../observability/Tracing.ts"
import { attemptTimeoutIn } from "../domain/defaults.ts"
import { Sources } from "../sources/Sources.ts"
import type { SingleFlight } from "./SingleFlight.ts"
import type { Usages } from "./Usages.ts"

/** An entry that the load could not fetch, and why. */
export interface LoadFailure {
  readonly entry: Entry
  readonly error: SourceError
}

export interface Preload {
  /** Fetches all entries within `load_budget` and returns those that failed. */
  readonly load: (entries: Iterable<Entry>) => Effect.Effect<ReadonlyArray<LoadFailure>>
  /** Whether a load is under way. */
  readonly isLoading: Effect.Effect<boolean>
}

interface PreloadOptions {
  readonly singleFlight: SingleFlight
  readonly usages: Usages
  readonly limits: Pick<Limits, "loadBudget" | "readBudget">
}

export const make = Effect.fnUntraced(function* ({ singleFlight, limits, usages }: PreloadOptions) {
  const sources = yield* Sources
  const tracing = yield* Tracing
  const underWay = yield* Ref.make(0)

  /** An attempt takes no longer than a read's: INIT is billed, and one hanging call must not use up the budget. */
  const effort = {
    budget: limits.loadBudget,
    retryFor: 0,
    attemptTimeout: attemptTimeoutIn(Math.min(limits.loadBudget, limits.readBudget)),
  }

  const fetch = (entry: Entry): Effect.Effect<ReadonlyArray<LoadFailure>> =>
    singleFlight.start(entry, { ...effort, purpose: "load" }).pipe(
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

  const load: Preload["load"] = (entries) => {
    const wanted = Array.from(entries)
    return Effect.acquireUseRelease(
      Ref.update(underWay, (count) => count + 1),
      () => tracing.around("load", { attributes: { "cache.entries": wanted.length } })(fetchAll(wanted)),
      () => Ref.update(underWay, (count) => count - 1),
    )
  }

  const preload: Preload = { load, isLoading: Effect.map(Ref.get(underWay), (count) => count > 0) }
  return preload
})
