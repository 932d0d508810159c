/**
 * The cache: reads through to AWS, keeps what comes back, and serves an older value when AWS fails.
 *
 * At most one fetch per key is under way, whoever asks: a read, the load at start-up, a refresh, a forced one. It
 * runs in the cache's own scope, so a caller that goes away does not cancel it for the others.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import { Configuration } from "../config/Configuration.ts"
import { IDLE_TTLS } from "../config/defaults.ts"
import type { Entry, EntryKey, Value } from "../domain/Entry.ts"
import { SourceError, TooLarge } from "../domain/SourceError.ts"
import * as Metrics from "../observability/Metrics.ts"
import { Sources } from "../sources/Sources.ts"
import { timedOut } from "../sources/awsErrors.ts"
import {
  afterFailure,
  afterNotFound,
  afterValue,
  decide,
  EMPTY,
  fallback,
  type Held,
  isDue,
  isJustFetched,
  type Slot,
  wasFrozen,
} from "./Slot.ts"
import * as Store from "./Store.ts"

/**
 * How a value came to be served: `hit` from memory while fresh, `miss` from AWS just now, `stale` within
 * stale-while-revalidate, `stale-if-error` because AWS could not be asked.
 */
export type Outcome = "hit" | "miss" | "stale" | "stale-if-error"

export interface Served {
  readonly value: Value
  /** Milliseconds since the value was asked for. */
  readonly age: number
  readonly outcome: Outcome
}

/** An entry that the load could not fetch, and why. It is tried again at its first read. */
export interface LoadFailure {
  readonly entry: Entry
  readonly error: SourceError
}

/** How many times more read times than entries may be remembered before those of gone entries are dropped. */
const MAX_READS_PER_ENTRY = 2

export class Cache extends Context.Service<
  Cache,
  {
    /** Serves an entry by its policy; asks AWS when it must, for `read_budget` at most. */
    readonly read: (entry: Entry) => Effect.Effect<Served, SourceError>
    /** The value of an entry that is in memory and fresh; at once, without an effect. */
    readonly fresh: (entry: Entry) => Served | undefined
    /**
     * Fetches first, then serves; the old value if AWS fails. What AWS said less than `forced_refresh_interval`
     * ago, a refusal too, counts as fetched.
     */
    readonly refresh: (entry: Entry) => Effect.Effect<Served, SourceError>
    /** Forgets what AWS said of an entry, unless it said so less than `forced_refresh_interval` ago. */
    readonly forget: (entry: Entry) => Effect.Effect<void>
    /** Fetches all entries, for `load_budget` at most, and says which of them failed. */
    readonly load: (entries: Iterable<Entry>) => Effect.Effect<ReadonlyArray<LoadFailure>>
    /** Starts to fetch, behind the scenes, those of the entries whose refresh is due; the most overdue first. */
    readonly refreshDue: (entries: Iterable<Entry>) => Effect.Effect<void>
    /**
     * Whether fetched values are kept; at first they are. Turned off, what is held is forgotten and every read
     * fetches: before a SnapStart snapshot no secret may be in memory.
     */
    readonly keep: (isKept: boolean) => Effect.Effect<void>
    /** Waits until no fetch is under way. */
    readonly settled: Effect.Effect<void>
    /** How many entries are held, and the bytes they are counted with. */
    readonly size: Store.Store["size"]
  }
>()("cache-extension/cache/Cache") {
  static readonly layerNoDeps: Layer.Layer<Cache, never, Configuration | Sources> = Layer.effect(
    Cache,
    Effect.gen(function* () {
      const sources = yield* Sources
      const { entries: listed, limits } = yield* Configuration
      const clock = yield* Clock.Clock
      const flights = yield* FiberMap.make<EntryKey, Held, SourceError>()
      const countHit = yield* Metrics.unsafeCounter(Metrics.reads, { outcome: "hit" })

      const keeps = yield* Ref.make(true)
      const lastReads = new Map<EntryKey, number>()
      const lastReadAt = (key: EntryKey) => lastReads.get(key) ?? 0
      const store = yield* Store.make(limits, { isListed: (key) => listed.has(key), lastReadAt })

      const count = (outcome: string) => Metric.update(Metric.withAttributes(Metrics.reads, { outcome }), 1)

      const keepFailure = Effect.fnUntraced(function* (entry: Entry, error: SourceError) {
        const now = yield* Clock.currentTimeMillis
        const jitter = yield* Random.next
        yield* store.update(entry.key, (slot) =>
          error.reason._tag === "NotFound"
            ? afterNotFound(error, now)
            : afterFailure(slot, error, now, jitter),
        )
      })

      const keepValue = Effect.fnUntraced(function* (entry: Entry, value: Value, askedAt: number) {
        const slot = afterValue(value, askedAt, entry.policy, yield* Random.next)
        yield* refuseTooLarge(entry, slot, limits.maxBytes)
        if (yield* Ref.get(keeps)) yield* store.update(entry.key, () => slot)
        return slot.held
      })

      const keep = (isKept: boolean) =>
        Effect.andThen(Ref.set(keeps, isKept), isKept ? Effect.void : store.clear)

      /** Asks AWS, anew if a freeze came between question and answer. The age of the answer counts from the question. */
      const ask = (entry: Entry, budget: number) =>
        Effect.gen(function* () {
          const askedAt = yield* Clock.currentTimeMillis
          const result = yield* sources.fetch(entry.address).pipe(
            Effect.timeoutOrElse({
              duration: budget,
              orElse: () => Effect.fail(timedOut(`no answer within ${budget} ms`)),
            }),
            Effect.result,
          )
          return { askedAt, result, took: (yield* Clock.currentTimeMillis) - askedAt }
        }).pipe(Effect.repeat({ while: ({ took }) => wasFrozen(took, budget) }))

      const fetchAndKeep = Effect.fnUntraced(function* (entry: Entry, budget: number) {
        const { askedAt, result } = yield* ask(entry, budget)
        return yield* Effect.fromResult(result).pipe(
          Effect.flatMap((value) => keepValue(entry, value, askedAt)),
          Effect.tapError((error) => keepFailure(entry, error)),
        )
      })

      /** The fetch of this key that is under way, or a new one. */
      const flight = (entry: Entry, budget: number): Effect.Effect<Fiber.Fiber<Held, SourceError>> =>
        Effect.suspend(() =>
          Option.match(FiberMap.getUnsafe(flights, entry.key), {
            onSome: (running) => Effect.as(Metric.update(Metrics.coalescedReads, 1), running),
            onNone: () => FiberMap.run(flights, entry.key, fetchAndKeep(entry, budget)),
          }),
        )

      const fetch = (entry: Entry, budget: number) => Effect.flatMap(flight(entry, budget), Fiber.join)

      const budgetOf = ({ readBudget }: Entry) => readBudget ?? limits.readBudget

      const fetchOrFallBack = (entry: Entry): Effect.Effect<Served, SourceError> =>
        fetch(entry, budgetOf(entry)).pipe(
          Effect.map((held) => servedAt(held, clock.currentTimeMillisUnsafe(), "miss")),
          Effect.catch((error) => {
            const now = clock.currentTimeMillisUnsafe()
            const held = fallback(store.get(entry.key), now, entry.policy)
            return held === undefined
              ? Effect.fail(error)
              : Effect.succeed(servedAt(held, now, "stale-if-error"))
          }),
        )

      const serve = Effect.fnUntraced(function* (entry: Entry, now: number) {
        const decision = decide(store.get(entry.key), now, entry.policy)
        switch (decision._tag) {
          case "Serve":
            return servedAt(decision.held, now, "hit")
          case "ServeAndRefresh":
            yield* flight(entry, budgetOf(entry))
            return servedAt(decision.held, now, "stale")
          case "ServeWhileFailing":
            return servedAt(decision.held, now, "stale-if-error")
          case "Refuse":
            return yield* decision.error
          case "Fetch":
            return yield* fetchOrFallBack(entry)
        }
      })

      const counted = (served: Effect.Effect<Served, SourceError>) =>
        served.pipe(
          Effect.tap(({ outcome }) => count(outcome)),
          Effect.tapError(({ reason }) => count(reason._tag === "NotFound" ? "absent" : "failed")),
        )

      // Names that are not listed come without end: only those whose entries are held are remembered.
      const forgetGoneReads = () => {
        for (const key of lastReads.keys()) if (store.get(key) === EMPTY) lastReads.delete(key)
      }

      const readAt = <A>(entry: Entry, then: (now: number) => A): A => {
        const now = clock.currentTimeMillisUnsafe()
        lastReads.set(entry.key, now)
        if (lastReads.size > MAX_READS_PER_ENTRY * limits.maxEntries) forgetGoneReads()
        return then(now)
      }

      const fresh = (entry: Entry): Served | undefined =>
        readAt(entry, (now) => {
          const decision = decide(store.get(entry.key), now, entry.policy)
          if (decision._tag !== "Serve") return undefined
          countHit()
          return servedAt(decision.held, now, "hit")
        })

      const refresh = (entry: Entry) =>
        Effect.suspend(() =>
          readAt(entry, (now) => {
            const slot = store.get(entry.key)
            if (!isJustFetched(slot, now, limits.forcedRefreshInterval)) return fetchOrFallBack(entry)
            // Held and not failing: it was asked for just now, which is new enough even with a ttl of 0.
            return slot.held === undefined || slot.failing !== undefined
              ? serve(entry, now)
              : Effect.succeed(servedAt(slot.held, now, "hit"))
          }),
        ).pipe(counted)

      const forget = (entry: Entry) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          isJustFetched(store.get(entry.key), now, limits.forcedRefreshInterval)
            ? Effect.void
            : store.remove(entry.key),
        )

      const load = Effect.fnUntraced(function* (entries: Iterable<Entry>) {
        const wanted = Array.from(entries)
        // An entry is idle from its load on, until somebody reads it.
        const now = yield* Clock.currentTimeMillis
        for (const { key } of wanted) if (!lastReads.has(key)) lastReads.set(key, now)
        yield* sources.prepare(wanted.map(({ address }) => address))
        const failures = yield* Effect.forEach(
          wanted,
          (entry) =>
            fetch(entry, limits.loadBudget).pipe(
              Effect.match({
                onSuccess: () => [],
                onFailure: (error): Array<LoadFailure> => [{ entry, error }],
              }),
            ),
          { concurrency: "unbounded" },
        )
        return failures.flat()
      })

      const isIdle = ({ key, policy }: Entry, now: number): boolean =>
        now - lastReadAt(key) > (limits.idleRefreshLimit ?? IDLE_TTLS * policy.ttl)

      const refreshDue = Effect.fnUntraced(function* (entries: Iterable<Entry>) {
        const now = yield* Clock.currentTimeMillis
        const due = Array.from(entries)
          .filter((entry) => isDue(store.get(entry.key), now, entry.policy) && !isIdle(entry, now))
          .map((entry) => ({ entry, dueAt: store.get(entry.key).held?.refreshAt ?? now }))
          .toSorted((left, right) => left.dueAt - right.dueAt)
        for (const { dueAt, entry } of due) {
          yield* Metric.update(Metrics.refreshLag, (now - dueAt) / 1_000)
          yield* flight(entry, budgetOf(entry))
        }
      })

      return Cache.of({
        read: (entry) => Effect.suspend(() => readAt(entry, (now) => serve(entry, now))).pipe(counted),
        fresh,
        refresh,
        forget,
        load,
        refreshDue,
        keep,
        settled: Effect.ignore(FiberMap.awaitEmpty(flights)),
        size: store.size,
      })
    }),
  )

  static readonly layer = this.layerNoDeps.pipe(Layer.provide(Sources.layer))
}

/** A failure of the load, for the log. */
export const describeFailure = ({ entry, error }: LoadFailure): string =>
  `${entry.key} could not be loaded and will be tried again at its first read: ${error.message}`

const servedAt = ({ fetchedAt, value }: Held, now: number, outcome: Outcome): Served => ({
  value,
  // Negative after the clock was set back; what is served has no negative age (RFC 9111, 5.1).
  age: Math.max(0, now - fetchedAt),
  outcome,
})

const refuseTooLarge = (entry: Entry, slot: Slot, maxBytes: number): Effect.Effect<void, SourceError> => {
  const weight = Store.weigh(entry.key, slot)
  if (weight <= maxBytes) return Effect.void
  const detail = `${entry.name} takes ${weight} bytes, more than all of cache.max_bytes (${maxBytes})`
  return Effect.fail(new SourceError({ reason: new TooLarge({ detail }) }))
}
