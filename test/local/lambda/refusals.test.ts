/**
 * What the local Lambda APIs refuse: status, error type and the order of checks. The test acts as the runtime and as the
 * extensions.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { isEvent } from "../../../local/lambda/events.ts"
import { makeEmulator, NODE_FUNCTION, raw } from "../../support/lambda.ts"
import {
  next,
  readyRuntime,
  register,
  report,
  runningInvocation,
  RUNTIME,
  statusAndType,
  UNKNOWN_ID,
  waitingForRegister,
} from "./rawApi.ts"
import { CASES } from "./refusalCases.ts"

describe("the local Lambda APIs refuse", () => {
  it.live.each(CASES)("$promise", ({ errorType, method = "POST", request, status, target }) =>
    Effect.gen(function* () {
      const emulator = yield* waitingForRegister()
      const reply = yield* raw(emulator.address, method, target, request)
      assert.deepStrictEqual({ status: reply.status, errorType: reply.errorType }, { status, errorType })
      const noted = yield* emulator.events.waitFor(isEvent("refused"))
      assert.strictEqual(noted.status, status)
    }),
  )

  it.live("a second registration of an extension", () =>
    Effect.gen(function* () {
      const emulator = yield* waitingForRegister()
      assert.strictEqual((yield* register(emulator, "outer", ["INVOKE"])).status, 200)
      const again = yield* register(emulator, "outer", ["INVOKE"])
      assert.strictEqual(again.status, 403)
      assert.strictEqual(again.errorType, "Extension.InvalidExtensionState")
      assert.include(again.text, "State transition from Registered to Registered failed for extension outer")
      assert.strictEqual(
        (yield* register(emulator, "outer", ["TICK"])).errorType,
        "Extension.InvalidEventType",
      )
    }),
  )

  it.live("a second poll while the first is open", () =>
    Effect.gen(function* () {
      const emulator = yield* waitingForRegister()
      const { id } = yield* register(emulator, "outer", ["INVOKE"])
      yield* Effect.forkScoped(next(emulator, id))
      yield* emulator.events.waitFor(isEvent("next"))
      const second = yield* next(emulator, id)
      assert.strictEqual(second.status, 403)
      assert.strictEqual(second.errorType, "Extension.InvalidExtensionState")
    }),
  )

  it.live("an init error after the first poll, but not an exit error", () =>
    Effect.gen(function* () {
      const emulator = yield* waitingForRegister()
      const { id } = yield* register(emulator, "outer", ["INVOKE"])
      yield* Effect.forkScoped(next(emulator, id))
      yield* emulator.events.waitFor(isEvent("next"))
      assert.strictEqual((yield* report(emulator, "init", id)).errorType, "Extension.InvalidExtensionState")
      const exit = yield* report(emulator, "exit", id)
      assert.deepStrictEqual([exit.status, exit.text], [202, '{"status":"OK"}'])
    }),
  )

  it.live("a poll after an init error, while a repeated init error is accepted", () =>
    Effect.gen(function* () {
      const emulator = yield* waitingForRegister()
      const { id } = yield* register(emulator, "outer", [])
      assert.strictEqual((yield* report(emulator, "init", id, "Extension.ConfigInvalid")).status, 202)
      assert.strictEqual((yield* report(emulator, "init", id)).status, 202)
      assert.strictEqual((yield* next(emulator, id)).errorType, "Extension.InvalidExtensionState")
      assert.strictEqual((yield* report(emulator, "exit", id)).errorType, "Extension.InvalidExtensionState")
    }),
  )

  it.live("an internal extension after the runtime's first poll", () =>
    Effect.gen(function* () {
      const { emulator } = yield* readyRuntime
      const reply = yield* register(emulator, "late", ["INVOKE"])
      assert.deepStrictEqual([reply.status, reply.errorType], [403, "Extension.RegistrationClosed"])
      // The events are checked first.
      assert.strictEqual(
        (yield* register(emulator, "late", ["SHUTDOWN"])).errorType,
        "Extension.InvalidEventType",
      )
    }),
  )

  it.live("the same internal extension twice, and the eleventh extension", () =>
    Effect.gen(function* () {
      const emulator = yield* waitingForRegister()
      for (let n = 1; n <= 9; n++) {
        assert.strictEqual((yield* register(emulator, `inner-${n}`, ["INVOKE"])).status, 200)
      }
      assert.strictEqual(
        (yield* register(emulator, "inner-1", [])).errorType,
        "Extension.InvalidExtensionState",
      )
      assert.strictEqual((yield* register(emulator, "inner-10", [])).errorType, "Extension.TooManyExtensions")
    }),
  )

  it.live("INVOKE on Managed Instances, where SHUTDOWN alone is accepted", () =>
    Effect.gen(function* () {
      const emulator = yield* waitingForRegister({ initializationType: "lambda-managed-instances" })
      const refused = yield* register(emulator, "outer", ["INVOKE", "SHUTDOWN"])
      assert.deepStrictEqual([refused.status, refused.errorType], [403, "Extension.InvalidEventType"])
      assert.strictEqual((yield* register(emulator, "outer", ["SHUTDOWN"])).status, 200)
    }),
  )

  it.live("a second response to an invocation, and one after the next poll", () =>
    Effect.gen(function* () {
      const { emulator, id, invoke } = yield* runningInvocation
      const respond = (how: "response" | "error") =>
        raw(emulator.address, "POST", `${RUNTIME}/invocation/${id}/${how}`, { body: "1" })
      const first = yield* respond("response")
      assert.deepStrictEqual([first.status, first.text], [202, '{"status":"OK"}'])
      assert.deepStrictEqual(yield* Effect.map(respond("response"), statusAndType), [
        403,
        "InvalidStateTransition",
      ])
      assert.deepStrictEqual(yield* Effect.map(respond("error"), statusAndType), [
        403,
        "InvalidStateTransition",
      ])
      yield* Effect.forkScoped(raw(emulator.address, "GET", `${RUNTIME}/invocation/next`))
      assert.strictEqual((yield* Fiber.join(invoke)).payload, "1")
      assert.deepStrictEqual(yield* Effect.map(respond("response"), statusAndType), [400, "InvalidRequestID"])
    }),
  )

  it.live("a response under another request id, before it looks at anything else", () =>
    Effect.gen(function* () {
      const { emulator } = yield* runningInvocation
      const body = "x".repeat(6 * 1024 * 1024 + 101)
      const reply = yield* raw(emulator.address, "POST", `${RUNTIME}/invocation/${UNKNOWN_ID}/response`, {
        body,
      })
      assert.deepStrictEqual(statusAndType(reply), [400, "InvalidRequestID"])
    }),
  )

  it.live("a response of more than 6 MiB and 100 bytes, and fails the invoke with its reason", () =>
    Effect.gen(function* () {
      const { emulator, id, invoke } = yield* runningInvocation
      const body = "x".repeat(6 * 1024 * 1024 + 101)
      const reply = yield* raw(emulator.address, "POST", `${RUNTIME}/invocation/${id}/response`, { body })
      assert.deepStrictEqual(statusAndType(reply), [413, "RequestEntityTooLarge"])
      yield* Effect.forkScoped(raw(emulator.address, "GET", `${RUNTIME}/invocation/next`))
      assert.strictEqual((yield* Fiber.join(invoke)).functionError?.type, "Function.ResponseSizeTooLarge")
    }),
  )

  it.live("no response of exactly 6 MiB and 100 bytes", () =>
    Effect.gen(function* () {
      const { emulator, id, invoke } = yield* runningInvocation
      const body = "x".repeat(6 * 1024 * 1024 + 100)
      const reply = yield* raw(emulator.address, "POST", `${RUNTIME}/invocation/${id}/response`, { body })
      assert.strictEqual(reply.status, 202)
      yield* Effect.forkScoped(raw(emulator.address, "GET", `${RUNTIME}/invocation/next`))
      assert.strictEqual((yield* Fiber.join(invoke)).payload?.length, body.length)
    }),
  )

  it.live("a response mode that is not streaming", () =>
    Effect.gen(function* () {
      const { emulator, id } = yield* runningInvocation
      const reply = yield* raw(emulator.address, "POST", `${RUNTIME}/invocation/${id}/response`, {
        headers: { "Lambda-Runtime-Function-Response-Mode": "buffered" },
      })
      assert.deepStrictEqual(statusAndType(reply), [400, "InvalidFunctionResponseMode"])
    }),
  )

  it.live("an init error of a runtime that has polled", () =>
    Effect.gen(function* () {
      const { emulator } = yield* readyRuntime
      const reply = yield* raw(emulator.address, "POST", `${RUNTIME}/init/error`)
      assert.deepStrictEqual(statusAndType(reply), [403, "InvalidStateTransition"])
    }),
  )

  it.live("every request while there is no environment", () =>
    Effect.gen(function* () {
      const emulator = yield* makeEmulator({ function: NODE_FUNCTION })
      const reply = yield* raw(emulator.address, "GET", `${RUNTIME}/invocation/next`)
      assert.deepStrictEqual(statusAndType(reply), [500, "InternalServerError"])
    }),
  )
})
