/**
 * Failures of an environment with real processes: launch errors, init errors, timeouts, crashes. Each ends with Lambda's
 * error type, a SHUTDOWN with the right reason, and a new environment at the next invoke. At the end, errors
 * of the emulator itself.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import path from "node:path"
import { isEvent } from "../../../local/lambda/events.ts"
import { LambdaEmulator, type LambdaEmulatorShape } from "../../../local/lambda/LambdaEmulator.ts"
import {
  eventually,
  FIXTURE_EXTENSION,
  folderOf,
  isAlive,
  makeEmulator,
  NODE_FUNCTION,
  raw,
  temporaryFolder,
} from "../../support/lambda.ts"

const alphaWith = (environment: Readonly<Record<string, string>>) =>
  makeEmulator({
    extensions: { alpha: FIXTURE_EXTENSION },
    function: NODE_FUNCTION,
    environment,
    timeout: "30 seconds",
  })

const reasonsOf = (emulator: LambdaEmulatorShape) =>
  emulator.events
    .all()
    .filter(isEvent("shutdown-started"))
    .map(({ reason }) => reason)

const failureOf = (emulator: LambdaEmulatorShape) =>
  Effect.gen(function* () {
    const failure = yield* Effect.flip(emulator.init)
    assert.strictEqual(failure._tag, "InitFailed")
    assert.deepStrictEqual(yield* emulator.processes, [])
    return failure
  })

describe("INIT fails", () => {
  it.live("with Extension.LaunchError for a file that is not executable", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({ extensions: { alpha: { ...FIXTURE_EXTENSION, mode: 0o644 } } })
      assert.deepInclude(yield* failureOf(emulator), { errorType: "Extension.LaunchError", culprit: "alpha" })
      assert.match(emulator.events.all().find(isEvent("launch-failed"))?.message ?? "", /permission denied$/u)
    }),
  )

  it.live("with Extension.LaunchError for a script whose interpreter is not there", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({ extensions: { alpha: { script: "#!/no/such/interpreter\n" } } })
      const failure = yield* failureOf(emulator)
      assert.deepInclude(failure, { errorType: "Extension.LaunchError" })
      assert.match(failure.message, /no such file or directory$/u)
    }),
  )

  it.live("with Extension.LaunchError for the eleventh extension", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 11 }, (_, n) => `extension-${n}`)
      const extensions = Object.fromEntries(names.map((name) => [name, FIXTURE_EXTENSION]))
      const emulator = yield* makeEmulator({ extensions })
      assert.deepInclude(yield* failureOf(emulator), { errorType: "Extension.LaunchError" })
    }),
  )

  it.live("with Extension.InitError, and what the extension had said, when it exits after init/error", () =>
    Effect.gen(function* () {
      const emulator = yield* alphaWith({ EXT_INIT_ERROR: "Extension.ConfigInvalid" })
      const failure = yield* failureOf(emulator)
      assert.deepInclude(failure, {
        errorType: "Extension.InitError",
        message: "exit status 1",
        culprit: "alpha",
      })
      assert.isTrue(
        failure._tag === "InitFailed" && failure.reported?.errorType === "Extension.ConfigInvalid",
      )
      const reported = emulator.events.all().find(isEvent("init-error"))
      assert.strictEqual(
        JSON.parse(reported?.body ?? "{}").errorMessage,
        "told to fail: Extension.ConfigInvalid",
      )
    }),
  )

  it.live.each([
    ["Runtime.NoSuchHandler", "Runtime.NoSuchHandler"],
    ["Function.Broken", "Function.Broken"],
    ["Function.broken", "Function.Unknown"],
    ["Extension.EnvironmentUnresolved", "Runtime.Unknown"],
  ] as const)("with the type that a runtime reports, if it is one of runtimes: %s as %s", ([type, known]) =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator()
      const failed = yield* Effect.forkScoped(failureOf(emulator))
      yield* emulator.events.waitFor(isEvent("runtime-started"))
      yield* raw(emulator.address, "POST", "/2018-06-01/runtime/init/error", {
        headers: { "Lambda-Runtime-Function-Error-Type": type },
      })
      const failure = yield* Fiber.join(failed)
      assert.strictEqual(failure._tag === "InitFailed" && failure.reported?.errorType, known)
    }),
  )

  it.live("with Extension.Crash when an extension exits before it registers, even with 0", () =>
    Effect.gen(function* () {
      const emulator = yield* alphaWith({ EXT_EXIT_AT: "init" })
      assert.deepInclude(yield* failureOf(emulator), { errorType: "Extension.Crash", message: "exit code 0" })
      assert.isFalse(emulator.events.all().some(isEvent("runtime-started")))
    }),
  )

  it.live("with Sandbox.Timedout, naming the extension that did not register in time", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        environment: { EXT_IGNORE: "REGISTER" },
        initTimeout: "300 millis",
      })
      const { pid } = yield* Effect.raceFirst(
        Effect.andThen(Effect.ignore(emulator.init), Effect.never),
        emulator.events.waitFor(isEvent("extension-launched")),
      )
      yield* eventually(() => !isAlive(pid))
      const failure = yield* failureOf(emulator)
      assert.deepInclude(failure, { errorType: "Sandbox.Timedout", culprit: "alpha" })
      assert.deepStrictEqual(reasonsOf(emulator), ["timeout"])
    }),
  )

  it.live(
    "with the function's own error when its init code throws, and is tried again as the service does",
    () =>
      Effect.gen(function* () {
        const emulator = yield* makeEmulator({
          function: { ...NODE_FUNCTION, handler: "broken.handler" },
          timeout: "30 seconds",
        })
        const attempts = () => emulator.events.all().filter(isEvent("init-failed")).length
        const { functionError } = yield* emulator.invoke()
        assert.deepStrictEqual(functionError, { type: "RangeError", message: "broken at init" })
        // First as a separate phase, then once more inside the invoke.
        assert.strictEqual(attempts(), 2)
        yield* emulator.invoke()
        assert.strictEqual(attempts(), 3)
        // A new environment starts with a separate phase again.
        yield* emulator.shutdown()
        yield* emulator.invoke()
        assert.strictEqual(attempts(), 5)
      }),
  )

  it.live("with Runtime.InvalidEntrypoint for a runtime that cannot be executed", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        function: { kind: "command", command: "/no/such/bootstrap", taskRoot: NODE_FUNCTION.taskRoot },
      })
      assert.deepInclude(yield* failureOf(emulator), { errorType: "Runtime.InvalidEntrypoint" })
    }),
  )
})

describe("an invoke fails", () => {
  it.live("at the function's timeout, and the next one runs in new processes", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        function: NODE_FUNCTION,
        timeout: "5 seconds",
      })
      yield* emulator.init
      const pids = (yield* emulator.processes).map(({ pid }) => pid)
      const { durations, functionError, payload, requestId } = yield* emulator.invoke({ do: "hang" })
      assert.deepStrictEqual(functionError, {
        type: "Sandbox.Timedout",
        message: `RequestId: ${requestId} Error: Task timed out after 5.00 seconds`,
      })
      assert.isUndefined(payload)
      assert.isUndefined(durations.response)
      assert.isAtLeast(durations.total, 5000)
      assert.isFalse(pids.some(isAlive))
      yield* emulator.logs.waitFor(({ line }) => line === "got SHUTDOWN timeout")

      const again = yield* emulator.invoke()
      assert.isUndefined(again.functionError)
      assert.deepInclude(JSON.parse(again.payload ?? "{}"), { invocations: 1 })
      assert.deepStrictEqual(reasonsOf(emulator), ["timeout"])
    }),
  )

  it.live(
    "at the same timeout when it is the extension that does not come back, after the function answered",
    () =>
      Effect.gen(function* () {
        const emulator = yield* makeEmulator({
          extensions: { alpha: FIXTURE_EXTENSION },
          function: NODE_FUNCTION,
          environment: { EXT_IGNORE: "INVOKE" },
          timeout: "3 seconds",
          shutdownTimeout: "400 millis",
        })
        yield* emulator.init
        const { durations, functionError, payload } = yield* emulator.invoke()
        assert.strictEqual(functionError?.type, "Sandbox.Timedout")
        assert.isString(payload)
        assert.isBelow(Number(durations.response), 3000)
      }),
  )

  it.live("with Runtime.ExitError when the function's process exits", () =>
    Effect.gen(function* () {
      const emulator = yield* alphaWith({})
      const { functionError, requestId } = yield* emulator.invoke({ do: "exit" })
      assert.deepStrictEqual(functionError, {
        type: "Runtime.ExitError",
        message: `RequestId: ${requestId} Error: Runtime exited with error: exit status 3`,
      })
      yield* emulator.logs.waitFor(({ line }) => line === "got SHUTDOWN failure")
      assert.isUndefined((yield* emulator.invoke()).functionError)
    }),
  )

  it.live(
    "with Function.ResponseSizeTooLarge when a response is too large, also if the runtime then exits",
    () =>
      Effect.gen(function* () {
        const emulator = yield* alphaWith({})
        const { functionError, payload } = yield* emulator.invoke({ do: "exceed" })
        const errorType = "Function.ResponseSizeTooLarge"
        assert.strictEqual(functionError?.type, errorType)
        assert.deepInclude(JSON.parse(payload ?? "{}"), { errorType })
        yield* emulator.logs.waitFor(({ line }) => line === "got SHUTDOWN failure")
        assert.isUndefined((yield* emulator.invoke()).functionError)
      }),
  )

  it.live("with Extension.Crash when an extension exits, even with 0", () =>
    Effect.gen(function* () {
      const emulator = yield* alphaWith({ EXT_EXIT_AT: "invoke" })
      const { functionError, requestId } = yield* emulator.invoke()
      assert.deepStrictEqual(functionError, {
        type: "Extension.Crash",
        message: `RequestId: ${requestId} Error: exit code 0`,
      })
      assert.deepStrictEqual(reasonsOf(emulator), ["failure"])
    }),
  )

  it.live("with Extension.ExitError when an extension reports exit/error and exits", () =>
    Effect.gen(function* () {
      const emulator = yield* alphaWith({ EXT_EXIT_ERROR: "Extension.Lost" })
      const { functionError } = yield* emulator.invoke()
      assert.strictEqual(functionError?.type, "Extension.ExitError")
      assert.strictEqual(emulator.events.all().find(isEvent("exit-error"))?.errorType, "Extension.Lost")
    }),
  )

  it.live("when an extension was killed between invokes", () =>
    Effect.gen(function* () {
      const emulator = yield* alphaWith({})
      yield* emulator.invoke()
      yield* emulator.signal("alpha", "SIGKILL")
      yield* emulator.events.waitFor(isEvent("exited"))
      const { functionError, requestId } = yield* emulator.invoke()
      assert.deepStrictEqual(functionError, {
        type: "Extension.Crash",
        message: `RequestId: ${requestId} Error: signal: killed`,
      })
      assert.isUndefined((yield* emulator.invoke()).functionError)
    }),
  )
})

describe("the emulator says what is wrong", () => {
  it.live("with a port that is taken", () =>
    Effect.gen(function* () {
      const first = yield* makeEmulator()
      const port = Number(first.address.split(":")[1])
      const error = yield* Effect.flip(makeEmulator({ port }))
      assert.strictEqual(error._tag, "EmulatorError")
      assert.include(error.message, `127.0.0.1:${port}`)
    }),
  )

  it.live("with an extensions folder that is not there", () =>
    Effect.gen(function* () {
      const folder = path.join(yield* temporaryFolder, "missing")
      const emulator = yield* LambdaEmulator.make({ function: { kind: "attach" }, extensionsFolder: folder })
      const error = yield* Effect.flip(emulator.init)
      assert.strictEqual(error._tag, "EmulatorError")
      assert.include(error.message, folder)
    }),
  )

  it.live("and takes only regular files for extensions", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ "sub/file": "#!/bin/sh\n" })
      const emulator = yield* LambdaEmulator.make({ function: NODE_FUNCTION, extensionsFolder: folder })
      yield* emulator.init
      assert.deepStrictEqual(
        (yield* emulator.processes).map(({ name }) => name),
        ["function"],
      )
    }),
  )
})
