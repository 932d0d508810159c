/**
 * What the metrics and a refusal say of a circuit, and what counts as no answer.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Metric } from "effect"
import { TestClock } from "effect/testing"
import { AccessDenied, type SourceError } from "../../src/domain/SourceError.ts"
import { circuitOpen } from "../../src/observability/Metrics.ts"
import * as Circuit from "../../src/sources/Circuit.ts"
import { failure, unavailable } from "../support/entries.ts"

const HERE = "parameters in us-west-2"
const ELSEWHERE = "parameters in eu-west-1"

const shown = (key: string) =>
  Effect.map(Metric.value(Metric.withAttributes(circuitOpen, { circuit: key })), ({ value }) => value)

const withMetrics = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, Metric.MetricRegistry, new Map())

describe("the metric of a circuit", () => {
  it.effect(
    "is 0 while calls get through, 1 while it is open, and 0 again, each for its own service and region",
    () =>
      Effect.gen(function* () {
        const circuit = yield* Circuit.make
        const fail = Effect.ignore(circuit(HERE)(Effect.fail(unavailable)))
        const seen: Array<number> = []
        for (let time = 0; time < 4; time += 1) {
          yield* fail
          seen.push(yield* shown(HERE))
        }
        assert.deepStrictEqual(seen, [0, 0, 1, 1])
        yield* circuit(ELSEWHERE)(Effect.void)
        assert.deepStrictEqual([yield* shown(HERE), yield* shown(ELSEWHERE)], [1, 0])
        yield* TestClock.adjust("1 second")
        yield* circuit(HERE)(Effect.void)
        assert.strictEqual(yield* shown(HERE), 0)
      }).pipe(withMetrics),
  )
})

describe("what counts as no answer", () => {
  it.effect("is no call that its caller has given up", () =>
    Effect.gen(function* () {
      const circuit = yield* Circuit.make
      for (let time = 0; time < 5; time += 1) {
        const call = yield* Effect.forkChild(circuit(HERE)(Effect.never), { startImmediately: true })
        yield* Fiber.interrupt(call)
      }
      assert.strictEqual(yield* circuit(HERE)(Effect.succeed("answer")), "answer")
    }).pipe(withMetrics),
  )

  it.effect("is told by the last failure that was one, not by an answer that says no", () =>
    Effect.gen(function* () {
      const circuit = yield* Circuit.make
      const late = yield* Deferred.make<void, SourceError>()
      const answered = yield* Effect.forkChild(Effect.exit(circuit(HERE)(Deferred.await(late))), {
        startImmediately: true,
      })
      for (let time = 0; time < 3; time += 1) yield* Effect.ignore(circuit(HERE)(Effect.fail(unavailable)))
      yield* Deferred.fail(late, failure(new AccessDenied({ detail: "denied" })))
      yield* Fiber.join(answered)
      const refused = yield* Effect.flip(circuit(HERE)(Effect.void))
      assert.strictEqual(
        refused.message,
        `${HERE} has not answered (ServiceUnavailable); it is asked again within a second`,
      )
    }).pipe(withMetrics),
  )
})
