/**
 * What the states of an environment ask of the cache, step by step: at start, snapshot, INVOKE and on a schedule.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Logger, Metric } from "effect"
import { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import { Settings } from "../../src/config/Settings.ts"
import {
  Lifecycle,
  type LifecycleEvent,
  startEvent,
  type State,
  TRANSITIONS,
} from "../../src/lambda/Lifecycle.ts"
import type { EventType } from "../../src/lambda/registerRequest.ts"
import * as Metrics from "../../src/observability/Metrics.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import { MINUTE, parameter, planOffering, SECOND } from "../support/entries.ts"

const ANNOUNCED: ReadonlyArray<EventType> = ["INVOKE", "SHUTDOWN"]
const UNANNOUNCED: ReadonlyArray<EventType> = ["SHUTDOWN"]

const FAR = 60 * MINUTE

const [A, B] = [parameter("A"), parameter("B")] as const

/** A plan that lists A and B, and what AWS's AppConfig agent would prefetch. */
const planPrefetching = (prefetched: ReadonlyArray<Entry>) => {
  const appConfigAgent = { port: 0, portVariable: "", logLevel: undefined, prefetched, entryAt: () => A }
  return planOffering({ appConfigAgent }, {}, A, B)
}

/**
 * A Lifecycle that has started, over a cache that only notes what is asked of it, in order, and settles when the test says so.
 * `started` is what the start asked for.
 */
const noted = Effect.fnUntraced(function* (
  environment: Record<string, string> = {},
  loaded: Effect.Effect<void> = Effect.void,
  events: ReadonlyArray<EventType> = ANNOUNCED,
  prefetched: ReadonlyArray<Entry> = [],
) {
  const steps: Array<string> = []
  const deadlines: Array<number> = []
  const settled = yield* Deferred.make<void>()
  const namesOf = (entries: Iterable<Entry>) => Array.from(entries, ({ name }) => name).join(",")
  const cache = Layer.mock(Cache, {
    fresh: () => undefined,
    setDeadline: (deadlineMs) => Effect.sync(() => void deadlines.push(deadlineMs)),
    keep: (isKept) => Effect.sync(() => void steps.push(`keep ${isKept}`)),
    load: (entries) => {
      steps.push(`load ${namesOf(entries)}`)
      return Effect.as(loaded, [])
    },
    refreshDue: (entries) => Effect.sync(() => void steps.push(`refresh ${namesOf(entries)}`)),
    settled: Effect.suspend(() => (steps.push("settle"), Deferred.await(settled))),
  })
  const context = yield* Layer.build(
    Lifecycle.layer.pipe(Layer.provide([cache, planPrefetching(prefetched), Settings.layer(environment)])),
  )
  const lifecycle = yield* Effect.provideContext(Lifecycle, context)
  const invoke = (deadlineMs = FAR) =>
    Effect.forkChild(lifecycle.onInvoke(deadlineMs), { startImmediately: true })
  yield* lifecycle.start(events)
  const started = steps.splice(0)
  return { steps, started, deadlines, settle: Deferred.succeed(settled, undefined), invoke }
})

/** What is logged, by level and words. */
const recordedLog = () => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
    lines.push(`${logLevel} ${String(message)}`)
  })
  return { lines, logger: Logger.layer([logger]) }
}

const SNAP_START = { AWS_LAMBDA_INITIALIZATION_TYPE: "snap-start" }
const PRELOAD = { CACHE_EXTENSION_INIT_STARTUP: "true" }

describe("an INVOKE", () => {
  it.effect("refreshes what is due of what is listed, then waits for what is under way", () =>
    Effect.gen(function* () {
      const { invoke, settle, steps } = yield* noted(PRELOAD)
      const fiber = yield* invoke()
      assert.deepStrictEqual(steps, ["refresh A,B", "settle"])
      assert.isUndefined(fiber.pollUnsafe())
      yield* settle
      yield* Fiber.join(fiber)
    }),
  )

  it.effect("tells the cache its deadline before anything is asked for", () =>
    Effect.gen(function* () {
      const { deadlines, invoke, steps } = yield* noted()
      yield* invoke(7_000)
      assert.deepStrictEqual([deadlines, steps], [[7_000], ["refresh A,B", "settle"]])
    }),
  )

  it.effect("tells the metrics how long it was held, in seconds", () =>
    Effect.gen(function* () {
      const { invoke, settle } = yield* noted()
      yield* TestClock.adjust(MINUTE)
      const first = yield* invoke()
      yield* TestClock.adjust(150)
      yield* settle
      yield* Fiber.join(first)
      const second = yield* invoke()
      yield* Fiber.join(second)
      const { count, max, min, sum } = yield* Metric.value(Metrics.invokeHold)
      assert.deepStrictEqual({ count, max, min, sum }, { count: 2, max: 0.15, min: 0, sum: 0.15 })
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())),
  )

  it.effect("after a snapshot keeps and loads before it refreshes, and does so once", () =>
    Effect.gen(function* () {
      const { invoke, settle, steps } = yield* noted({ ...SNAP_START, ...PRELOAD })
      const { lines, logger } = recordedLog()
      yield* settle
      yield* Effect.provide(Effect.flatMap(invoke(), Fiber.join), logger)
      assert.deepStrictEqual(lines, ["Info Cache successfully loaded"])
      assert.deepStrictEqual(steps.splice(0), ["keep true", "load A,B", "refresh A,B", "settle"])
      yield* Fiber.join(yield* invoke())
      assert.deepStrictEqual(steps, ["refresh A,B", "settle"])
    }),
  )

  it.effect("after a snapshot is not held until the load is done, but for its 200 ms", () =>
    Effect.gen(function* () {
      const { invoke, steps } = yield* noted({ ...SNAP_START, ...PRELOAD }, Effect.never)
      const fiber = yield* invoke()
      assert.deepStrictEqual(steps, ["keep true", "load A,B", "refresh A,B", "settle"])
      yield* TestClock.adjust(200)
      assert.isDefined(fiber.pollUnsafe())
    }),
  )

  it.effect("after a snapshot keeps what is read, but loads nothing where preload is off", () =>
    Effect.gen(function* () {
      const { invoke, settle, steps } = yield* noted(SNAP_START)
      yield* settle
      yield* Fiber.join(yield* invoke())
      assert.deepStrictEqual(steps, ["keep true", "refresh A,B", "settle"])
    }),
  )

  it.effect("of an environment without a snapshot loads nothing and forgets nothing", () =>
    Effect.gen(function* () {
      const { invoke, settle, steps } = yield* noted({
        AWS_LAMBDA_INITIALIZATION_TYPE: "provisioned-concurrency",
        ...PRELOAD,
      })
      yield* settle
      yield* Fiber.join(yield* invoke())
      assert.deepStrictEqual(steps, ["refresh A,B", "settle"])
    }),
  )
})

describe("what AWS's AppConfig agent would prefetch", () => {
  const C = parameter("C")

  it.effect("is loaded at the start although nothing else is, and refreshed with what is listed", () =>
    Effect.gen(function* () {
      const { invoke, started, steps } = yield* noted({}, Effect.void, ANNOUNCED, [C, B])
      assert.deepStrictEqual(started, ["load C,B"])
      yield* invoke()
      assert.deepStrictEqual(steps, ["refresh A,B,C", "settle"])
    }),
  )

  it.effect("is loaded together with what is listed, each once", () =>
    Effect.gen(function* () {
      const { started } = yield* noted(PRELOAD, Effect.void, ANNOUNCED, [C, B])
      assert.deepStrictEqual(started, ["load A,B,C"])
    }),
  )

  it.effect("is in no snapshot: it is loaded at the first invoke after that", () =>
    Effect.gen(function* () {
      const { invoke, started, steps } = yield* noted(SNAP_START, Effect.void, ANNOUNCED, [C])
      assert.deepStrictEqual(started, ["keep false"])
      yield* invoke()
      assert.deepStrictEqual(steps, ["keep true", "load C", "refresh A,B,C", "settle"])
    }),
  )
})

describe("the schedule", () => {
  it.effect("looks at once, then each second, without end", () =>
    Effect.gen(function* () {
      const { started, steps } = yield* noted({}, Effect.void, UNANNOUNCED)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual([...started, ...steps], ["refresh A,B"])
      yield* TestClock.adjust(SECOND - 1)
      assert.lengthOf(steps, 1)
      yield* TestClock.adjust(1)
      assert.lengthOf(steps, 2)
      yield* TestClock.adjust(MINUTE)
      assert.lengthOf(steps, 62)
    }),
  )
})

describe("the states of an environment", () => {
  it.each([
    ["on-demand", ANNOUNCED, "start"],
    ["provisioned-concurrency", ANNOUNCED, "start"],
    [undefined, ANNOUNCED, "start"],
    ["snap-start", ANNOUNCED, "startSnapStart"],
    ["snap-start", UNANNOUNCED, "startSnapStart"],
    ["lambda-managed-instances", UNANNOUNCED, "startUnannounced"],
    [undefined, UNANNOUNCED, "startUnannounced"],
  ] as const)("begin, where Lambda says %s and announces %s, with %s", (type, events, event) => {
    assert.strictEqual(startEvent(type, events), event)
  })

  const states: ReadonlyArray<State> = ["initializing", "snapshotting", "invoked", "scheduled"]
  const events: ReadonlyArray<LifecycleEvent> = ["start", "startSnapStart", "startUnannounced", "invoke"]
  const expected: Partial<Record<`${State} ${LifecycleEvent}`, string>> = {
    "initializing start": "load -> invoked",
    "initializing startSnapStart": "discard -> snapshotting",
    "initializing startUnannounced": "load, schedule -> scheduled",
    "snapshotting invoke": "keep, loadInBackground, refresh -> invoked",
    "invoked invoke": "refresh -> invoked",
  }

  it.each(states.flatMap((state) => events.map((event) => [state, event] as const)))(
    "change as the table says: %s, %s",
    (state, event) => {
      const transition = TRANSITIONS[state][event]
      const found = transition && `${transition.actions.join(", ")} -> ${transition.next}`
      assert.strictEqual(found, expected[`${state} ${event}`])
    },
  )

  it.effect.each([
    [{}, ANNOUNCED, []],
    [PRELOAD, ANNOUNCED, ["load A,B"]],
    [PRELOAD, UNANNOUNCED, ["load A,B"]],
    [SNAP_START, ANNOUNCED, ["keep false"]],
    [{ ...SNAP_START, ...PRELOAD }, ANNOUNCED, ["keep false"]],
  ] as const)("start with what %j and %j ask for", ([environment, events, steps]) =>
    Effect.gen(function* () {
      const { started } = yield* noted(environment, Effect.void, events)
      assert.deepStrictEqual(started, [...steps])
    }),
  )
})
