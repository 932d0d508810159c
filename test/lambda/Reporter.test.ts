/**
 * What the extension says of itself unasked: metrics for CloudWatch every so many invokes, and a summary at the end.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, Metric, References } from "effect"
import { TestClock } from "effect/testing"
import { Plan } from "../../src/config/Plan.ts"
import { Settings } from "../../src/config/Settings.ts"
import { Reporter } from "../../src/lambda/Reporter.ts"
import * as Metrics from "../../src/observability/Metrics.ts"
import { parseEmf } from "../support/emf.ts"
import { planOf } from "../support/entries.ts"

const NOW = 1_700_000_000_000

/** A reporter for the function `shop`, with metrics of its own, and what it writes and logs. */
const setup = Effect.fnUntraced(function* (every: number | undefined) {
  const lines: Array<string> = []
  const { log } = globalThis.console
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      globalThis.console.log = (line: string) => void lines.push(line)
    }),
    () =>
      Effect.sync(() => {
        globalThis.console.log = log
      }),
  )
  const entries: Array<{ readonly message: string; readonly fields: Readonly<Record<string, unknown>> }> = []
  const logger = Logger.make<unknown, void>(({ fiber, message }) => {
    entries.push({ message: String(message), fields: fiber.getRef(References.CurrentLogAnnotations) })
  })
  const plan = Layer.effect(
    Plan,
    Effect.map(Plan, (plan) => ({
      ...plan,
      ...(every === undefined ? {} : { emf: { every, namespace: "Shop" } }),
    })),
  ).pipe(Layer.provide(planOf()))
  const context = yield* Layer.build(
    Reporter.layer.pipe(Layer.provide([plan, Settings.layer({ AWS_LAMBDA_FUNCTION_NAME: "shop" })])),
  )
  yield* TestClock.setTime(NOW)
  const { onEnd, onInvoke } = yield* Effect.provideContext(Reporter, context)
  const records = () => lines.map((line) => parseEmf(line, NOW))
  return { onInvoke, end: Effect.provide(onEnd, Logger.layer([logger])), lines, records, entries }
})

const hits = (count: number) => Metric.update(Metric.withAttributes(Metrics.reads, { outcome: "hit" }), count)

const alone = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, Metric.MetricRegistry, new Map())

describe("the reporter", () => {
  it.effect("writes metrics for CloudWatch every so many invokes and at the end, each count once", () =>
    alone(
      Effect.gen(function* () {
        const { end, onInvoke, records } = yield* setup(2)
        yield* hits(3)
        yield* onInvoke
        assert.deepStrictEqual(records(), [])
        yield* onInvoke
        yield* hits(4)
        yield* onInvoke
        yield* end
        const counts = records().map(({ metrics }) => [metrics["Hits"]?.value, metrics["Invokes"]?.value])
        assert.deepStrictEqual(counts, [
          [3, 2],
          [4, 1],
        ])
        assert.deepInclude(records()[0], {
          namespace: "Shop",
          timestamp: NOW,
          dimensions: { FunctionName: "shop" },
        })
      }),
    ),
  )

  it.effect("writes none where nobody asked for them", () =>
    alone(
      Effect.gen(function* () {
        const { end, lines, onInvoke } = yield* setup(undefined)
        yield* onInvoke
        yield* end
        assert.deepStrictEqual(lines, [])
      }),
    ),
  )

  it.effect("sums up the run in one line, with the figures as fields beside it", () =>
    alone(
      Effect.gen(function* () {
        const { end, entries } = yield* setup(undefined)
        yield* hits(3)
        yield* end
        const [entry, ...more] = entries
        assert.match(String(entry?.message), /^Summary: 3 reads \(3 hits, .*$/)
        assert.deepInclude(entry?.fields, { reads: 3, hits: 3, misses: 0 })
        assert.deepStrictEqual(more, [])
      }),
    ),
  )
})
