/**
 * Keeps entries fresh around invokes. The environment is frozen between them, so nothing relies on a timer:
 * each INVOKE starts what is due, and the environment is handed back to the freeze once that is done, so that
 * no request is cut in half. Where invokes are not announced (Managed Instances), nothing freezes and a schedule
 * does the same.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import { Plan } from "../config/Plan.ts"
import { Settings } from "../config/Settings.ts"
import * as Metrics from "../observability/Metrics.ts"
import { Cache } from "./Cache.ts"
import { logLoad } from "./loadLine.ts"

/** The longest time an INVOKE is held open for refreshes, in milliseconds: it is billed. */
export const MAX_HOLD = 200

/** AWS_LAMBDA_INITIALIZATION_TYPE of an environment that is snapshotted after INIT and restored many times. */
export const SNAP_START = "snap-start"

/** How often the schedule looks for what is due. */
const LOOK = Schedule.spaced("1 second")

export class Refresher extends Context.Service<
  Refresher,
  {
    /**
     * Tells the cache how long reads may wait, starts what is due and waits for the fetches under way: 200 ms at most,
     * and never past the deadline.
     */
    readonly onInvoke: (deadlineMs: number) => Effect.Effect<void>
    /** Starts what is due every second, without end: for environments that never freeze. */
    readonly onSchedule: Effect.Effect<void>
  }
>()("cache-extension/cache/Refresher") {
  static readonly layer: Layer.Layer<Refresher, never, Cache | Plan | Settings> = Layer.effect(
    Refresher,
    Effect.gen(function* () {
      const cache = yield* Cache
      const { entries } = yield* Plan
      const settings = yield* Settings
      const scope = yield* Effect.scope
      const isSnapshotAhead = yield* Ref.make(settings.initializationType === SNAP_START)

      const load = Effect.suspend(() => cache.load(entries.values())).pipe(
        Effect.flatMap((failures) => logLoad({ listed: entries.size, failures })),
      )

      /** Under SnapStart, the first INVOKE is the first moment after the snapshot: everything is loaded then. */
      const leaveSnapshot = Effect.fnUntraced(function* () {
        if (!(yield* Ref.getAndSet(isSnapshotAhead, false))) return
        yield* cache.keep(true)
        if (settings.preload) yield* Effect.forkIn(load, scope, { startImmediately: true })
      })

      const refreshDue = Effect.suspend(() => cache.refreshDue(entries.values()))

      const onInvoke = Effect.fnUntraced(function* (deadlineMs: number) {
        yield* cache.setDeadline(deadlineMs)
        const begun = yield* Clock.currentTimeMillis
        yield* leaveSnapshot()
        yield* refreshDue
        yield* Effect.timeoutOption(cache.settled, Math.max(0, Math.min(MAX_HOLD, deadlineMs - begun)))
        const ended = yield* Clock.currentTimeMillis
        yield* Metric.update(Metrics.invokeHold, (ended - begun) / 1_000)
      })

      return Refresher.of({ onInvoke, onSchedule: Effect.asVoid(Effect.repeat(refreshDue, LOOK)) })
    }),
  )
}
