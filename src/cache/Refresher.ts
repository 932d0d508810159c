/**
 * Keeps entries fresh around invokes. The environment is frozen between them, so nothing relies on a timer:
 * each INVOKE starts what is due, and the environment is handed back to the freeze once that is done, so that
 * no request is cut in half.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Configuration } from "../config/Configuration.ts"
import { Cache } from "./Cache.ts"

/** The longest time an INVOKE is held open for refreshes, in milliseconds: it is billed. */
const MAX_HOLD = 200

export class Refresher extends Context.Service<
  Refresher,
  {
    /** Starts what is due and waits for the fetches under way: 200 ms at most, and never past the deadline. */
    readonly onInvoke: (deadlineMs: number) => Effect.Effect<void>
  }
>()("cache-extension/cache/Refresher") {
  static readonly layer: Layer.Layer<Refresher, never, Cache | Configuration> = Layer.effect(
    Refresher,
    Effect.gen(function* () {
      const cache = yield* Cache
      const { entries } = yield* Configuration

      return Refresher.of({
        onInvoke: Effect.fnUntraced(function* (deadlineMs) {
          yield* cache.refreshStale(entries.values())
          const now = yield* Clock.currentTimeMillis
          yield* Effect.timeoutOption(cache.settled, Math.max(0, Math.min(MAX_HOLD, deadlineMs - now)))
        }),
      })
    }),
  )
}
