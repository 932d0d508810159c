/**
 * The cache: reads through to AWS, keeps what comes back, and serves an older value when AWS fails.
 *
 * `Slot.ts` decides about each read, `SingleFlight.ts` asks AWS, `Store.ts` keeps the bounds.
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
import { isFromMemory, outcomeWhileFailing, type Served, servedAt, servedFromMemory } from "./Served.ts"
import { aroundRead } from "./spans.ts"
import * as Store from "./Store.ts"
import * as FailureLog from "./FailureLog.ts"
import * as Usages from "./Usages.ts"

/** What a read asks for in addition to the entry's policy. */
export interface ReadOptions extends Demand {
  /** What is fetched for this read is not kept, unless another read waits for it too. Default: false. */
  readonly noStore?: boolean
  /** AWS is asked after this read has begun, however recently it was asked, and what it answers is served or nothing. */
  readonly refreshNow?: boolean
}

/**
 * The part of its budget for which a read insists: by default as long as a circuit stays open. The rest is for the last
 * pause and the attempt after it.
 */
const RETRY_SHARE = 2 / 5

export class Cache extends Context.Service<
  Cache,
  {
    /**
     * Serves an entry by its policy, and what the options demand; asks AWS when it must, for `read_budget` at most and
     * no longer than the invoke lasts. What is demanded costs a key one fetch per `forced_refresh_interval`; if AWS
     * fails, the old value will do.
     */
    readonly read: (entry: Entry, options?: ReadOptions) => Effect.Effect<Served, SourceError>
    /** What may be served without any call of AWS, not even in the background; undefined if nothing may. */
    readonly held: (entry: Entry, demand?: Demand) => Effect.Effect<Served | undefined, SourceError>
    /** The value of an entry that is in memory and fresh; at once, without an effect. */
    readonly fresh: (entry: Entry) => Served | undefined
    /** Forgets what AWS said of an entry, unless it said so less than `forced_refresh_interval` ago. */
    readonly forget: (entry: Entry) => Effect.Effect<void>
    /** An invoke has begun that ends at this time, in milliseconds since the epoch. Reads are answered before. */
    readonly setDeadline: Deadline.Deadline["set"]
    readonly load: Preload.Preload["load"]
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
    /** What the cache knows now, for `report`. */
    readonly inspect: Effect.Effect<Inspection>
  }
>()("cache-extension/cache/Cache") {
  static readonly layerNoDeps: Layer.Layer<Cache, never, Plan | Sources> = Layer.effect(
    Cache,
    Effect.gen(function* () {
      const { entries: listed, limits } = yield* Plan
      const clock = yield* Clock.Clock
      const readCounter = yield* Metrics.counters(Metrics.reads, "outcome")
      const countHit = readCounter("hit")

      const isListed = (key: EntryKey) => listed.has(key)
      const usages = Usages.make((key) => isListed(key) || store.get(key) !== EMPTY)
      const store: Store.Store = yield* Store.make(limits, { isListed, lastRead: usages.readOrder })
      const failureLog = FailureLog.make(isListed, MAX_UNLISTED_FAILURES)
      const singleFlight = yield* SingleFlight.make({ store, failureLog, maxBytes: limits.maxBytes })
      const preload = yield* Preload.make({ singleFlight, usages, limits })
      const deadline = yield* Deadline.make
      const tracing = yield* Tracing

      /** How long a read of an entry waits in all, and how long it insists. */
      const forRead = ({ readBudget: budget = limits.readBudget }: Entry) =>
        ({ budget, retryFor: budget * RETRY_SHARE, purpose: "read" }) as const

      const oldValue = (entry: Entry, now: number) => fallback(store.get(entry.key), now, entry.policy)

      const fetchOrFallBack = Effect.fnUntraced(function* (
        entry: Entry,
        reason: FetchReason,
        noStore: boolean,
      ) {
        const start = singleFlight.start(entry, { ...forRead(entry), noStore })
        const { fetched, isCollapsed } = yield* start
        return yield* fetched.pipe(
          // The fetch that was joined may have been the load's, which does not insist as a read does.
          Effect.catchIf(
            (error) =>
              isCollapsed &&
              isTransient(error) &&
              oldValue(entry, clock.currentTimeMillisUnsafe()) === undefined,
            () => Effect.flatMap(start, ({ fetched }) => fetched),
          ),
          // The fetch continues after a read that may wait no longer.
          Effect.raceFirst(deadline.near),
          Effect.map(({ held, isStored }) => ({
            ...servedAt(held, clock.currentTimeMillisUnsafe(), "miss"),
            forward: { reason, isCollapsed, isStored },
          })),
          Effect.catch((error) => {
            const now = clock.currentTimeMillisUnsafe()
            // The error of a fetch that keeps nothing is not in the store, and AWS's word counts all the same.
            const slot = afterError(store.get(entry.key), error, now, 0)
            const held = fallback(slot, now, entry.policy)
            if (held === undefined) return Effect.fail(error)
            const forward = { reason, isCollapsed, isStored: false }
            const outcome = outcomeWhileFailing(slot.deniedSince !== undefined)
            return Effect.succeed({ ...servedAt(held, now, outcome), forward })
          }),
        )
      })

      const startBehind = (entry: Entry) =>
        singleFlight.start(entry, { ...forRead(entry), purpose: "refresh" })

      const carryOut = Effect.fnUntraced(function* (
        entry: Entry,
        decision: Decision,
        now: number,
        noStore: boolean,
      ) {
        switch (decision._tag) {
          case "Serve":
            return servedAt(decision.held, now, "hit")
          case "ServeAndRefresh":
            yield* startBehind(entry)
            return servedAt(decision.held, now, "stale")
          case "ServeWhileFailing":
            return servedAt(decision.held, now, outcomeWhileFailing(decision.isDenied))
          case "Refuse":
            return yield* decision.error
          case "Fetch":
            return yield* fetchOrFallBack(entry, decision.reason, noStore)
        }
      })

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
              const { budget, ...effort } = forRead(entry)
              const start = singleFlight.start(entry, { ...effort, budget, noStore })
              return Effect.raceFirst(refetch(start, reason, budget), deadline.near)
            }
            const { decision, now } = decideNow(entry, demand)
            return carryOut(entry, decision, now, noStore)
          }),
        )

      const held = (entry: Entry, demand: Demand = {}) =>
        counted(
          entry,
          Effect.suspend(() => {
            const { decision, now } = decideNow(entry, demand)
            return servedFromMemory(decision, now)
          }),
        )

      const fresh = (entry: Entry): Served | undefined => {
        const now = clock.currentTimeMillisUnsafe()
        const usage = usages.noteRead(entry, now)
        const decision = decide(store.get(entry.key), now, entry.policy)
        if (decision._tag !== "Serve") return undefined
        countHit()
        usage.hits += 1
        return servedAt(decision.held, now, "hit")
      }

      const forget = (entry: Entry) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          isJustFetched(store.get(entry.key), now, limits.forcedRefreshInterval)
            ? Effect.void
            : store.remove(entry.key),
        )

      const inspect = Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const isLoading = yield* preload.isLoading
        return { now, isLoading, slotOf: store.get, usageOf: usages.get, usages: usages.all() }
      })

      const isIdle = ({ key, policy }: Entry, now: number): boolean =>
        now - usages.lastReadAt(key) > (limits.idleRefreshLimit ?? IDLE_TTLS * policy.ttl)

      const refreshDue = Effect.fnUntraced(function* (entries: Iterable<Entry>) {
        const now = yield* Clock.currentTimeMillis
        const due = Array.from(entries)
          .filter((entry) => isDue(store.get(entry.key), now, entry.policy) && !isIdle(entry, now))
          .map((entry) => ({ entry, dueAt: store.get(entry.key).held?.refreshAt ?? now }))
          .toSorted((left, right) => left.dueAt - right.dueAt)
        for (const { dueAt, entry } of due) {
          yield* Metric.update(Metrics.refreshLag, (now - dueAt) / 1_000)
          yield* startBehind(entry)
        }
      })

      return Cache.of({
        read,
        held,
        fresh,
        forget,
        setDeadline: deadline.set,
        load: preload.load,
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
