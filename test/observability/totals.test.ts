/**
 * What the metrics add up to, and the line that says it at the end.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric } from "effect"
import * as Metrics from "../../src/observability/Metrics.ts"
import { summaryOf, totalsOf } from "../../src/observability/totals.ts"

/** An effect that sees metrics of its own. */
const alone = <A>(effect: Effect.Effect<A>): Effect.Effect<A> =>
  Effect.provideService(effect, Metric.MetricRegistry, new Map())

const read = (outcome: string, times = 1) =>
  Metric.update(Metric.withAttributes(Metrics.reads, { outcome }), times)
const call = (outcome: string, operation = "GetParameters") =>
  Metric.update(Metric.withAttributes(Metrics.awsCalls, { service: "SSM", operation, outcome }), 1)

const totals = Effect.map(Metric.snapshot, totalsOf)

describe("the totals", () => {
  it.effect("are zeros where nothing has happened", () =>
    alone(Effect.map(totals, (all) => assert.deepStrictEqual(new Set(Object.values(all)), new Set([0])))),
  )

  it.effect("add up reads by how they ended, and calls of AWS over all services", () =>
    alone(
      Effect.gen(function* () {
        for (const outcome of [
          "hit",
          "hit",
          "miss",
          "shared",
          "stale",
          "stale-if-error",
          "stale-if-denied",
          "absent",
          "failed",
          "not-cached",
        ])
          yield* read(outcome)
        for (const outcome of ["ok", "Throttled", "AccessDenied", "ok"]) yield* call(outcome)
        yield* call("ok", "GetParameter")
        yield* Metric.update(Metrics.entries, 3)
        yield* Metric.update(Metrics.bytes, 1_900)
        for (const [circuit, open] of [
          ["secrets in us-west-2", 1],
          ["parameters in us-west-2", 0],
        ] as const)
          yield* Metric.update(Metric.withAttributes(Metrics.circuitOpen, { circuit }), open)
        yield* Metric.update(Metrics.invokeHold, 0.2)
        yield* Metric.update(Metrics.invokeHold, 0.1)
        yield* Metric.update(Metrics.refreshLag, 5)
        const all = yield* totals
        assert.deepInclude(all, { reads: 10, hits: 2, misses: 1, shared: 1, stale: 3, absent: 1, failed: 2 })
        assert.deepInclude(all, { awsCalls: 5, awsFailures: 2, entries: 3, bytes: 1_900, refreshes: 1 })
        assert.deepInclude(all, { staleIfError: 2, awsThrottled: 1, openCircuits: 1 })
        assert.closeTo(all.holdSeconds, 0.3, 1e-9)
      }),
    ),
  )

  it.effect("count each read once, however it ended", () =>
    alone(
      Effect.gen(function* () {
        yield* Metrics.upToDate
        const series = (yield* Metric.snapshot).filter(({ id }) => id === Metrics.reads.id)
        assert.isAtLeast(series.length, 9)
        for (const { attributes = {} } of series) yield* read(attributes["outcome"] ?? "")
        const { absent, failed, hits, misses, reads, shared, stale } = yield* totals
        assert.strictEqual(hits + misses + shared + stale + absent + failed, reads)
        assert.strictEqual(reads, series.length)
      }),
    ),
  )

  it.effect("add up what the shared tier did", () =>
    alone(
      Effect.gen(function* () {
        for (const [event, times] of [
          ["hit", 1],
          ["wait", 2],
          ["write", 3],
          ["failure", 4],
        ] as const)
          yield* Metric.update(Metric.withAttributes(Metrics.sharedEvents, { event }), times)
        assert.deepInclude(yield* totals, { sharedWaits: 2, sharedWrites: 3, sharedFailures: 4 })
      }),
    ),
  )

  it("are told in one line", () => {
    const NONE = totalsOf([])
    assert.strictEqual(
      summaryOf({ ...NONE, reads: 3, hits: 1, misses: 2, awsCalls: 1, entries: 2, bytes: 1_310 }),
      "Summary: 3 reads (1 hit, 2 misses, 0 stale, 0 absent, 0 failed), 1 AWS call (0 failed), 2 entries in 1310 bytes",
    )
    assert.strictEqual(
      summaryOf({ ...NONE, reads: 1, misses: 1, entries: 1, bytes: 1 }),
      "Summary: 1 read (0 hits, 1 miss, 0 stale, 0 absent, 0 failed), 0 AWS calls (0 failed), 1 entry in 1 byte",
    )
    assert.strictEqual(
      summaryOf({ ...NONE, reads: 3, misses: 1, shared: 2, awsCalls: 1, entries: 3, bytes: 9 }),
      "Summary: 3 reads (0 hits, 1 miss, 2 shared, 0 stale, 0 absent, 0 failed), 1 AWS call (0 failed), 3 entries in 9 bytes",
    )
  })
})
