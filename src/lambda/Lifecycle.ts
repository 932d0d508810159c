/**
 * What the cache does during the life of an environment: a state machine (`TRANSITIONS`) and the service that runs it.
 *
 * Environments are frozen between invokes, so nothing relies on a timer: each INVOKE starts the refreshes that are due and
 * is held until they are done, so that the freeze interrupts no request. If invokes are not announced (Managed Instances),
 * nothing freezes, and a schedule does the same. A SnapStart snapshot must contain no secret, so nothing is kept before it.
 *
 * `App` starts it, `EventLoop` announces the invokes. SHUTDOWN needs no transition: the scopes end whatever is under way.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { Cache } from "../cache/Cache.ts"
import { logLoad, logPrefetch } from "../cache/loadLine.ts"
import { Plan } from "../config/Plan.ts"
import { Settings } from "../config/Settings.ts"
import * as Metrics from "../observability/Metrics.ts"
import type { EventType } from "./registerRequest.ts"

/**
 * - `initializing`: before the start.
 * - `snapshotting`: from a start under SnapStart to the first invoke after the snapshot.
 * - `invoked`: Lambda announces invokes, one at a time.
 * - `scheduled`: invokes are not announced.
 */
export type State = "initializing" | "snapshotting" | "invoked" | "scheduled"

/** A start, which depends on the kind of environment, or an INVOKE. */
export type LifecycleEvent = "start" | "startSnapStart" | "startUnannounced" | "invoke"

/**
 * - `load`: load everything listed, if that is configured, and what AWS's AppConfig agent would prefetch.
 * - `loadInBackground`: the same without waiting.
 * - `discard`: store nothing from now on.
 * - `keep`: store fetched values again.
 * - `refresh`: start the refreshes that are due.
 * - `schedule`: do so every second.
 */
type Action = "load" | "loadInBackground" | "discard" | "keep" | "refresh" | "schedule"

interface Transition {
  readonly next: State
  /** Performed in this order. */
  readonly actions: ReadonlyArray<Action>
}

/** An event without a transition changes nothing. */
export const TRANSITIONS: Readonly<Record<State, Partial<Record<LifecycleEvent, Transition>>>> = {
  initializing: {
    start: { next: "invoked", actions: ["load"] },
    startSnapStart: { next: "snapshotting", actions: ["discard"] },
    startUnannounced: { next: "scheduled", actions: ["load", "schedule"] },
  },
  snapshotting: {
    invoke: { next: "invoked", actions: ["keep", "loadInBackground", "refresh"] },
  },
  invoked: {
    invoke: { next: "invoked", actions: ["refresh"] },
  },
  scheduled: {},
}

/** How an environment starts, by AWS_LAMBDA_INITIALIZATION_TYPE and the events that the extension registered for. */
export const startEvent = (
  initializationType: string | undefined,
  events: ReadonlyArray<EventType>,
): LifecycleEvent => {
  if (initializationType === "snap-start") return "startSnapStart"
  return events.includes("INVOKE") ? "start" : "startUnannounced"
}

/** The longest time an INVOKE is held open for refreshes, in milliseconds: it is billed. */
export const MAX_HOLD = 200

const EVERY_SECOND = Schedule.spaced("1 second")

export class Lifecycle extends Context.Service<
  Lifecycle,
  {
    /** Leaves the initializing state. Loads everything listed if that is configured and need not wait for a snapshot. */
    readonly start: (events: ReadonlyArray<EventType>) => Effect.Effect<void>
    /**
     * Sets the deadline for reads (milliseconds since the epoch), starts the refreshes that are due, and waits for the
     * fetches under way: at most 200 ms, and never past the deadline.
     */
    readonly onInvoke: (deadlineMs: number) => Effect.Effect<void>
  }
>()("cache-extension/lambda/Lifecycle") {
  static readonly layer: Layer.Layer<Lifecycle, never, Cache | Plan | Settings> = Layer.effect(
    Lifecycle,
    Effect.gen(function* () {
      const cache = yield* Cache
      const { appConfigAgent, entries } = yield* Plan
      const { initializationType, preload } = yield* Settings
      const scope: Scope.Scope = yield* Effect.scope
      const state = yield* Ref.make<State>("initializing")
      const listed = entries.size
      const prefetched = new Set(appConfigAgent?.prefetched)
      const kept = new Set([...entries.values(), ...prefetched])
      const loaded = preload ? kept : prefetched

      const load = Effect.gen(function* () {
        const failures = loaded.size === 0 ? [] : yield* cache.load(loaded)
        const ofFile = failures.filter(({ entry }) => entries.has(entry.key))
        yield* logLoad({ listed, failures: preload ? ofFile : undefined })
        const ofAgent = failures.filter(({ entry }) => prefetched.has(entry))
        if (prefetched.size > 0) yield* logPrefetch({ listed: prefetched.size, failures: ofAgent })
      })
      const refresh = Effect.suspend(() => cache.refreshDue(kept))

      const perform: Readonly<Record<Action, Effect.Effect<unknown>>> = {
        load,
        loadInBackground:
          loaded.size > 0 ? Effect.forkIn(load, scope, { startImmediately: true }) : Effect.void,
        discard: Effect.andThen(
          cache.keep(false),
          logLoad({ listed, failures: undefined, isSnapshot: preload }),
        ),
        keep: cache.keep(true),
        refresh,
        schedule: Effect.forkIn(Effect.repeat(refresh, EVERY_SECOND), scope),
      }

      const on = (event: LifecycleEvent) =>
        Ref.modify(state, (before) => {
          const { actions, next } = TRANSITIONS[before][event] ?? { actions: [], next: before }
          return [Effect.forEach(actions, (action) => perform[action], { discard: true }), next]
        }).pipe(Effect.flatten)

      const onInvoke = Effect.fnUntraced(function* (deadlineMs: number) {
        yield* cache.setDeadline(deadlineMs)
        const startedAt = yield* Clock.currentTimeMillis
        yield* on("invoke")
        yield* Effect.timeoutOption(cache.settled, Math.max(0, Math.min(MAX_HOLD, deadlineMs - startedAt)))
        const endedAt = yield* Clock.currentTimeMillis
        yield* Metric.update(Metrics.invokeHold, (endedAt - startedAt) / 1_000)
      })

      return Lifecycle.of({ start: (events) => on(startEvent(initializationType, events)), onInvoke })
    }),
  )
}
