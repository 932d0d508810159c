import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, identity, Layer, MutableRef } from "effect"
import { TestClock } from "effect/testing"
import { Refresher } from "../../src/cache/Refresher.ts"
import { EventLoop } from "../../src/lambda/EventLoop.ts"
import { Reporter } from "../../src/lambda/Reporter.ts"
import { CurrentInvoke, type CurrentInvokeShape } from "../../src/observability/CurrentInvoke.ts"
import { Tracing } from "../../src/observability/Tracing.ts"
import { ExtensionsApi, ExtensionsApiError } from "../../src/lambda/ExtensionsApi.ts"

const invoke = JSON.stringify({
  eventType: "INVOKE",
  deadlineMs: 5_000,
  requestId: "r-1",
  invokedFunctionArn: "arn:aws:lambda:us-west-2:123456789012:function:f",
  tracing: { type: "X-Amzn-Trace-Id", value: "Root=1" },
})
const shutdown = JSON.stringify({ eventType: "SHUTDOWN", deadlineMs: 5_000, shutdownReason: "spindown" })
const broken = new ExtensionsApiError({ operation: "event/next", status: 0, detail: "ECONNRESET" })
const refused = new ExtensionsApiError({ operation: "event/next", status: 500, detail: "Container error" })

const registration = { identifier: "id-1", events: ["INVOKE", "SHUTDOWN"], response: "{}" } as const

/** Runs the loop over these answers of `next`, one after another; gives the deadlines that the Refresher saw. */
const run = Effect.fnUntraced(function* (...answers: ReadonlyArray<string | ExtensionsApiError>) {
  const left = [...answers]
  const deadlines: Array<number> = []
  const api = Layer.mock(ExtensionsApi, {
    next: () =>
      Effect.suspend(() => {
        const answer = left.shift()
        if (answer === undefined) return Effect.die("next was called once too often")
        return typeof answer === "string" ? Effect.succeed(answer) : Effect.fail(answer)
      }),
  })
  const refresher = Layer.succeed(Refresher, {
    onSchedule: Effect.void,
    onInvoke: (deadlineMs) => Effect.sync(() => void deadlines.push(deadlineMs)),
  })
  const flushes: Array<number> = []
  const invokes: Array<CurrentInvokeShape | undefined> = []
  const current = MutableRef.make<CurrentInvokeShape | undefined>(undefined)
  const reporter = Layer.mock(Reporter, {
    onInvoke: Effect.sync(() => void invokes.push(MutableRef.get(current))),
  })
  const tracing = Layer.succeed(Tracing, {
    isOn: true,
    around: () => identity,
    childOf: () => identity,
    flush: (milliseconds) => Effect.sync(() => void flushes.push(milliseconds)),
  })
  const context = yield* Layer.build(
    EventLoop.layer.pipe(
      Layer.provide([api, refresher, reporter, tracing, Layer.succeed(CurrentInvoke, current)]),
    ),
  )
  const loop = yield* Effect.provideContext(EventLoop, context)
  const fiber = yield* Effect.forkChild(Effect.exit(loop.run(registration)), { startImmediately: true })
  yield* TestClock.adjust("1 minute")
  const exit = yield* Fiber.join(fiber)
  return { exit, deadlines, left, flushes, invokes, current: MutableRef.get(current) }
})

describe("EventLoop", () => {
  it.effect("wakes the Refresher at each INVOKE and ends at SHUTDOWN without asking for more", () =>
    Effect.gen(function* () {
      const { deadlines, exit, left } = yield* run(invoke, invoke, shutdown)
      assert.deepStrictEqual([exit._tag, deadlines, left], ["Success", [5_000, 5_000], []])
    }),
  )

  it.effect("knows which invoke goes on, and that none does after SHUTDOWN", () =>
    Effect.gen(function* () {
      const { current, invokes } = yield* run(invoke, shutdown)
      assert.deepStrictEqual(invokes, [{ requestId: "r-1", traceHeader: "Root=1" }])
      assert.isUndefined(current)
    }),
  )

  it.effect.each([{}, { tracing: null }, { tracing: { value: 5 } }, { tracing: "Root=1" }])(
    "takes an INVOKE whose tracing says nothing: %j",
    (tracing) =>
      Effect.gen(function* () {
        const { tracing: _, ...rest } = JSON.parse(invoke) as Record<string, unknown>
        const { invokes } = yield* run(JSON.stringify({ ...rest, ...tracing }), shutdown)
        assert.deepStrictEqual(invokes, [{ requestId: "r-1" }])
      }),
  )

  it.effect(
    "sends spans before it asks for the next event, for 100 ms at most and never past the deadline",
    () =>
      Effect.gen(function* () {
        const late = JSON.stringify({ ...(JSON.parse(invoke) as object), deadlineMs: 30 })
        const past = JSON.stringify({ ...(JSON.parse(invoke) as object), deadlineMs: -30 })
        assert.deepStrictEqual((yield* run(invoke, late, past, shutdown)).flushes, [100, 30, 0])
      }),
  )

  it.effect("accepts a SHUTDOWN without a reason", () =>
    Effect.gen(function* () {
      const { exit } = yield* run(JSON.stringify({ eventType: "SHUTDOWN", deadlineMs: 1 }))
      assert.strictEqual(exit._tag, "Success")
    }),
  )

  it.effect("asks again when the connection broke", () =>
    Effect.gen(function* () {
      const { exit } = yield* run(broken, broken, broken, shutdown)
      assert.strictEqual(exit._tag, "Success")
    }),
  )

  it.effect("gives up when the connection stays broken", () =>
    Effect.gen(function* () {
      const { exit } = yield* run(broken, broken, broken, broken)
      assert.strictEqual(exit._tag, "Failure")
    }),
  )

  it.effect("gives up at once when the container is broken", () =>
    Effect.gen(function* () {
      const { exit, left } = yield* run(refused, shutdown)
      assert.deepStrictEqual([exit._tag, left.length], ["Failure", 1])
    }),
  )

  it.effect("fails on what is no event", () =>
    Effect.gen(function* () {
      const { exit } = yield* run(`{"eventType":"RESTORE"}`)
      assert.include(String(exit), "not an event")
    }),
  )
})
