import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Clock,
  Effect,
  Exit,
  Fiber,
  identity,
  Layer,
  Logger,
  MutableRef,
  Option,
  References,
} from "effect"
import { TestClock } from "effect/testing"
import { Lifecycle } from "../../src/lambda/Lifecycle.ts"
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

/** Runs the loop over these answers of `next`, one after another; gives the deadlines that the Lifecycle saw. */
const run = (...answers: ReadonlyArray<string | ExtensionsApiError>) => runHeld(0, ...answers)

/** The same; the Lifecycle holds each INVOKE for so many milliseconds. */
const runHeld = Effect.fnUntraced(function* (
  hold: number,
  ...answers: ReadonlyArray<string | ExtensionsApiError>
) {
  const asked: Array<readonly [at: number, registration: unknown]> = []
  const lines: Array<string> = []
  const parents: Array<string | undefined> = []
  const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
    lines.push(`${logLevel} ${String(message)}`)
  })
  const left = [...answers]
  const deadlines: Array<number> = []
  const api = Layer.mock(ExtensionsApi, {
    next: (given) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        asked.push([now, given])
        const answer = left.shift()
        if (answer === undefined) return Effect.die("next was called once too often")
        return typeof answer === "string" ? Effect.succeed(answer) : Effect.fail(answer)
      }),
  })
  const lifecycle = Layer.succeed(Lifecycle, {
    start: () => Effect.void,
    onInvoke: (deadlineMs) =>
      Effect.andThen(
        Effect.sync(() => void deadlines.push(deadlineMs)),
        hold === 0 ? Effect.void : Effect.sleep(hold),
      ),
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
    childOf: (parent) => {
      parents.push(parent?.spanId)
      return identity
    },
    flush: (milliseconds) => Effect.sync(() => void flushes.push(milliseconds)),
  })
  const context = yield* Layer.build(
    EventLoop.layer.pipe(
      Layer.provide([api, lifecycle, reporter, tracing, Layer.succeed(CurrentInvoke, current)]),
    ),
  )
  const loop = yield* Effect.provideContext(EventLoop, context)
  const running = Effect.exit(loop.run(registration)).pipe(
    Effect.provide(Logger.layer([logger])),
    Effect.provideService(References.MinimumLogLevel, "All"),
  )
  const fiber = yield* Effect.forkChild(running, { startImmediately: true })
  yield* TestClock.adjust("1 minute")
  const exit = yield* Fiber.join(fiber)
  return { exit, deadlines, left, flushes, invokes, asked, lines, parents, current: MutableRef.get(current) }
})

describe("EventLoop", () => {
  it.effect("wakes the Lifecycle at each INVOKE and ends at SHUTDOWN without asking for more", () =>
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

  it.effect.each([
    [99, 100],
    [100, 100],
    [101, 99],
    [150, 50],
    [200, 0],
    [250, 0],
  ] as const)("that was held for %i ms by refreshes leaves %i ms to send spans", ([hold, left]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* runHeld(hold, invoke, shutdown)).flushes, [left])
    }),
  )

  it.effect("takes the deadline for a moment of the wall clock", () =>
    Effect.gen(function* () {
      const soon = JSON.stringify({ ...(JSON.parse(invoke) as object), deadlineMs: 100 })
      assert.deepStrictEqual((yield* runHeld(60, soon, shutdown)).flushes, [40])
    }),
  )

  it.effect("makes what an INVOKE does part of the invoke's trace", () =>
    Effect.gen(function* () {
      const value = "Root=1-6759e988-bd862e3fe1be46a994272793;Parent=63995c3f42cd8ad8;Sampled=1"
      const traced = JSON.stringify({
        ...(JSON.parse(invoke) as object),
        tracing: { type: "X-Amzn-Trace-Id", value },
      })
      assert.deepStrictEqual((yield* run(traced, invoke, shutdown)).parents, ["63995c3f42cd8ad8", undefined])
    }),
  )

  it.effect("asks as what it has registered, and logs each step in the original's words", () =>
    Effect.gen(function* () {
      const { asked, lines } = yield* run(invoke, shutdown)
      assert.deepStrictEqual(
        asked.map(([, given]) => given),
        [registration, registration],
      )
      assert.deepStrictEqual(lines, [
        "Info Waiting for event...",
        "Debug Received INVOKE event r-1",
        "Debug Waiting for event...",
        "Info Received SHUTDOWN event",
      ])
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
      const { asked, exit } = yield* run(broken, broken, broken, shutdown)
      assert.strictEqual(exit._tag, "Success")
      assert.deepStrictEqual(
        asked.map(([at]) => at),
        [0, 50, 150, 350],
      )
    }),
  )

  it.effect("gives up when the connection stays broken", () =>
    Effect.gen(function* () {
      const { asked, exit } = yield* run(broken, broken, broken, broken)
      assert.deepStrictEqual([exit, asked.length], [Exit.fail(broken), 4])
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
      if (exit._tag === "Success") return assert.fail("it succeeded")
      const { detail, operation, status } = Option.getOrThrow(Cause.findErrorOption(exit.cause))
      assert.deepStrictEqual([operation, status], ["event/next", 200])
      assert.match(detail, /^not an event: .+/)
    }),
  )
})
