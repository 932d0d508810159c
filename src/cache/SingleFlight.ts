/**
 * Single flight: at most one fetch per key is under way, and all callers share it. `Cache` starts fetches here, `Sources` makes
 * them, and their results go into the store.
 *
 * A fetch runs in the cache's own scope, so a caller that leaves does not cancel it for the others. It ends when it has made no
 * progress for its budget. While pages or rounds still arrive, it outlives the reads that have given up on it.
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
import type { Limits } from "../config/limits.ts"
import type { Entry, EntryKey, Value } from "../domain/Entry.ts"
import { SourceError, TooLarge, timedOut } from "../domain/SourceError.ts"
import { type Around, Tracing } from "../observability/Tracing.ts"
import * as Metrics from "../observability/Metrics.ts"
import { Sources } from "../sources/Sources.ts"
import * as Progress from "../sources/Progress.ts"
import { attemptTimeoutIn } from "../domain/defaults.ts"
import { type Effort } from "../sources/retry.ts"
import { Shared } from "../shared/Shared.ts"
import { afterError, afterValue, fallback, type Slot, wasFrozen } from "./Slot.ts"
import type { Want } from "./news.ts"
import type { Boarding } from "./sharedFlights.ts"
import * as GuessLimiter from "./GuessLimiter.ts"
import { spanOf } from "./spans.ts"
import * as Store from "./Store.ts"
import type { FailureLog, Purpose } from "./FailureLog.ts"
import type { Fetched, Flight, FlightOptions } from "./Flight.ts"

/** A fetch under way. */
interface InFlight {
  readonly fiber: Fiber.Fiber<Fetched, SourceError>
  /** In epoch milliseconds. */
  readonly startedAt: number
  /** In milliseconds. */
  readonly budget: number
  /** What its callers want. */
  readonly wants: Array<Want>
  /** Whether a caller has given up on it. */
  isOverdue: boolean
}

/** The rest of a fetch's budget, in milliseconds. Setting the clock back does not prolong it. */
const remainingBudget = ({ startedAt, budget }: InFlight, now: number): number =>
  Math.min(budget, startedAt + budget - now)

export interface SingleFlight {
  /** Joins the fetch of this entry that is under way, or starts one. It continues even if nobody waits for it. */
  readonly start: (entry: Entry, options: FlightOptions) => Effect.Effect<Flight>
  /** Sets whether results are stored; initially they are. `false` also clears the store. */
  readonly keep: (isKept: boolean) => Effect.Effect<void>
  /** Waits until no fetch is under way. */
  readonly settled: Effect.Effect<void>
}

/**
 * How much longer than its budget a caller waits, in milliseconds, so that a fetch with the same budget fails first and
 * says why.
 */
export const CALLER_MARGIN = 1

/** Fetches whose result is not stored are separate from the others. */
type FlightKey = EntryKey | `no-store:${EntryKey}`

const noStoreKey = ({ key }: Entry): FlightKey => `no-store:${key}`

interface SingleFlightOptions {
  readonly store: Store.Store
  /** Records how fetches end. */
  readonly failureLog: FailureLog
  readonly limits: Pick<Limits, "forcedRefreshInterval" | "maxBytes">
  /** Whether nobody reads an entry any more. */
  readonly isIdle: (entry: Entry, now: number) => boolean
  /** How hard a refresh of an entry tries. */
  readonly readEffort: (entry: Entry) => Pick<Effort, "budget" | "retryFor">
}

export const make = Effect.fnUntraced(function* (options: SingleFlightOptions) {
  const { failureLog, isIdle, limits, readEffort, store } = options
  const { maxBytes } = limits
  const sources = yield* Sources
  const tracing = yield* Tracing
  const clock = yield* Clock.Clock
  const shared = yield* Shared
  const fibers = yield* FiberSet.make<unknown, unknown>()
  const inFlight = new Map<FlightKey, InFlight>()
  const isStoring = yield* Ref.make(true)
  const guessLimiter = GuessLimiter.make()

  const storeFailure = Effect.fnUntraced(function* (entry: Entry, purpose: Purpose, error: SourceError) {
    const now = yield* Clock.currentTimeMillis
    const jitter = yield* Random.next
    yield* store.update(entry.key, (slot) => afterError(slot, error, now, jitter))
    yield* failureLog.failed(entry, { error, purpose, held: store.get(entry.key).held }, now)
  })

  const hasFallback = ({ key, policy }: Entry, now: number): boolean =>
    fallback(store.get(key), now, policy) !== undefined

  const fetchOnce = Effect.fnUntraced(function* (
    entry: Entry,
    { budget, retryFor, attemptTimeout = attemptTimeoutIn(budget) }: FlightOptions,
  ) {
    const progress = yield* Progress.make
    const startedAt = yield* Clock.currentTimeMillis
    const effort = {
      budget,
      attemptTimeout,
      retryFor: hasFallback(entry, startedAt) ? 0 : retryFor,
      progress,
    }
    const orElse = () => timedOut(`no answer within ${budget} ms`)
    const result = yield* sources
      .fetch(entry.address, effort, store.get(entry.key).held?.value)
      .pipe(Progress.untilSilent({ progress, budget, orElse }), Effect.result)
    const now = yield* Clock.currentTimeMillis
    return {
      startedAt,
      result,
      hasFrozen: wasFrozen(progress.longestSilence(), budget),
      hasJustFrozen: wasFrozen(now - progress.silentSince(), budget),
      isOfSeveralCalls: progress.signs() > 0,
    }
  })

  const storeValue = Effect.fnUntraced(function* (entry: Entry, slot: Slot) {
    const isStored = yield* Ref.get(isStoring)
    if (isStored) yield* store.update(entry.key, () => slot)
    return isStored
  })

  /**
   * Fetches from AWS, and again if the environment was frozen between call and reply. The age of the value counts from the
   * call. If the fetch took several calls, a freeze affects only the age: the value is stored, and fetched again if it is
   * too old.
   */
  const fetch = Effect.fnUntraced(function* (entry: Entry, options: FlightOptions) {
    for (;;) {
      const { startedAt, hasFrozen, hasJustFrozen, isOfSeveralCalls, result } = yield* fetchOnce(
        entry,
        options,
      )
      if (hasJustFrozen && (Result.isFailure(result) || !isOfSeveralCalls)) continue
      const value: Value = yield* Effect.fromResult(result)
      const askedAt = value.askedAt ?? startedAt
      const slot = afterValue(value, askedAt, entry.policy, yield* Random.next)
      yield* refuseTooLarge(entry, slot, maxBytes)
      const age = (yield* Clock.currentTimeMillis) - askedAt
      if (!hasFrozen || age <= entry.policy.ttl || !wasFrozen(age, options.budget)) return slot
      if (options.noStore !== true) yield* storeValue(entry, slot)
    }
  })

  const fetchAndStore = (entry: Entry, options: FlightOptions) =>
    fetch(entry, options).pipe(
      Effect.flatMap(
        Effect.fnUntraced(function* (slot) {
          const isStored = yield* storeValue(entry, slot)
          yield* failureLog.succeeded(entry, yield* Clock.currentTimeMillis)
          return { held: slot.held, isStored }
        }),
      ),
      Effect.tapError((error) => storeFailure(entry, options.purpose, error)),
    )

  const fetchOnly = (entry: Entry, options: FlightOptions): Effect.Effect<Fetched, SourceError> =>
    Effect.map(fetch(entry, options), ({ held }) => ({ held, isStored: false }))

  const sharedFlights =
    shared === undefined
      ? undefined
      : (yield* Effect.promise(() => import("./sharedFlights.ts"))).make({
          store,
          failureLog,
          limits,
          isStoring: Ref.get(isStoring),
          isIdle,
          fetchAlong: (entry) =>
            Effect.suspend(() =>
              inFlight.has(entry.key)
                ? Effect.void
                : Effect.asVoid(join(entry, { ...readEffort(entry), purpose: "refresh", isAlong: true })),
            ),
          inBackground: (effect) => Effect.asVoid(FiberSet.run(fibers, effect)),
        })

  /** Through the shared tier, if the entry is shared. */
  const fetchThrough = (entry: Entry, options: FlightOptions, boarding: Boarding) => {
    const tier = shared?.entry(entry)
    return sharedFlights === undefined || tier === undefined
      ? fetchAndStore(entry, options)
      : sharedFlights.fetch({
          ...boarding,
          tier,
          entry,
          options,
          ask: (rest) => fetchAndStore(entry, { ...options, ...rest }),
        })
  }

  /** A refresh belongs to no read, so it gets a span of its own. */
  const traced = (entry: Entry, { purpose }: FlightOptions): Around =>
    purpose === "refresh" ? tracing.around("refresh", spanOf(entry)) : identity

  /** The fetch of an entry, and the key that it runs under. */
  const prepareFetch = (entry: Entry, options: FlightOptions, boarding: Boarding) => {
    const [key, fetching] =
      options.noStore === true
        ? ([noStoreKey(entry), fetchOnly(entry, options)] as const)
        : ([entry.key, traced(entry, options)(fetchThrough(entry, options, boarding))] as const)
    const isGuess = entry.listedAs !== undefined && store.get(entry.key).held === undefined
    return { key, fetching: isGuess ? guessLimiter.limit(entry.listedAs, fetching) : fetching }
  }

  /** Joins the fetch under way or starts one, in a single synchronous step. */
  const join = (entry: Entry, options: FlightOptions) =>
    Effect.map(FiberSet.runtime(fibers)(), (fork) => {
      const keys = options.noStore === true ? [entry.key, noStoreKey(entry)] : [entry.key]
      const running = keys.map((key) => inFlight.get(key)).find((flight) => flight !== undefined)
      if (running !== undefined) {
        if (sharedFlights !== undefined) running.wants.push(sharedFlights.wantOf(options))
        return { flight: running, isCollapsed: true }
      }
      const wants = sharedFlights === undefined ? [] : [sharedFlights.wantOf(options)]
      const leave = () => {
        if (inFlight.get(key) === flight) inFlight.delete(key)
      }
      const { fetching, key } = prepareFetch(entry, options, { wants, land: () => leave() })
      const startedAt = clock.currentTimeMillisUnsafe()
      const { budget } = options
      const flight: InFlight = { fiber: fork(fetching), startedAt, budget, wants, isOverdue: false }
      inFlight.set(key, flight)
      flight.fiber.addObserver(leave)
      return { flight, isCollapsed: false }
    })

  const stillFetching = (detail: string) =>
    Effect.fail(timedOut(`${detail}; the rest is still being fetched`))

  /** Waits for a fetch as long as this caller may. The fetch continues afterwards. */
  const waitFor = (flight: InFlight, entry: Entry, budget: number) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      flight.isOverdue && hasFallback(entry, now)
        ? stillFetching("the answer is not complete yet")
        : Effect.timeoutOrElse(Fiber.join(flight.fiber), {
            duration: Math.max(budget, remainingBudget(flight, now)) + CALLER_MARGIN,
            orElse: () => {
              flight.isOverdue = true
              return stillFetching(`the answer was not complete within ${budget} ms`)
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
    keep: (isKept) => Effect.andThen(Ref.set(isStoring, isKept), isKept ? Effect.void : store.clear),
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
