/**
 * A read-through cache that serves an older value while AWS fails.
 *
 * `Slot.ts` decides about each read, `SingleFlight.ts` fetches, `Store.ts` keeps the slots within their bounds.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import { Plan } from "../config/Plan.ts"
import { IDLE_TTLS, MAX_UNLISTED_FAILURES } from "../domain/defaults.ts"
import type { Entry, EntryKey } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import * as Metrics from "../observability/Metrics.ts"
import { Tracing } from "../observability/Tracing.ts"
import { Shared } from "../shared/Shared.ts"
import { isTransient } from "../sources/retry.ts"
import { Sources } from "../sources/Sources.ts"
import * as Deadline from "./Deadline.ts"
import * as SingleFlight from "./SingleFlight.ts"
import * as Preload from "./Preload.ts"
import { refetch } from "./refetch.ts"
import type { Inspection } from "./report.ts"
import {
  afterError,
  type FetchReason,
  decide,
  decideOn,
  type Decision,
  type Demand,
  EMPTY,
  fallback,
  isDue,
  isJustFetched,
} from "./Slot.ts"
import {
  isFromMemory,
  outcomeOfFetch,
  outcomeWhileFailing,
  type Served,
  servedAt,
  servedFromMemory,
} from "./Served.ts"
import { aroundRead } from "./spans.ts"
import * as Store from "./Store.ts"
import * as FailureLog from "./FailureLog.ts"
import * as Usages from "./Usages.ts"

/** What a read demands in addition to the entry's policy. */
export interface ReadOptions extends Demand {
  /** Does not store the fetched value, unless another read is waiting for it too. Default: false. */
  readonly noStore?: boolean
  /** Calls AWS after this read has started, however fresh the value in memory, and serves only that result. Default: false. */
  readonly refreshNow?: boolean
}

/**
 * The share of its budget during which a read starts retries: with the defaults, as long as a circuit stays open. The rest
 * is for the last pause and attempt.
 */
const RETRY_SHARE = 2 / 5

export class Cache extends Context.Service<
  Cache,
  {
    /**
     * Serves an entry according to its policy and the options. Waits at most `read_budget` for AWS, and never past the end
     * of the invoke. The options force at most one fetch per key and `forced_refresh_interval`; if it fails, the old value
     * is served.
     */
    readonly read: (entry: Entry, options?: ReadOptions) => Effect.Effect<Served, SourceError>
    /** The value that can be served without calling AWS, even in the background; undefined if there is none. */
    readonly held: (entry: Entry, demand?: Demand) => Effect.Effect<Served | undefined, SourceError>
    /** The value of an entry if it is in memory and fresh, without an effect. */
    readonly fresh: (entry: Entry) => Served | undefined
    /**
     * Drops AWS's last answer for an entry, unless it is younger than `forced_refresh_interval`. The shared tier drops it
     * too; other environments keep what they have in memory.
     */
    readonly forget: (entry: Entry) => Effect.Effect<void>
    /** Sets the deadline of the current invoke, in milliseconds since the epoch. Reads are answered before it. */
    readonly setDeadline: Deadline.Deadline["set"]
    readonly load: Preload.Preload["load"]
    /** Imports what the first fetch of these entries needs. */
    readonly importFor: (entries: Iterable<Entry>) => Effect.Effect<void>
    /** Starts background refreshes of the entries that are due; the most overdue first. */
    readonly refreshDue: (entries: Iterable<Entry>) => Effect.Effect<void>
    /**
     * Sets whether fetched values are stored; initially they are. `false` also clears the store and makes every read fetch:
     * a SnapStart snapshot must contain no secret.
     */
    readonly keep: (isKept: boolean) => Effect.Effect<void>
    /** Waits until no fetch is under way. */
    readonly settled: Effect.Effect<void>
    /** The number of entries and their total size in bytes. */
    readonly size: Store.Store["size"]
    /** The state of the cache at this moment, for `report`. */
    readonly inspect: Effect.Effect<Inspection>
  }
>()("cache-extension/cache/Cache") {
  static readonly layerNoDeps: Layer.Layer<Cache, never, Plan | Sources> = Layer.effect(
    Cache,
    Effect.gen(function* () {
      const { entries: listed, limits } = yield* Plan
      const sources = yield* Sources
      const clock = yield* Clock.Clock
      const readCounter = yield* Metrics.counters(Metrics.reads, "outcome")
      const countHit = readCounter("hit")

      const isListed = (key: EntryKey) => listed.has(key)
      const usages = Usages.make((key) => isListed(key) || store.get(key) !== EMPTY)
      const store: Store.Store = yield* Store.make(limits, { isListed, lastRead: usages.readOrder })
      const failureLog = FailureLog.make(isListed, MAX_UNLISTED_FAILURES)
      /** How long a read of an entry waits, and how long it retries. */
      const readEffort = ({ readBudget: budget = limits.readBudget }: Entry) =>
        ({ budget, retryFor: budget * RETRY_SHARE, purpose: "read" }) as const

      const isIdle = ({ key, policy }: Entry, now: number): boolean =>
        now - usages.lastReadAt(key) > (limits.idleRefreshLimit ?? IDLE_TTLS * policy.ttl)

      const singleFlight = yield* SingleFlight.make({ store, failureLog, limits, isIdle, readEffort })
      const preload = yield* Preload.make({ singleFlight, usages, limits })
      const deadline = yield* Deadline.make
      const tracing = yield* Tracing
      const shared = yield* Shared

      const oldValue = (entry: Entry, now: number) => fallback(store.get(entry.key), now, entry.policy)

      const startRefresh = (entry: Entry) =>
        singleFlight.start(entry, { ...readEffort(entry), purpose: "refresh" })

      const fetchOrServeStale = Effect.fnUntraced(function* (
        entry: Entry,
        reason: FetchReason,
        { demand, noStore }: { readonly demand: Demand; readonly noStore: boolean },
      ) {
        const isForced = demand.maxAge === 0
        const start = singleFlight.start(entry, { ...readEffort(entry), noStore, demand, isForced })
        const { fetched, isCollapsed } = yield* start
        return yield* fetched.pipe(
          // The read may have joined a fetch of the preload, which gives up earlier than a read does.
          Effect.catchIf(
            (error) =>
              isCollapsed &&
              isTransient(error) &&
              oldValue(entry, clock.currentTimeMillisUnsafe()) === undefined,
            () => Effect.flatMap(start, ({ fetched }) => fetched),
          ),
          // The deadline of the invoke ends the read; the fetch continues.
          Effect.raceFirst(deadline.reached),
          Effect.flatMap((fetched) => {
            const now = clock.currentTimeMillisUnsafe()
            const { held, isShared = false, isStored } = fetched
            const forward = { reason, isCollapsed, isStored, ...(isShared ? { isShared } : {}) }
            const isStale =
              isShared && decide(store.get(entry.key), now, entry.policy)._tag === "ServeAndRefresh"
            const served = { ...servedAt(held, now, outcomeOfFetch(isShared, isStale)), forward }
            return isStale ? Effect.as(startRefresh(entry), served) : Effect.succeed(served)
          }),
          Effect.catch((error) => {
            const now = clock.currentTimeMillisUnsafe()
            // The error of a no-store fetch is not in the store, but must count here too.
            const slot = afterError(store.get(entry.key), error, now, 0)
            const held = fallback(slot, now, entry.policy)
            if (held === undefined) return Effect.fail(error)
            const forward = { reason, isCollapsed, isStored: false }
            const outcome = outcomeWhileFailing(slot.deniedSince !== undefined)
            return Effect.succeed({ ...servedAt(held, now, outcome), forward })
          }),
        )
      })

      const follow = (entry: Entry, decision: Decision, now: number, noStore: boolean, demand: Demand) => {
        if (decision._tag === "Fetch") return fetchOrServeStale(entry, decision.reason, { noStore, demand })
        const served = servedFromMemory(decision, now)
        return decision._tag === "ServeAndRefresh" ? Effect.andThen(startRefresh(entry), served) : served
      }

      const count = (outcome: string) => Effect.sync(readCounter(outcome))

      const counted = <A extends Served | undefined>(entry: Entry, served: Effect.Effect<A, SourceError>) =>
        served.pipe(
          Effect.tap((served) => count(served?.outcome ?? "not-cached")),
          Effect.tapError(({ reason }) => count(reason._tag === "NotFound" ? "absent" : "failed")),
          tracing.isOn ? aroundRead(tracing, entry) : identity,
        )

      const decideNow = (entry: Entry, demand: Demand) => {
        const now = clock.currentTimeMillisUnsafe()
        const usage = usages.noteRead(entry, now)
        const slot = store.get(entry.key)
        const decision = decideOn(demand, slot, now, entry.policy, limits.forcedRefreshInterval)
        if (isFromMemory(decision)) usage.hits += 1
        return { now, decision }
      }

      const read = (entry: Entry, { noStore = false, refreshNow = false, ...demand }: ReadOptions = {}) =>
        counted(
          entry,
          Effect.suspend(() => {
            if (refreshNow) {
              usages.noteRead(entry, clock.currentTimeMillisUnsafe())
              const reason = store.get(entry.key).held === undefined ? "miss" : "request"
              const { budget, ...effort } = readEffort(entry)
              const start = singleFlight.start(entry, { ...effort, budget, noStore, isForced: true })
              return Effect.raceFirst(refetch(start, reason, budget), deadline.reached)
            }
            const { decision, now } = decideNow(entry, demand)
            return follow(entry, decision, now, noStore, demand)
          }),
        )

      const held = (entry: Entry, demand: Demand = {}) =>
        counted(
          entry,
          Effect.suspend(() => {
            const { decision, now } = decideNow(entry, demand)
            return decision._tag === "Fetch" ? Effect.undefined : servedFromMemory(decision, now)
          }),
        )

      const fresh = (entry: Entry): Served | undefined => {
        const now = clock.currentTimeMillisUnsafe()
        const usage = usages.noteRead(entry, now)
        const decision = decide(store.get(entry.key), now, entry.policy)
        // The routes find out whether the function accepts the coding.
        if (decision._tag !== "Serve" || decision.held.value.coding !== undefined) return undefined
        countHit()
        usage.hits += 1
        return servedAt(decision.held, now, "hit")
      }

      const forget = (entry: Entry) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          isJustFetched(store.get(entry.key), now, limits.forcedRefreshInterval)
            ? Effect.void
            : Effect.andThen(store.remove(entry.key), shared?.entry(entry)?.forget ?? Effect.void),
        )

      const inspect = Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const isLoading = yield* preload.isLoading
        return {
          now,
          isLoading,
          slotOf: store.get,
          usageOf: usages.get,
          usages: usages.all(),
          shared: shared?.status(),
        }
      })

      const refreshDue = Effect.fnUntraced(function* (entries: Iterable<Entry>) {
        const now = yield* Clock.currentTimeMillis
        const due = Array.from(entries)
          .filter((entry) => isDue(store.get(entry.key), now, entry.policy) && !isIdle(entry, now))
          .map((entry) => ({ entry, dueAt: store.get(entry.key).held?.refreshAt ?? now }))
          .toSorted((left, right) => left.dueAt - right.dueAt)
        for (const { dueAt, entry } of due) {
          yield* Metric.update(Metrics.refreshLag, (now - dueAt) / 1_000)
          yield* startRefresh(entry)
        }
      })

      return Cache.of({
        read,
        held,
        fresh,
        forget,
        setDeadline: deadline.set,
        load: preload.load,
        importFor: (entries) => sources.importFor(Array.from(entries, ({ address }) => address)),
        refreshDue,
        keep: singleFlight.keep,
        settled: singleFlight.settled,
        size: store.size,
        inspect,
      })
    }),
  )

  static readonly layer = this.layerNoDeps.pipe(Layer.provide(Sources.layer))
}
