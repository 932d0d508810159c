/**
 * The state machines of an extension and of the runtime: the allowed transitions, and that every other one is refused.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  type ExtensionMove,
  type ExtensionState,
  moveExtension,
  moveRuntime,
  type RuntimeMove,
  type RuntimeState,
} from "../../../local/lambda/states.ts"

const walkExtension = (...moves: ReadonlyArray<ExtensionMove>) =>
  moves.reduce<ExtensionState | undefined>((state, by) => state && moveExtension(state, by), "Started")

const walkRuntime = (...moves: ReadonlyArray<RuntimeMove>) =>
  moves.reduce<RuntimeState | undefined>((state, by) => state && moveRuntime(state, by), "Started")

describe("an extension's states", () => {
  it("lead from register over polls and events to a clean exit", () => {
    assert.strictEqual(walkExtension("register", "next", "event", "next", "event", "exited"), "Exited")
  })

  it("allow an init error only between register and the first poll", () => {
    assert.strictEqual(walkExtension("register", "initError"), "InitError")
    assert.isUndefined(walkExtension("initError"))
    assert.isUndefined(walkExtension("register", "next", "initError"))
    assert.isUndefined(walkExtension("register", "next", "event", "initError"))
  })

  it("allow an exit error in every registered state", () => {
    assert.strictEqual(walkExtension("register", "exitError"), "ExitError")
    assert.strictEqual(walkExtension("register", "next", "exitError"), "ExitError")
    assert.strictEqual(walkExtension("register", "next", "event", "exitError"), "ExitError")
    assert.isUndefined(walkExtension("exitError"))
  })

  it("end where nothing more is allowed", () => {
    const moves: ReadonlyArray<ExtensionMove> = [
      "register",
      "next",
      "event",
      "initError",
      "exitError",
      "exited",
    ]
    for (const state of ["Exited", "ShutdownFailed", "LaunchError"] as const) {
      for (const move of moves) assert.isUndefined(moveExtension(state, move), `${state} ${move}`)
    }
  })
})

describe("a runtime's states", () => {
  it("lead around the invocations", () => {
    assert.strictEqual(
      walkRuntime("next", "invoke", "response", "sent", "next", "invoke", "error", "sent"),
      "ResponseSent",
    )
  })

  it("allow one answer per invocation", () => {
    assert.isUndefined(walkRuntime("next", "response"))
    assert.isUndefined(walkRuntime("next", "invoke", "response", "response"))
    assert.isUndefined(walkRuntime("next", "invoke", "response", "sent", "error"))
  })

  it("allow an init error only before the first poll", () => {
    assert.strictEqual(walkRuntime("initError"), "InitError")
    assert.isUndefined(walkRuntime("next", "initError"))
    assert.isUndefined(walkRuntime("initError", "next"))
  })
})
