/**
 * The cold start of the built extension: what it does in which order, what it asks of AWS when, what the function's
 * first reads get, and what the log shows. With real runtimes: AWS's own client for Node.js, and Python.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import path from "node:path"
import { isEvent } from "../../local/lambda/events.ts"
import {
  type Environment,
  EXTENSION,
  makeEnvironment,
  onEachArtifact,
  READER,
  readOf,
} from "../support/extension.ts"
import { ACCEPTED, launchBare, REGISTERED, SHUTDOWN } from "../support/extensionApi.ts"
import { connect } from "../support/extensionHttp.ts"
import { payloadOf, python3 } from "../support/lambda.ts"
import { skipped } from "../support/skipped.ts"

const FIXTURES = path.join(import.meta.dirname, "fixtures")
const PYTHON = python3()

const CONFIG = "parameters:\n  - names: [greeting]\n"
const SEED = { parameters: [{ name: "greeting", value: "hello" }] }
const GREETING = readOf("parameters", "greeting")

/** How far the clocks of local Lambda and local AWS may be apart, in milliseconds. */
const APART = 20

/** Milliseconds an AWS call takes in the tests where something has to wait for it. */
const SLOW = 300

interface Read {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** Invokes the reader with these targets: its answers, and the one of its init code. */
const invokeReader = Effect.fnUntraced(function* ({ lambda }: Environment, reads: ReadonlyArray<string>) {
  const result = yield* Effect.orDie(lambda.invoke({ reads }))
  assert.isUndefined(result.functionError)
  return payloadOf(result) as { readonly reads: ReadonlyArray<Read>; readonly atInit?: Read }
})

const firstPoll = isEvent("next", ({ kind }) => kind === "extension")

onEachArtifact("a cold start", (artifact) => {
  it.live("opens the port before it registers, and registers before it polls", () =>
    Effect.gen(function* () {
      let isOpenAtRegister = false
      const extension = yield* launchBare(artifact, ({ path: target }, port) =>
        Effect.gen(function* () {
          if (target !== "/register") return target === "/event/next" ? SHUTDOWN : ACCEPTED
          isOpenAtRegister = yield* connect(port).pipe(Effect.isSuccess, Effect.scoped)
          return REGISTERED
        }),
      )
      assert.deepStrictEqual(yield* extension.exit, { code: 0, signal: null })
      assert.isTrue(isOpenAtRegister)
      assert.deepStrictEqual(
        extension.requests.all().map(({ path: target }) => target),
        ["/register", "/event/next"],
      )
    }),
  )

  it.live("registers under its own file's name for INVOKE and SHUTDOWN", () =>
    Effect.gen(function* () {
      const { lambda } = yield* makeEnvironment({ artifact, config: CONFIG })
      yield* lambda.init
      const registered = yield* lambda.events.waitFor(isEvent("registered"))
      assert.strictEqual(registered.name, EXTENSION)
      assert.strictEqual(registered.internal, false)
      assert.deepStrictEqual(registered.events, ["INVOKE", "SHUTDOWN"])
    }),
  )

  it.live("with preload has asked AWS before its first poll, so the function's first read is a hit", () =>
    Effect.gen(function* () {
      const environment = yield* makeEnvironment({
        artifact,
        config: CONFIG,
        seed: SEED,
        preload: true,
        latency: SLOW,
        lambda: { function: READER },
      })
      const { aws, lambda } = environment
      yield* lambda.init
      const registered = yield* lambda.events.waitFor(isEvent("registered"))
      const poll = yield* lambda.events.waitFor(firstPoll)
      const [call] = yield* aws.calls.all
      assert.isAbove(Number(call?.at), registered.at - APART)
      assert.isAtLeast(poll.at - Number(call?.at), SLOW - APART)

      const { reads } = yield* invokeReader(environment, [GREETING])
      assert.deepInclude(reads[0], { status: 200, body: "hello" })
      assert.match(String(reads[0]?.headers["cache-status"]), /^cache-extension; hit; ttl=\d+$/)
      assert.deepStrictEqual(yield* environment.operations, ["GetParameter"])
    }),
  )

  it.live("without preload asks AWS nothing until the function reads, and then once", () =>
    Effect.gen(function* () {
      const environment = yield* makeEnvironment({
        artifact,
        config: CONFIG,
        seed: SEED,
        lambda: { function: READER },
      })
      yield* environment.lambda.init
      assert.deepStrictEqual(yield* environment.operations, [])
      const first = yield* invokeReader(environment, [GREETING])
      const second = yield* invokeReader(environment, [GREETING])
      assert.deepInclude(first.reads[0], { status: 200, body: "hello" })
      assert.match(
        String(first.reads[0]?.headers["cache-status"]),
        /^cache-extension; fwd=miss; ttl=\d+; stored$/,
      )
      assert.match(String(second.reads[0]?.headers["cache-status"]), /^cache-extension; hit;/)
      assert.deepStrictEqual(yield* environment.operations, ["GetParameter"])
    }),
  )

  it.live.each([true, false])(
    "lets the function's init code read while AWS is slow: it waits and gets the value (preload %s)",
    (preload) =>
      Effect.gen(function* () {
        const environment = yield* makeEnvironment({
          artifact,
          config: CONFIG,
          seed: SEED,
          preload,
          latency: SLOW,
          variables: { READ_AT_INIT: GREETING },
          lambda: { function: READER },
        })
        yield* environment.lambda.init
        const { atInit, reads } = yield* invokeReader(environment, [GREETING])
        assert.deepInclude(atInit, { status: 200, body: "hello" })
        assert.deepInclude(reads[0], { status: 200, body: "hello" })
        assert.deepStrictEqual(yield* environment.operations, ["GetParameter"])
      }),
  )

  it.live("logs the original's lines with their prefix, and a summary", () =>
    Effect.gen(function* () {
      const { lambda, lines, port } = yield* makeEnvironment({
        artifact,
        config: CONFIG,
        seed: SEED,
        preload: true,
        lambda: { functionName: "shop" },
      })
      yield* lambda.init
      yield* lambda.shutdown()
      const withoutBytes = lines().map((line) => line.replace(/ in \d+ bytes$/, ""))
      assert.deepStrictEqual(withoutBytes, [
        `[${EXTENSION}] Register response: {"functionName":"shop","functionVersion":"$LATEST","handler":"function.handler"}`,
        `[${EXTENSION}] Starting Httpserver on port ${port}`,
        `[${EXTENSION}] Cache successfully loaded`,
        `[${EXTENSION}] Waiting for event...`,
        `[${EXTENSION}] Received SHUTDOWN event`,
        `[${EXTENSION}] Summary: 0 reads (0 hits, 0 misses, 0 stale, 0 absent, 0 failed), 1 AWS call (0 failed), 1 entry`,
        `[${EXTENSION}] Exiting`,
      ])
    }),
  )

  it.live("says how much of what is listed was loaded, and what was not", () =>
    Effect.gen(function* () {
      const { lambda, lines } = yield* makeEnvironment({
        artifact,
        config: `${CONFIG}secrets: [{ names: [missing] }]\n`,
        seed: SEED,
        preload: true,
      })
      yield* lambda.init
      assert.include(lines(), `[${EXTENSION}] WARN Cache loaded 1 of 2; not loaded: secrets "missing"`)
      assert.notInclude(lines().join("\n"), "successfully")
    }),
  )

  it.live("logs one JSON object a line where that is asked for", () =>
    Effect.gen(function* () {
      const { lambda, lines } = yield* makeEnvironment({
        artifact,
        config: CONFIG,
        variables: { CACHE_EXTENSION_LOG_FORMAT: "json", CACHE_EXTENSION_LOG_LEVEL: "debug" },
      })
      yield* lambda.invoke()
      yield* lambda.shutdown()
      const logged = lines().map((line) => JSON.parse(line) as Record<string, unknown>)
      assert.includeMembers(
        logged.map(({ message }) => message),
        [
          "Cache successfully loaded: 1 name; values follow at their first read",
          "Received SHUTDOWN event",
          "Exiting",
        ],
      )
      for (const line of logged) assert.containsAllKeys(line, ["timestamp", "level", "extension", "message"])
    }),
  )

  it.live.skipIf(PYTHON === undefined)(
    `serves a function in Python that knows nothing but HTTP${skipped(PYTHON === undefined, "where there is no python3")}`,
    () =>
      Effect.gen(function* () {
        const environment = yield* makeEnvironment({
          artifact,
          config: CONFIG,
          seed: SEED,
          preload: true,
          lambda: {
            function: {
              kind: "command",
              command: PYTHON ?? "",
              args: [path.join(FIXTURES, "reader.py")],
              taskRoot: FIXTURES,
            },
          },
        })
        const result = yield* environment.lambda.invoke({ reads: [GREETING, "/health"] })
        assert.deepStrictEqual(payloadOf(result), {
          language: "python",
          reads: [
            { status: 200, body: "hello" },
            { status: 200, body: "ok" },
          ],
        })
      }),
  )
})
