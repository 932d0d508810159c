/**
 * Reports to the log: metrics for CloudWatch every `metrics.emf_every` invokes, and a summary at the end.
 *
 * The event loop calls it at each INVOKE, `App` at the end.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Ref from "effect/Ref"
import { type EmfPlan, Plan } from "../config/Plan.ts"
import { Settings } from "../config/Settings.ts"
import { emfLine } from "../observability/emf.ts"
import { writeLine } from "../observability/Log.ts"
import * as Metrics from "../observability/Metrics.ts"
import { summaryOf, type Totals, totalsOf } from "../observability/totals.ts"

/** The value of the dimension if AWS_LAMBDA_FUNCTION_NAME is not set. */
const UNKNOWN_FUNCTION = "unknown"

export class Reporter extends Context.Service<
  Reporter,
  {
    /** An invoke has been handled. */
    readonly onInvoke: Effect.Effect<void>
    /** The event loop has ended. Call this once. */
    readonly onEnd: Effect.Effect<void>
  }
>()("cache-extension/lambda/Reporter") {
  static readonly layer: Layer.Layer<Reporter, never, Plan | Settings> = Layer.effect(
    Reporter,
    Effect.gen(function* () {
      const { emf, shared } = yield* Plan
      const hasTier = shared !== undefined
      const { functionName = UNKNOWN_FUNCTION } = yield* Settings
      const invokes = yield* Ref.make(0)
      const lastTotals = yield* Ref.make<Totals | undefined>(undefined)
      const totals = Effect.map(Effect.andThen(Metrics.upToDate, Metric.snapshot), totalsOf)

      const writeEmf = Effect.fnUntraced(function* ({ namespace }: EmfPlan, now: Totals) {
        const before = yield* Ref.getAndSet(lastTotals, now)
        const timestamp = yield* Clock.currentTimeMillis
        yield* writeLine(emfLine(now, before, { namespace, functionName, hasTier, timestamp }))
      })

      const onInvoke = Effect.gen(function* () {
        yield* Metric.update(Metrics.invokes, 1)
        const count = yield* Ref.updateAndGet(invokes, (count) => count + 1)
        if (emf !== undefined && count % emf.every === 0) yield* writeEmf(emf, yield* totals)
      })

      const onEnd = Effect.gen(function* () {
        const now = yield* totals
        if (emf !== undefined) yield* writeEmf(emf, now)
        yield* Effect.annotateLogs(Effect.logInfo(summaryOf(now)), { ...now })
      })

      return Reporter.of({ onInvoke, onEnd })
    }),
  )
}
