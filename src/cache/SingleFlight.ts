/**
 * The fetches under way: at most one per key, whoever asks. What they bring goes into the store. Under `Cache`, over `Sources`.
 *
 * A fetch runs in the cache's own scope, so a caller that leaves does not cancel it for the others. It ends when nothing
 * has come for its budget. While pages or rounds still come, it continues after reads have given up on it.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import type { Entry, EntryKey, Value } from "../domain/Entry.ts"
import { SourceError, TooLarge } from "../domain/SourceError.ts"
import { type Around, Tracing } from "../observability/Tracing.ts"
import * as Metrics from "../observability/Metrics.ts"
import { Sources } from "../sources/Sources.ts"
import { timedOut } from "../aws/awsErrors.ts"
import * as Progress from "../sources/Progress.ts"
import { attemptTimeoutIn } from "../domain/defaults.ts"
import { type Effort } from "../sources/retry.ts"
import { afterError, afterValue, fallback, type Held, type Slot, wasFrozen } from "./Slot.ts"
import * as GuessLimiter from "./GuessLimiter.ts"
import { spanOf } from "./spans.ts"
import * as Store from "./Store.ts"
import type { Purpose, FailureLog } from "./FailureLog.ts"

/** What a fetch brought, and whether it is kept. */
export interface Fetched {
  readonly held: Held
  readonly isStored: boolean
}

/** A fetch that a caller waits for. */
export interface Flight {
  /**
   * What it brings. The caller waits for its own budget, or for what is left of the fetch's if that is longer. If another
   * caller has already given up on the fetch and there is an old value to serve, it does not wait.
   */
  readonly fetched: Effect.Effect<Fetched, SourceError>
  /** Somebody else had started it. */
  readonly isCollapsed: boolean
}

/** A fetch under way. */
interface InFlight {
  readonly fiber: Fiber.Fiber<Fetched, SourceError>
  /** In epoch milliseconds. */
  readonly begunAt: number
  /** In milliseconds. */
  readonly budget: number
  /** A caller has given up on it, and it continues. */
  isOverdue: boolean
}

/** How much of a fetch's budget is left. A clock that was set back does not prolong it. */
const leftOf = ({ begunAt, budget }: InFlight, now: number): number =>
  Math.min(budget, begunAt + budget - now)

/** A fetch insists only where no old value can be served instead. */
export interface FlightOptions extends Effort {
  readonly purpose: Purpose
  /** What it brings is not kept, unless another caller has asked for it too. Default: false. */
  readonly noStore?: boolean
}

export interface SingleFlight {
  /** The fetch of this entry that is under way, or a new one. It continues whether or not anybody waits for it. */
  readonly start: (entry: Entry, options: FlightOptions) => Effect.Effect<Flight>
  /** Whether fetched values are kept; at first they are. Turned off, what is held is forgotten. */
  readonly keep: (isKept: boolean) => Effect.Effect<void>
  /** Waits until no fetch is under way. */
  readonly settled: Effect.Effect<void>
}

/** A caller waits this much longer, in milliseconds, so that a fetch with the same budget can end first and say why. */
export const AFTER_THE_END = 1

/** Fetches whose result is not kept are separate from those whose result is. */
type FlightKey = EntryKey | `no-store:${EntryKey}`

const keyApart = ({ key }: Entry): FlightKey => `no-store:${key}`

interface SingleFlightOptions {
  readonly store: Store.Store
  /** Told of each fetch that ends. */
  readonly failureLog: FailureLog
  /** A value that exceeds it by itself is refused. */
  readonly maxBytes: number
}

export const make = Effect.fnUntraced(function* ({ maxBytes, store, failureLog }: SingleFlightOptions) {
  const sources = yield* Sources
  const tracing = yield* Tracing
  const clock = yield* Clock.Clock
  const fibers = yield* FiberSet.make<Fetched, SourceError>()
  const inFlight = new Map<FlightKey, InFlight>()
  const keeps = yield* Ref.make(true)
  const guessLimiter = GuessLimiter.make()

  const keepFailure = Effect.fnUntraced(function* (entry: Entry, purpose: Purpose, error: SourceError) {
    const now = yield* Clock.currentTimeMillis
    const jitter = yield* Random.next
    yield* store.update(entry.key, (slot) => afterError(slot, error, now, jitter))
    yield* failureLog.failed(entry, { error, purpose, held: store.get(entry.key).held }, now)
  })

  const hasFallback = ({ key, policy }: Entry, now: number): boolean =>
    fallback(store.get(key), now, policy) !== undefined

  const ask = Effect.fnUntraced(function* (
    entry: Entry,
    { budget, retryFor, attemptTimeout = attemptTimeoutIn(budget) }: FlightOptions,
  ) {
    const progress = yield* Progress.make
    const begun = yield* Clock.currentTimeMillis
    const effort = { budget, attemptTimeout, retryFor: hasFallback(entry, begun) ? 0 : retryFor, progress }
    const orElse = () => timedOut(`no answer within ${budget} ms`)
    const result = yield* sources
      .fetch(entry.address, effort, store.get(entry.key).held?.value)
      .pipe(Progress.untilSilent({ progress, budget, orElse }), Effect.result)
    const now = yield* Clock.currentTimeMillis
    return {
      begun,
      result,
      hasFrozen: wasFrozen(progress.longestSilence(), budget),
      hasJustFrozen: wasFrozen(now - progress.silentSince(), budget),
      isOfSeveralCalls: progress.signs() > 0,
    }
  })

  const keepValue = Effect.fnUntraced(function* (entry: Entry, slot: Slot) {
    const isStored = yield* Ref.get(keeps)
    if (isStored) yield* store.update(entry.key, () => slot)
    return isStored
  })

  /**
   * Asks AWS, and once more if a freeze came between call and reply. The age of the value counts from the call. If the fetch took
   * several calls, a freeze affects only the age: the value is kept, and fetched again if it is too old.
   */
  const fetch = Effect.fnUntraced(function* (entry: Entry, options: FlightOptions) {
    for (;;) {
      const { begun, hasFrozen, hasJustFrozen, isOfSeveralCalls, result } = yield* ask(entry, options)
      if (hasJustFrozen && (Result.isFailure(result) || !isOfSeveralCalls)) continue
      const value: Value = yield* Effect.fromResult(result)
      const askedAt = value.askedAt ?? begun
      const slot = afterValue(value, askedAt, entry.policy, yield* Random.next)
      yield* refuseTooLarge(entry, slot, maxBytes)
      const age = (yield* Clock.currentTimeMillis) - askedAt
      if (!hasFrozen || age <= entry.policy.ttl || !wasFrozen(age, options.budget)) return slot
      if (options.noStore !== true) yield* keepValue(entry, slot)
    }
  })

  const fetchAndKeep = (entry: Entry, options: FlightOptions) =>
    fetch(entry, options).pipe(
      Effect.flatMap(
        Effect.fnUntraced(function* (slot) {
          const isStored = yield* keepValue(entry, slot)
          yield* failureLog.succeeded(entry, yield* Clock.currentTimeMillis)
          return { held: slot.held, isStored }
        }),
      ),
      Effect.tapError((error) => keepFailure(entry, options.purpose, error)),
    )

  const fetchOnly = (entry: Entry, options: FlightOptions): Effect.Effect<Fetched, SourceError> =>
    Effect.map(fetch(entry, options), ({ held }) => ({ held, isStored: false }))

  /** A refresh belongs to no read, so it has a span of its own. */
  const traced = (entry: Entry, { purpose }: FlightOptions): Around =>
    purpose === "refresh" ? tracing.around("refresh", spanOf(entry)) : identity

  /** How a fetch of an entry goes, and what it is known by meanwhile. */
  const plannedFor = (entry: Entry, options: FlightOptions) => {
    const [key, fetching] =
      options.noStore === true
        ? ([keyApart(entry), fetchOnly(entry, options)] as const)
        : ([entry.key, traced(entry, options)(fetchAndKeep(entry, options))] as const)
    const isGuess = entry.listedAs !== undefined && store.get(entry.key).held === undefined
    return { key, fetching: isGuess ? guessLimiter.bounded(entry.listedAs)(fetching) : fetching }
  }

  /** The fetch under way, or a new one: decided and begun in one step, as two of them would be one too many. */
  const join = (entry: Entry, options: FlightOptions) =>
    Effect.map(FiberSet.runtime(fibers)(), (fork) => {
      const keys = options.noStore === true ? [entry.key, keyApart(entry)] : [entry.key]
      const running = keys.map((key) => inFlight.get(key)).find((flight) => flight !== undefined)
      if (running !== undefined) return { flight: running, isCollapsed: true }
      const { fetching, key } = plannedFor(entry, options)
      const begunAt = clock.currentTimeMillisUnsafe()
      const flight: InFlight = { fiber: fork(fetching), begunAt, budget: options.budget, isOverdue: false }
      inFlight.set(key, flight)
      flight.fiber.addObserver(() => inFlight.delete(key))
      return { flight, isCollapsed: false }
    })

  const goesOn = (detail: string) => Effect.fail(timedOut(`${detail}; the rest is still being fetched`))

  /** Waits for a fetch as long as this caller may. After that the fetch continues without it. */
  const waitFor = (flight: InFlight, entry: Entry, budget: number) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      flight.isOverdue && hasFallback(entry, now)
        ? goesOn("the answer is not complete yet")
        : Effect.timeoutOrElse(Fiber.join(flight.fiber), {
            duration: Math.max(budget, leftOf(flight, now)) + AFTER_THE_END,
            orElse: () => {
              flight.isOverdue = true
              return goesOn(`the answer was not complete within ${budget} ms`)
            },
          }),
    )

  const start: SingleFlight["start"] = Effect.fnUntraced(function* (entry, options) {
    const { flight, isCollapsed } = yield* join(entry, options)
    if (isCollapsed) yield* Metric.update(Metrics.coalescedReads, 1)
    return { fetched: waitFor(flight, entry, options.budget), isCollapsed }
  })

  const singleFlight: SingleFlight = {
    start,
    keep: (isKept) => Effect.andThen(Ref.set(keeps, isKept), isKept ? Effect.void : store.clear),
    settled: Effect.ignore(FiberSet.awaitEmpty(fibers)),
  }
  return singleFlight
})

const refuseTooLarge = (entry: Entry, slot: Slot, maxBytes: number): Effect.Effect<void, SourceError> => {
  const weight = Store.weigh(entry.key, slot)
  if (weight <= maxBytes) return Effect.void
  const detail = `${entry.name} takes ${weight} bytes, more than all of cache.max_bytes (${maxBytes})`
  return Effect.fail(new SourceError({ reason: new TooLarge({ detail }) }))
}
