/**
 * How processes stop: the freeze between invokes, the SHUTDOWN phase, and that no process is left however the emulator
 * ends.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { spawn } from "node:child_process"
import process from "node:process"
import { createInterface } from "node:readline"
import { type EmulatorEvent, isEvent } from "../../../local/lambda/events.ts"
import {
  eventually,
  extensionsFolder,
  FIXTURE_EXTENSION,
  fixture,
  HAS_PROC,
  isAlive,
  makeEmulator,
  NODE_FUNCTION,
  payloadOf,
  processState,
} from "../../support/lambda.ts"

const typesOf = (events: ReadonlyArray<EmulatorEvent>) => events.map(({ type }) => type)

describe("the freeze", () => {
  it.live.skipIf(!HAS_PROC)("stops every process between invokes and lets them run during one", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        function: NODE_FUNCTION,
      })
      yield* emulator.init
      const pids = (yield* emulator.processes).map(({ pid }) => pid)
      assert.strictEqual(pids.length, 2)
      const allStopped = () => pids.every((pid) => processState(pid) === "T")
      yield* eventually(allStopped)
      const hanging = yield* Effect.forkScoped(emulator.invoke({ do: "hang" }))
      yield* emulator.events.waitFor(isEvent("invoke"))
      yield* eventually(() => pids.every((pid) => processState(pid) !== "T"))
      yield* Fiber.interrupt(hanging)
      yield* emulator.invoke()
      const renewed = (yield* emulator.processes).map(({ pid }) => pid)
      yield* eventually(() => renewed.every((pid) => processState(pid) === "T"))
    }),
  )

  it.live("survives two hundred rounds in the same processes", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        function: NODE_FUNCTION,
      })
      for (let round = 1; round <= 200; round++) {
        assert.strictEqual(payloadOf(yield* emulator.invoke())["invocations"], round)
      }
      assert.strictEqual(emulator.events.all().filter(isEvent("frozen")).length, 200)
    }),
  )

  it.live.skipIf(!HAS_PROC)("can be left out, and a single process can be paused and resumed", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        function: NODE_FUNCTION,
        freeze: false,
      })
      yield* emulator.invoke()
      assert.isFalse(typesOf(emulator.events.all()).includes("frozen"))
      const alpha = (yield* emulator.processes).find(({ name }) => name === "alpha")?.pid ?? 0
      yield* emulator.pause("alpha")
      yield* eventually(() => processState(alpha) === "T")
      yield* emulator.resume("alpha")
      yield* eventually(() => processState(alpha) !== "T")
    }),
  )
})

describe("SHUTDOWN", () => {
  it.live("sends SIGTERM to the runtime first, then the event, and reports how each extension left", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        function: NODE_FUNCTION,
      })
      yield* emulator.invoke()
      const report = yield* emulator.shutdown()
      assert.strictEqual(report.reason, "spindown")
      assert.strictEqual(report.extensions.length, 1)
      assert.deepInclude(report.extensions[0], { name: "alpha", code: 0, signal: null, killed: false })
      const events = emulator.events.all()
      const started = events.find(isEvent("shutdown-started"))
      const sent = events.find(isEvent("shutdown-sent"))
      assert.closeTo(Number(sent?.deadlineMs), Number(started?.at) + 2000, 2)
      const order = typesOf(events.slice(events.findIndex(isEvent("shutdown-started"))))
      assert.deepStrictEqual(order, [
        "shutdown-started",
        "signalled",
        "exited",
        "shutdown-sent",
        "exited",
        "shutdown-done",
      ])
      assert.deepStrictEqual(yield* emulator.processes, [])
    }),
  )

  it.live("kills an extension that ignores it at the deadline", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        environment: { EXT_IGNORE: "SHUTDOWN" },
        function: NODE_FUNCTION,
        shutdownTimeout: "500 millis",
      })
      yield* emulator.init
      const { extensions } = yield* emulator.shutdown()
      assert.deepInclude(extensions[0], { signal: "SIGKILL", code: null, killed: true })
      assert.isAtLeast(Number(extensions[0]?.ms), 500)
      assert.isBelow(Number(extensions[0]?.ms), 1900)
    }),
  )

  it.live("kills an extension that did not subscribe to it at once", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        environment: { EXT_EVENTS: "INVOKE" },
        function: NODE_FUNCTION,
      })
      yield* emulator.init
      const { extensions } = yield* emulator.shutdown()
      assert.deepInclude(extensions[0], { signal: "SIGKILL", killed: true })
      assert.isFalse(typesOf(emulator.events.all()).includes("shutdown-sent"))
    }),
  )

  it.live("goes cleanly after an invoke that was interrupted half way", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        function: NODE_FUNCTION,
        timeout: "30 seconds",
      })
      const hanging = yield* Effect.forkScoped(emulator.invoke({ do: "hang" }))
      yield* emulator.events.waitFor(isEvent("invoke"))
      yield* Fiber.interrupt(hanging)
      const { extensions } = yield* emulator.shutdown()
      assert.deepInclude(extensions[0], { name: "alpha", code: 0, killed: false })
    }),
  )

  it.live("is followed by a new environment at the next invoke", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({
        extensions: { alpha: FIXTURE_EXTENSION },
        function: NODE_FUNCTION,
      })
      const before = payloadOf(yield* emulator.invoke())
      yield* emulator.shutdown()
      const after = payloadOf(yield* emulator.invoke())
      assert.strictEqual(after["invocations"], 1)
      assert.notStrictEqual(after["pid"], before["pid"])
      assert.strictEqual(emulator.events.all().at(-1)?.generation, 2)
    }),
  )
})

describe("nothing is left behind", () => {
  it.live("when the scope closes in the middle of an invoke, grandchildren included", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const alpha = {
        script: `#!/bin/sh\nsleep 60 &\necho grandchild $!\nexec ${process.execPath} ${fixture("extension.mjs")}\n`,
      }
      const emulator = yield* makeEmulator({
        extensions: { "extension.mjs": alpha },
        function: NODE_FUNCTION,
      }).pipe(Scope.provide(scope))
      yield* emulator.invoke()
      yield* Effect.forkIn(emulator.invoke({ do: "hang" }), scope)
      yield* emulator.events.waitFor(
        isEvent("invoke", ({ at }) => at > 0),
        emulator.events.size(),
      )
      const { line } = yield* emulator.logs.waitFor(({ line }) => line.startsWith("grandchild"))
      const pids = [...(yield* emulator.processes).map(({ pid }) => pid), Number(line.split(" ")[1])]
      assert.strictEqual(pids.length, 3)
      yield* Scope.close(scope, Exit.void)
      yield* eventually(() => pids.every((pid) => !isAlive(pid) || processState(pid) === "Z"))
    }),
  )

  it.live("when the program that runs the emulator is ended by a signal", () =>
    Effect.gen(function* () {
      const folder = yield* extensionsFolder({ alpha: FIXTURE_EXTENSION })
      const child = yield* Effect.acquireRelease(
        Effect.sync(() =>
          spawn(process.execPath, [fixture("host.ts"), folder], { stdio: ["ignore", "pipe", "inherit"] }),
        ),
        (child) => Effect.sync(() => child.kill("SIGKILL")),
      )
      const printed = yield* Effect.callback<string>((resume) => {
        createInterface({ input: child.stdout }).once("line", (line) => resume(Effect.succeed(line)))
      })
      const pids: ReadonlyArray<number> = JSON.parse(printed)
      assert.strictEqual(pids.length, 2)
      assert.isTrue(pids.every(isAlive))
      const ended = Effect.callback<NodeJS.Signals | null>((resume) => {
        child.once("exit", (_code, signal) => resume(Effect.succeed(signal)))
      })
      const exit = yield* Effect.forkScoped(ended, { startImmediately: true })
      child.kill("SIGINT")
      assert.strictEqual(yield* Fiber.join(exit), "SIGINT")
      yield* eventually(() => pids.every((pid) => !isAlive(pid) || processState(pid) === "Z"))
    }),
  )
})
