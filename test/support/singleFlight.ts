/**
 * Single flight without the cache: over a store and a source whose replies the test decides. Records calls, notifications
 * and spans.
 */
import { Deferred, Effect, Fiber, Layer, Redacted, Result } from "effect"
import * as SingleFlight from "../../src/cache/SingleFlight.ts"
import type { Fetched, Flight, FlightOptions } from "../../src/cache/Flight.ts"
import * as Store from "../../src/cache/Store.ts"
import type { Failure } from "../../src/cache/FailureLog.ts"
import type { Entry, Value } from "../../src/domain/Entry.ts"
import type { SourceError } from "../../src/domain/SourceError.ts"
import { type SpanOptions, Tracing } from "../../src/observability/Tracing.ts"
import { Sources } from "../../src/sources/Sources.ts"
import type { Effort } from "../../src/sources/retry.ts"
import { MINUTE, parameter, SECOND } from "./entries.ts"

export const ENTRY = parameter("A", { ttl: MINUTE })
export const READ = { budget: 2_500, retryFor: 1_000, purpose: "read" } as const

interface Asked {
  readonly effort: Effort
  readonly held: Value | undefined
  readonly answer: Deferred.Deferred<Value, SourceError>
}

/** `maxBytes`: what a value may weigh alone. */
export const setup = Effect.fnUntraced(function* (maxBytes = 1_000_000) {
  const asked: Array<Asked> = []
  const failures: Array<readonly [Failure, number]> = []
  const recovered: Array<number> = []
  const spans: Array<readonly [string, SpanOptions | undefined]> = []
  const sources = Layer.succeed(Sources, {
    prepare: () => Effect.void,
    importFor: () => Effect.void,
    fetch: Effect.fnUntraced(function* (_address, effort, held) {
      const answer = yield* Deferred.make<Value, SourceError>()
      if (effort !== undefined) asked.push({ effort, held, answer })
      return yield* Deferred.await(answer)
    }),
  })
  const tracing = Layer.succeed(Tracing, {
    isOn: true,
    around: (name, options) => (effect) =>
      Effect.andThen(
        Effect.sync(() => spans.push([name, options])),
        effect,
      ),
    childOf: () => (effect) => effect,
    flush: () => Effect.void,
  })
  const store = yield* Store.make(
    { maxEntries: 100, maxBytes: 1_000_000 },
    { isListed: () => true, lastRead: () => 0 },
  )
  const flights = yield* SingleFlight.make({
    store,
    isIdle: () => false,
    readEffort: () => READ,
    limits: { maxBytes, forcedRefreshInterval: SECOND },
    failureLog: {
      failed: (_, failure, now) => Effect.sync(() => void failures.push([failure, now])),
      succeeded: (_, now) => Effect.sync(() => void recovered.push(now)),
    },
  }).pipe(Effect.provide([sources, tracing]))

  const start = (entry: Entry = ENTRY, options: FlightOptions = READ) => flights.start(entry, options)
  /** Starts a fetch and waits for it: what the caller gets. */
  const wait = ({ fetched }: Flight) => Effect.forkChild(Effect.result(fetched), { startImmediately: true })
  const answer = (value: Value, index = asked.length - 1) =>
    Effect.suspend(() => {
      const call = asked[index]
      return call === undefined ? Effect.die("no such call") : Deferred.succeed(call.answer, value)
    })
  const fail = (error: SourceError) =>
    Effect.suspend(() => {
      const call = asked.at(-1)
      return call === undefined ? Effect.die("no call") : Deferred.fail(call.answer, error)
    })
  const fill = Effect.fnUntraced(function* (value: Value) {
    const filling = yield* wait(yield* start())
    yield* answer(value)
    yield* Fiber.join(filling)
  })
  return { asked, failures, recovered, spans, store, flights, start, wait, answer, fail, fill }
})

export const bodyIn = (slot: ReturnType<Store.Store["get"]>) =>
  slot.held && Redacted.value(slot.held.value.body)

export const shown = (result: Result.Result<Fetched, SourceError>) =>
  Result.isSuccess(result)
    ? [Redacted.value(result.success.held.value.body), result.success.isStored]
    : [result.failure.reason._tag, result.failure.message]
