/**
 * The circuit of a service and region: what opens it, what it lets through while open, and what closes it again. The
 * calls are simulated and time is that of a TestClock; `Sources.test.ts` has the batches and retries inside of it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Metric, References, Result } from "effect"
import { TestClock } from "effect/testing"
import {
  AccessDenied,
  BadSignature,
  ConnectionLost,
  ExpiredCredentials,
  InvalidRequest,
  RefusedCredentials,
  type SourceError,
  Throttled,
  TimedOut,
} from "../../src/domain/SourceError.ts"
import { circuitOpen } from "../../src/observability/Metrics.ts"
import * as Circuit from "../../src/sources/Circuit.ts"
import { MAX_REGIONS_AND_ROLES } from "../../src/aws/LruMap.ts"
import { failure, notFound, unavailable } from "../support/entries.ts"

const HERE = "parameters in us-west-2"
const ELSEWHERE = "parameters in eu-west-1"

const timedOut = failure(new TimedOut({ detail: "no answer" }))
const connectionLost = failure(new ConnectionLost({ detail: "ECONNREFUSED" }))

/** A circuit, and calls through it that are counted when they are let through. */
const setup = Effect.gen(function* () {
  const circuit = yield* Circuit.make
  let passed = 0
  const through = <A>(call: Effect.Effect<A, SourceError>, key = HERE) =>
    Effect.result(circuit(key)(Effect.suspend(() => ((passed += 1), call))))
  const failing = (error: SourceError, key?: string) => through(Effect.fail(error), key)
  /** Three calls in a row without an answer. */
  const open = Effect.forEach([unavailable, timedOut, connectionLost], (error) => failing(error))
  return { through, failing, open, passed: () => passed }
})

const answer = Effect.succeed("answer")

const saidOf = (result: Result.Result<unknown, SourceError>): string =>
  Result.isSuccess(result) ? String(result.success) : result.failure.message

const refusalAfter = (cause: string) =>
  `${HERE} has not answered (${cause}); it is asked again within a second`
const REFUSAL = refusalAfter("ECONNREFUSED")

describe("the circuit of a service and region", () => {
  it.effect("lets a call through as long as fewer than three in a row had no answer", () =>
    Effect.gen(function* () {
      const { failing, passed, through } = yield* setup
      for (const call of [failing(unavailable), failing(timedOut), through(answer)]) yield* call
      yield* failing(connectionLost)
      yield* failing(unavailable)
      assert.strictEqual(saidOf(yield* through(answer)), "answer")
      assert.strictEqual(passed(), 6)
    }),
  )

  it.effect(
    "opens after three calls in a row without an answer, and then fails at once without calling",
    () =>
      Effect.gen(function* () {
        const { open, passed, through } = yield* setup
        yield* open
        const refused = yield* through(answer)
        assert.strictEqual(saidOf(refused), REFUSAL)
        assert.strictEqual(Result.isFailure(refused) && refused.failure.reason._tag, "CircuitOpen")
        assert.strictEqual(passed(), 3)
      }),
  )

  it.effect.each([
    ["not found", notFound],
    ["access denied", failure(new AccessDenied({ detail: "denied" }))],
    ["throttled", failure(new Throttled({ detail: "ThrottlingException" }))],
    ["invalid", failure(new InvalidRequest({ detail: "ValidationException" }))],
  ] as const)("takes %s for an answer: it never opens a circuit, and ends a row of failures", ([, no]) =>
    Effect.gen(function* () {
      const { failing, passed, through } = yield* setup
      for (let call = 0; call < 10; call += 1) yield* failing(no)
      for (const error of [unavailable, unavailable, no, unavailable, unavailable]) yield* failing(error)
      assert.strictEqual(saidOf(yield* through(answer)), "answer")
      assert.strictEqual(passed(), 16)
    }),
  )

  it.effect("does not count a call whose caller went away", () =>
    Effect.gen(function* () {
      const { failing, passed, through } = yield* setup
      yield* failing(unavailable)
      yield* failing(unavailable)
      yield* Fiber.interrupt(yield* Effect.forkChild(through(Effect.never), { startImmediately: true }))
      assert.strictEqual(saidOf(yield* through(answer)), "answer")
      assert.strictEqual(passed(), 4)
    }),
  )

  it.effect("stays open for a second, then lets one call find out, and fails the others meanwhile", () =>
    Effect.gen(function* () {
      const { open, passed, through } = yield* setup
      yield* open
      yield* TestClock.adjust(999)
      assert.strictEqual(saidOf(yield* through(answer)), REFUSAL)

      yield* TestClock.adjust(1)
      const reply = yield* Deferred.make<string>()
      const probe = yield* Effect.forkChild(through(Deferred.await(reply)), { startImmediately: true })
      for (let call = 0; call < 5; call += 1) assert.strictEqual(saidOf(yield* through(answer)), REFUSAL)
      assert.strictEqual(passed(), 4)
      yield* Deferred.succeed(reply, "back")
      assert.strictEqual(saidOf(yield* Fiber.join(probe)), "back")
    }),
  )

  it.effect("closes again once the service has answered", () =>
    Effect.gen(function* () {
      const { failing, open, passed, through } = yield* setup
      yield* open
      yield* TestClock.adjust("1 second")
      yield* through(answer)
      yield* failing(unavailable)
      yield* failing(unavailable)
      assert.strictEqual(saidOf(yield* through(answer)), "answer")
      assert.strictEqual(passed(), 7)
    }),
  )

  it.effect("closes although the answer was a no", () =>
    Effect.gen(function* () {
      const { failing, open, through } = yield* setup
      yield* open
      yield* TestClock.adjust("1 second")
      yield* failing(notFound)
      assert.strictEqual(saidOf(yield* through(answer)), "answer")
    }),
  )

  it.effect("stays open for another second when the one call had no answer either", () =>
    Effect.gen(function* () {
      const { failing, open, passed, through } = yield* setup
      yield* open
      for (let second = 0; second < 3; second += 1) {
        yield* TestClock.adjust("1 second")
        yield* failing(timedOut)
        yield* TestClock.adjust(999)
        assert.strictEqual(saidOf(yield* through(answer)), refusalAfter("no answer"))
        yield* TestClock.adjust(1)
      }
      assert.strictEqual(passed(), 6)
      assert.strictEqual(saidOf(yield* through(answer)), "answer")
    }),
  )

  it.effect("lets another call find out when the one that did was cancelled", () =>
    Effect.gen(function* () {
      const { open, through } = yield* setup
      yield* open
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(yield* Effect.forkChild(through(Effect.never), { startImmediately: true }))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(saidOf(yield* through(answer)), "answer")
    }),
  )

  it.effect.each([2, 3])(
    "lets another call find out at whatever moment the one that did was cancelled, at a yield every %i steps",
    (steps) =>
      Effect.gen(function* () {
        for (let yields = 0; yields < 20; yields += 1) {
          const { open, through } = yield* setup
          yield* open
          yield* TestClock.adjust("1 second")
          const probe = yield* through(Effect.never).pipe(
            Effect.provideService(References.MaxOpsBeforeYield, steps),
            Effect.forkChild,
          )
          for (let turn = 0; turn < yields; turn += 1) yield* Effect.yieldNow
          yield* Fiber.interrupt(probe)
          yield* TestClock.adjust("1 second")
          assert.strictEqual(saidOf(yield* through(answer)), "answer", `after ${yields} yields`)
        }
      }),
  )

  it.effect("is seen in the metrics, open and closed, each by its own name", () =>
    Effect.gen(function* () {
      const { failing, open, through } = yield* setup
      const stateOf = (circuit: string) =>
        Effect.map(Metric.value(Metric.withAttributes(circuitOpen, { circuit })), ({ value }) => value)
      yield* failing(unavailable, ELSEWHERE)
      yield* open
      assert.deepStrictEqual([yield* stateOf(HERE), yield* stateOf(ELSEWHERE)], [1, 0])
      yield* through(answer)
      assert.strictEqual(yield* stateOf(HERE), 1)
      yield* TestClock.adjust("1 second")
      yield* failing(timedOut)
      assert.strictEqual(yield* stateOf(HERE), 1)
      yield* TestClock.adjust("1 second")
      yield* through(answer)
      assert.strictEqual(yield* stateOf(HERE), 0)
    }),
  )

  it.effect.each([
    ["ExpiredCredentials", ExpiredCredentials],
    ["RefusedCredentials", RefusedCredentials],
    ["BadSignature", BadSignature],
  ] as const)("takes %s for an answer", ([, Reason]) =>
    Effect.gen(function* () {
      const { failing, through } = yield* setup
      const error = failure(new Reason({ detail: "" }))
      for (let call = 0; call < 5; call += 1) yield* failing(error)
      assert.strictEqual(saidOf(yield* through(answer)), "answer")
    }),
  )

  it.effect("leaves other services and regions alone", () =>
    Effect.gen(function* () {
      const { failing, open, passed, through } = yield* setup
      yield* open
      yield* failing(unavailable, ELSEWHERE)
      assert.strictEqual(saidOf(yield* through(answer, ELSEWHERE)), "answer")
      assert.strictEqual(passed(), 5)
    }),
  )

  it.effect("has no more than a hundred series, however many regions and roles there are", () =>
    Effect.gen(function* () {
      const registry = new Map()
      const circuits = Effect.gen(function* () {
        const { open, through } = yield* setup
        for (let index = 0; index < 3_000; index += 1) yield* through(answer, `parameters in region-${index}`)
        // One without a series works all the same.
        yield* open
        assert.strictEqual(saidOf(yield* through(answer)), REFUSAL)
        return yield* Metric.snapshot
      })
      const series = yield* Effect.provideService(Effect.scoped(circuits), Metric.MetricRegistry, registry)
      assert.strictEqual(
        series.filter(({ id }) => id === "cache_extension_circuit_open").length,
        MAX_REGIONS_AND_ROLES,
      )
    }),
  )
})
