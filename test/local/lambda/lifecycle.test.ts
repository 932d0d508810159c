/**
 * The lifecycle of an environment with real processes: the order of INIT, invokes in several languages, the variables of
 * the processes, and the log. The function runs under AWS's own runtime client.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope, Stream } from "effect"
import path from "node:path"
import process from "node:process"
import { type EmulatorEvent, isEvent } from "../../../local/lambda/events.ts"
import {
  FIXTURE_EXTENSION,
  fixture,
  makeEmulator,
  NODE_FUNCTION,
  payloadOf,
  python3,
} from "../../support/lambda.ts"

const PYTHON = python3()

const typesOf = (events: ReadonlyArray<EmulatorEvent>) => events.map(({ type }) => type)

describe("INIT", () => {
  it.live("launches the extensions in name order and starts the runtime only when all have registered", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { beta: FIXTURE_EXTENSION, alpha: FIXTURE_EXTENSION },
        function: NODE_FUNCTION,
      })
      const duration = yield* emulator.init
      assert.isAbove(duration, 0)
      const events = emulator.events.all()
      const launched = events.filter(isEvent("extension-launched")).map(({ name }) => name)
      assert.deepStrictEqual(launched, ["alpha", "beta"])
      const types = typesOf(events)
      assert.isBelow(types.lastIndexOf("registered"), types.indexOf("runtime-started"))
      assert.isBelow(types.lastIndexOf("next"), types.indexOf("init-done"))
      assert.strictEqual(types.filter((type) => type === "next").length, 3)
    }),
  )

  it.live("gives an extension exactly the variables that Lambda gives, and none of the host's", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        environment: { EXT_DUMP: "1", STAGE: "test", AWS_REGION: "not-overridable" },
        functionName: "shop",
        memorySize: 256,
        region: "eu-central-1",
      })
      yield* Effect.forkScoped(Effect.exit(emulator.init))
      const { line } = yield* emulator.logs.waitFor(({ source }) => source === "extension")
      const { cwd, env } = JSON.parse(line)
      assert.strictEqual(cwd, "/")
      const { PATH, LD_LIBRARY_PATH, ...rest } = env
      assert.strictEqual(PATH.split(path.delimiter)[0], path.dirname(process.execPath))
      assert.include(LD_LIBRARY_PATH, "/opt/lib")
      assert.deepStrictEqual(rest, {
        EXT_DUMP: "1",
        STAGE: "test",
        TZ: ":UTC",
        AWS_ACCESS_KEY_ID: "ASIALOCALEMULATOR000",
        AWS_SECRET_ACCESS_KEY: "local-secret-access-key",
        AWS_SESSION_TOKEN: "local-session-token",
        AWS_REGION: "eu-central-1",
        AWS_DEFAULT_REGION: "eu-central-1",
        AWS_LAMBDA_RUNTIME_API: emulator.address,
        AWS_LAMBDA_FUNCTION_NAME: "shop",
        AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
        AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      })
    }),
  )

  it.live("gives credentials by the container endpoint under SnapStart", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        environment: { EXT_DUMP: "1" },
        initializationType: "snap-start",
      })
      yield* Effect.forkScoped(Effect.exit(emulator.init))
      const { line } = yield* emulator.logs.waitFor(({ source }) => source === "extension")
      const { env } = JSON.parse(line)
      assert.strictEqual(env.AWS_LAMBDA_INITIALIZATION_TYPE, "snap-start")
      assert.isUndefined(env.AWS_ACCESS_KEY_ID)
      assert.include(env.AWS_CONTAINER_CREDENTIALS_FULL_URI, emulator.address)
      assert.isString(env.AWS_CONTAINER_AUTHORIZATION_TOKEN)
    }),
  )

  it.live("happens once, however often it is asked for", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        function: NODE_FUNCTION,
      })
      const [first, second] = yield* Effect.all([emulator.init, emulator.init], { concurrency: 2 })
      yield* emulator.invoke()
      assert.strictEqual(first, second)
      assert.strictEqual(emulator.events.all().filter(isEvent("init-started")).length, 1)
    }),
  )
})

describe("an invoke", () => {
  it.live(
    "runs the handler through AWS's runtime client and reaches the extension with the same request id",
    () =>
      Effect.gen(function* () {
        const emulator = yield* makeEmulator({
          extensions: { alpha: FIXTURE_EXTENSION },
          function: NODE_FUNCTION,
        })
        const first = yield* emulator.invoke({ greeting: "grüß dich" })
        const second = yield* emulator.invoke()
        assert.isUndefined(first.functionError)
        assert.deepInclude(payloadOf(first), {
          invocations: 1,
          echo: { greeting: "grüß dich" },
          requestId: first.requestId,
        })
        assert.deepInclude(payloadOf(second), { invocations: 2, pid: payloadOf(first)["pid"] })
        assert.isNumber(first.durations.init)
        assert.isUndefined(second.durations.init)
        assert.isAtMost(Number(first.durations.response), first.durations.total)
        assert.isAtLeast(first.durations.billed, first.durations.total + Number(first.durations.init))
        yield* emulator.logs.waitFor(
          ({ line, name }) => name === "alpha" && line === `got INVOKE ${second.requestId}`,
        )
      }),
  )

  it.live("gives the function what an extension does not get", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({ function: NODE_FUNCTION, environment: { STAGE: "test" } })
      const { cwd, env } = payloadOf(yield* emulator.invoke({ do: "environment" })) as {
        readonly cwd: string
        readonly env: Record<string, string>
      }
      assert.strictEqual(cwd, NODE_FUNCTION.taskRoot)
      assert.deepInclude(env, {
        LAMBDA_TASK_ROOT: NODE_FUNCTION.taskRoot,
        _HANDLER: "index.handler",
        AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/local-function",
        STAGE: "test",
      })
      assert.isUndefined(env["HOME"])
    }),
  )

  it.live("reports an error of the handler and keeps the environment", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        function: NODE_FUNCTION,
      })
      const failed = yield* emulator.invoke({ do: "throw" })
      assert.deepStrictEqual(failed.functionError, { type: "TypeError", message: "told to throw" })
      assert.deepInclude(payloadOf(yield* emulator.invoke()), { invocations: 2 })
      assert.strictEqual(emulator.events.all().filter(isEvent("init-started")).length, 1)
    }),
  )

  it.live(
    "is not over before every INVOKE subscriber has polled again, while SHUTDOWN-only ones are not asked",
    () =>
      Effect.gen(function* () {
        const emulator = yield* makeEmulator({
          extensions: { alpha: FIXTURE_EXTENSION },
          environment: { EXT_EVENTS: "SHUTDOWN" },
          function: NODE_FUNCTION,
        })
        yield* emulator.invoke()
        yield* emulator.invoke()
        assert.strictEqual(
          emulator.events.all().filter(isEvent("next", ({ name }) => name === "alpha")).length,
          1,
        )
        const report = yield* emulator.shutdown()
        assert.deepInclude(report.extensions[0], { name: "alpha", code: 0, killed: false })
      }),
  )

  it.live("answers invokes that come at once one after the other", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({ function: NODE_FUNCTION })
      const results = yield* Effect.all(
        [1, 2, 3].map((n) => emulator.invoke({ n })),
        { concurrency: 3 },
      )
      assert.deepStrictEqual(
        results.map((result) => payloadOf(result)["invocations"]),
        [1, 2, 3],
      )
    }),
  )

  it.live.skipIf(PYTHON === undefined)(
    `runs a Python function over the plain Runtime API${PYTHON === undefined ? " (no python3 here)" : ""}`,
    () =>
      Effect.gen(function* () {
        const emulator = yield* makeEmulator({
          extensions: { alpha: FIXTURE_EXTENSION },
          function: {
            kind: "command",
            command: PYTHON ?? "",
            args: [fixture("runtime.py")],
            taskRoot: fixture("function"),
            handler: "runtime.handler",
          },
        })
        const result = yield* emulator.invoke({ n: 1 })
        assert.deepStrictEqual(payloadOf(result), {
          language: "python",
          echo: { n: 1 },
          requestId: result.requestId,
          handler: "runtime.handler",
        })
        const failed = yield* emulator.invoke({ do: "raise" })
        assert.deepStrictEqual(failed.functionError, { type: "ValueError", message: "told to raise" })
      }),
  )
})

describe("Managed Instances", () => {
  it.live("answer invokes side by side and never freeze", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        environment: { EXT_EVENTS: "SHUTDOWN", AWS_LAMBDA_NODEJS_WORKER_COUNT: "1" },
        function: NODE_FUNCTION,
        initializationType: "lambda-managed-instances",
        timeout: "10 seconds",
      })
      yield* emulator.init
      const hanging = yield* Effect.forkScoped(emulator.invoke({ do: "hang" }))
      yield* emulator.events.waitFor(isEvent("invoke"))
      const quick = yield* emulator.invoke({ n: 2 })
      assert.deepInclude(payloadOf(quick), { echo: { n: 2 } })
      assert.isUndefined(hanging.pollUnsafe())
      assert.isFalse(typesOf(emulator.events.all()).includes("frozen"))
    }),
  )
})

describe("the log", () => {
  it.live("streams the lines of every process with their source, from the first to the last", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        function: NODE_FUNCTION,
      }).pipe(Scope.provide(scope))
      yield* emulator.init
      const collected = yield* Effect.forkScoped(Stream.runCollect(emulator.logs.stream))
      const { requestId } = yield* emulator.invoke()
      yield* emulator.shutdown()
      yield* Scope.close(scope, Exit.void)
      const lines = (yield* Fiber.join(collected)).map(({ line, source }) => `${source}: ${line}`)
      assert.include(lines, `platform: START RequestId: ${requestId} Version: $LATEST`)
      assert.include(lines, `extension: got INVOKE ${requestId}`)
      assert.include(lines, "extension: got SHUTDOWN spindown")
      assert.isTrue(lines.some((line) => line.startsWith("function: ") && line.endsWith("invocation 1")))
      assert.isTrue(lines[0]?.startsWith("platform: INIT_START"))
    }),
  )
})
