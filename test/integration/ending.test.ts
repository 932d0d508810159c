/**
 * The end of the built extension: SHUTDOWN, SIGTERM and SIGINT end in exit 0 under 500 ms, whatever is going on, and
 * requests that can be answered within the grace of 300 ms are.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { type EmulatorEvent, isEvent } from "../../local/lambda/events.ts"
import {
  type Environment,
  EXTENSION,
  makeEnvironment,
  onEachArtifact,
  readOf,
  READER,
  startEnvironment,
} from "../support/extension.ts"
import { ask, connect, keepAliveAgent } from "../support/extensionHttp.ts"
import { payloadOf } from "../support/lambda.ts"
import { best } from "../support/best.ts"

const CONFIG = "parameters:\n  - names: [A, quick, slow]\n"
const SEED = {
  parameters: ["A", "quick", "slow"].map((name) => ({ name, value: `value ${name}` })),
}

/** The design's bound for leaving; Lambda kills after 2,000 ms. */
const LEAVE_WITHIN = 500

/** An answer of AWS that comes within the 300 ms that requests in flight are given. */
const WITHIN_GRACE = 100

const isExit = isEvent("exited", ({ name }) => name === EXTENSION)

/** Milliseconds between two events of a run: from what asked the extension to leave, to its exit with 0. */
const leaveTime = Effect.fnUntraced(function* (
  { lambda }: Environment,
  asked: (event: EmulatorEvent) => boolean,
) {
  const from = yield* lambda.events.waitFor(asked)
  const exited = yield* lambda.events.waitFor(isExit)
  assert.deepInclude(exited, { code: 0, signal: null })
  return exited.at - from.at
})

const byShutdown = (environment: Environment) =>
  Effect.andThen(environment.lambda.shutdown(), leaveTime(environment, isEvent("shutdown-sent")))

const bySignal = (signal: NodeJS.Signals) => (environment: Environment) =>
  Effect.andThen(
    environment.lambda.signal(EXTENSION, signal),
    leaveTime(
      environment,
      isEvent("signalled", ({ name }) => name === EXTENSION),
    ),
  )

const WAYS = [
  ["SHUTDOWN", byShutdown],
  ["SIGTERM", bySignal("SIGTERM")],
  ["SIGINT", bySignal("SIGINT")],
] as const

/** Connections as functions leave them: kept alive and idle, opened and never used, in the middle of a request. */
const leaveConnectionsOpen = Effect.fnUntraced(function* ({ port, read }: Environment) {
  yield* read("parameters", "A", { agent: yield* keepAliveAgent })
  yield* connect(port)
  const half = yield* connect(port)
  half.write("GET /parameters?name=A HTTP/1.1\r\nHost: localhost\r\n")
}, Effect.orDie)

/** A read that is under way once AWS has been asked for it. */
const readInFlight = Effect.fnUntraced(function* ({ aws, port }: Environment, name: string) {
  const asked = yield* aws.calls.next(({ names }) => names.includes(name)).pipe(Effect.forkScoped)
  const reading = yield* ask(port, readOf("parameters", name)).pipe(Effect.forkScoped)
  yield* Fiber.join(asked)
  return reading
})

const withSlowAws = Effect.fnUntraced(function* ({ aws }: Environment) {
  yield* aws.faults.inject({ match: ["slow"], effect: { kind: "hang" } })
  yield* aws.faults.inject({ match: ["quick"], effect: { kind: "delay", duration: WITHIN_GRACE } })
})

onEachArtifact("the extension leaves with exit 0", (artifact) => {
  const start = startEnvironment({ artifact, config: CONFIG, seed: SEED })

  it.live.each(WAYS)(
    "after %s, in under 500 ms although a request hangs and connections are open",
    ([, leave]) =>
      Effect.gen(function* () {
        const run = Effect.gen(function* () {
          const environment = yield* start
          yield* withSlowAws(environment)
          yield* leaveConnectionsOpen(environment)
          yield* readInFlight(environment, "slow")
          return yield* leave(environment)
        })
        assert.isBelow(yield* best(run, LEAVE_WITHIN), LEAVE_WITHIN)
      }),
  )

  it.live.each(WAYS)("after %s, and first answers the request that can be answered in time", ([, leave]) =>
    Effect.gen(function* () {
      const environment = yield* start
      yield* withSlowAws(environment)
      const quick = yield* readInFlight(environment, "quick")
      const slow = yield* readInFlight(environment, "slow")
      yield* leave(environment)
      assert.deepInclude(yield* Fiber.join(quick), { status: 200, text: "value quick" })
      assert.strictEqual((yield* Effect.flip(Fiber.join(slow))).code, "ECONNRESET")
      assert.strictEqual((yield* Effect.flip(ask(environment.port, "/health"))).code, "ECONNREFUSED")
    }),
  )

  it.live("after SHUTDOWN at once when nothing is going on", () =>
    Effect.gen(function* () {
      const run = Effect.flatMap(start, byShutdown)
      // Well below the grace for requests in flight: nothing is waited for.
      assert.isBelow(yield* best(run, 200), 200)
    }),
  )

  it.live.each(["SIGTERM", "SIGINT"] as const)("after %s while the load hangs", (signal) =>
    Effect.gen(function* () {
      const run = Effect.gen(function* () {
        const environment = yield* makeEnvironment({
          artifact,
          config: CONFIG,
          seed: SEED,
          preload: true,
        })
        yield* environment.aws.faults.inject({ effect: { kind: "hang" } })
        const init = yield* Effect.forkScoped(Effect.exit(environment.lambda.init))
        yield* environment.aws.calls.until(({ operation }) => operation === "GetParameters")
        const time = yield* bySignal(signal)(environment)
        yield* Fiber.join(init)
        return time
      })
      assert.isBelow(yield* best(run, LEAVE_WITHIN), LEAVE_WITHIN)
    }),
  )

  it.live("while it is frozen: it is thawed for SHUTDOWN and leaves as from any other state", () =>
    Effect.gen(function* () {
      const run = Effect.gen(function* () {
        const environment = yield* makeEnvironment({ artifact, config: CONFIG, seed: SEED })
        yield* Effect.orDie(environment.lambda.invoke())
        yield* environment.lambda.events.waitFor(isEvent("frozen"))
        return yield* byShutdown(environment)
      })
      assert.isBelow(yield* best(run, LEAVE_WITHIN), LEAVE_WITHIN)
    }),
  )

  it.live("after the function timed out, and serves again in the next environment", () =>
    Effect.gen(function* () {
      const { lambda, lines } = yield* makeEnvironment({
        artifact,
        config: CONFIG,
        seed: SEED,
        preload: true,
        // The second invoke starts the next environment in its own time.
        lambda: { function: READER, timeout: 3_000 },
      })
      const { functionError } = yield* lambda.invoke({ hang: true })
      assert.strictEqual(functionError?.type, "Sandbox.Timedout")
      const exited = yield* lambda.events.waitFor(isExit)
      assert.deepInclude(exited, { code: 0, signal: null })
      assert.include(lines(), `[${EXTENSION}] Received SHUTDOWN event`)
      const { reads } = payloadOf(yield* lambda.invoke({ reads: [readOf("parameters", "A")] })) as {
        readonly reads: ReadonlyArray<object>
      }
      assert.deepInclude(reads[0] ?? {}, { status: 200, body: "value A" })
    }),
  )
})
