/**
 * The fetches under way: at most one per key, whoever asks, and what they bring into the store.
 *
 * A fetch runs in the cache's own scope, so a caller that goes away does not cancel it for the others. Under
 * `Cache`, over `Sources`.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Fiber from "effect/Fiber"
import * as FiberMap from "effect/FiberMap"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import type { Entry, EntryKey, Value } from "../domain/Entry.ts"
import { SourceError, TooLarge } from "../domain/SourceError.ts"
import { type Around, Tracing } from "../observability/Tracing.ts"
import * as Metrics from "../observability/Metrics.ts"
import { Sources } from "../sources/Sources.ts"
import { timedOut } from "../sources/awsErrors.ts"
import { attemptTimeoutIn, type Effort } from "../sources/retry.ts"
import { afterError, afterValue, fallback, type Held, type Slot, wasFrozen } from "./Slot.ts"
import { spanOf } from "./spans.ts"
import * as Store from "./Store.ts"
import type { Purpose, Troubles } from "./Troubles.ts"

/** What a fetch brought, and whether it is kept. */
export interface Fetched {
  readonly held: Held
  readonly isStored: boolean
}

/** A fetch that a caller waits for. `isCollapsed`: somebody else had started it. */
export interface Flight {
  readonly fetched: Effect.Effect<Fetched, SourceError>
  readonly isCollapsed: boolean
}

/** A fetch insists only where no old value can be served instead. */
export interface FlightOptions extends Effort {
  readonly purpose: Purpose
  /** Nothing that it brings is kept, unless somebody else has asked for it too. Default: false. */
  readonly noStore?: boolean
}

export interface Flights {
  /** The fetch of this entry that is under way, or a new one. It goes on whether or not anybody waits for it. */
  readonly start: (entry: Entry, options: FlightOptions) => Effect.Effect<Flight>
  /** Whether fetched values are kept; at first they are. Turned off, what is held is forgotten. */
  readonly keep: (isKept: boolean) => Effect.Effect<void>
  /** Waits until no fetch is under way. */
  readonly settled: Effect.Effect<void>
}

/** Fetches that keep nothing are apart from those that do. */
type FlightKey = EntryKey | `no-store:${EntryKey}`

const keyApart = ({ key }: Entry): FlightKey => `no-store:${key}`

export interface FlightsOptions {
  readonly store: Store.Store
  /** Told of each fetch that ends. */
  readonly troubles: Troubles
  /** A value that alone is over it cannot be held. */
  readonly maxBytes: number
}

export const make = Effect.fnUntraced(function* ({ maxBytes, store, troubles }: FlightsOptions) {
  const sources = yield* Sources
  const tracing = yield* Tracing
  const flights = yield* FiberMap.make<FlightKey, Fetched, SourceError>()
  const keeps = yield* Ref.make(true)

  const keepFailure = Effect.fnUntraced(function* (entry: Entry, purpose: Purpose, error: SourceError) {
    const now = yield* Clock.currentTimeMillis
    const jitter = yield* Random.next
    yield* store.update(entry.key, (slot) => afterError(slot, error, now, jitter))
    yield* troubles.failed(entry, { error, purpose, held: store.get(entry.key).held }, now)
  })

  const hasFallback = ({ key, policy }: Entry, now: number): boolean =>
    fallback(store.get(key), now, policy) !== undefined

  /** Asks AWS, anew if a freeze came between question and answer. The age of the answer counts from the question. */
  const ask = (
    entry: Entry,
    { budget, patience, attemptTimeout = attemptTimeoutIn(budget) }: FlightOptions,
  ) =>
    Effect.gen(function* () {
      const askedAt = yield* Clock.currentTimeMillis
      const effort = { budget, attemptTimeout, patience: hasFallback(entry, askedAt) ? 0 : patience }
      const result = yield* sources.fetch(entry.address, effort, store.get(entry.key).held?.value).pipe(
        Effect.timeoutOrElse({
          duration: budget,
          orElse: () => Effect.fail(timedOut(`no answer within ${budget} ms`)),
        }),
        Effect.result,
      )
      return { askedAt, result, took: (yield* Clock.currentTimeMillis) - askedAt }
    }).pipe(Effect.repeat({ while: ({ took }) => wasFrozen(took, budget) }))

  const fetch = Effect.fnUntraced(function* (entry: Entry, options: FlightOptions) {
    const { askedAt, result } = yield* ask(entry, options)
    const value: Value = yield* Effect.fromResult(result)
    const slot = afterValue(value, value.askedAt ?? askedAt, entry.policy, yield* Random.next)
    yield* refuseTooLarge(entry, slot, maxBytes)
    return slot
  })

  const fetchAndKeep = (entry: Entry, options: FlightOptions) =>
    fetch(entry, options).pipe(
      Effect.flatMap(
        Effect.fnUntraced(function* (slot) {
          const isStored = yield* Ref.get(keeps)
          if (isStored) yield* store.update(entry.key, () => slot)
          yield* troubles.succeeded(entry, yield* Clock.currentTimeMillis)
          return { held: slot.held, isStored }
        }),
      ),
      Effect.tapError((error) => keepFailure(entry, options.purpose, error)),
    )

  const fetchOnly = (entry: Entry, options: FlightOptions): Effect.Effect<Fetched, SourceError> =>
    Effect.map(fetch(entry, options), ({ held }) => ({ held, isStored: false }))

  const underWay = (keys: ReadonlyArray<FlightKey>) =>
    Option.firstSomeOf(keys.map((key) => FiberMap.getUnsafe(flights, key)))

  /** A refresh is nobody's read: it has a span of its own. */
  const traced = (entry: Entry, { purpose }: FlightOptions): Around =>
    purpose === "refresh" ? tracing.around("refresh", spanOf(entry)) : identity

  const run = (entry: Entry, options: FlightOptions) =>
    options.noStore === true
      ? FiberMap.run(flights, keyApart(entry), fetchOnly(entry, options))
      : FiberMap.run(flights, entry.key, traced(entry, options)(fetchAndKeep(entry, options)))

  const start: Flights["start"] = (entry, options) =>
    Effect.suspend(() => {
      const keys = options.noStore === true ? [entry.key, keyApart(entry)] : [entry.key]
      const running = Option.getOrUndefined(underWay(keys))
      const isCollapsed = running !== undefined
      const flying = isCollapsed
        ? Effect.as(Metric.update(Metrics.coalescedReads, 1), running)
        : run(entry, options)
      return Effect.map(flying, (fiber) => ({ fetched: Fiber.join(fiber), isCollapsed }))
    })

  const flightsOfCache: Flights = {
    start,
    keep: (isKept) => Effect.andThen(Ref.set(keeps, isKept), isKept ? Effect.void : store.clear),
    settled: Effect.ignore(FiberMap.awaitEmpty(flights)),
  }
  return flightsOfCache
})

const refuseTooLarge = (entry: Entry, slot: Slot, maxBytes: number): Effect.Effect<void, SourceError> => {
  const weight = Store.weigh(entry.key, slot)
  if (weight <= maxBytes) return Effect.void
  const detail = `${entry.name} takes ${weight} bytes, more than all of cache.max_bytes (${maxBytes})`
  return Effect.fail(new SourceError({ reason: new TooLarge({ detail }) }))
}
