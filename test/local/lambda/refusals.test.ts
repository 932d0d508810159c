/**
 * What the local Lambda APIs refuse, by raw HTTP, row by row of the contract: status, error type and the order
 * of checks. The test itself is the runtime (attach) and the internal extensions.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { isEvent } from "../../../src/local/lambda/events.ts"
import { type LambdaEmulatorShape } from "../../../src/local/lambda/LambdaEmulator.ts"
import { makeEmulator, raw, type RawRequest } from "../../support/lambda.ts"

const EXTENSION = "/2020-01-01/extension"
const RUNTIME = "/2018-06-01/runtime"
const UNKNOWN_ID = "4a1c6f0e-8a55-4d07-9d3c-0d6c1a3f9b11"

/** An extension that stays silent, so that the test can speak in its name. */
const SILENT = { script: "#!/bin/sh\nexec sleep 60\n" }

/** An emulator in the middle of INIT, waiting for the extension `outer` to register. */
const waitingForRegister = (options: Parameters<typeof makeEmulator>[0] = {}) =>
  Effect.gen(function* () {
    const emulator = yield* makeEmulator({ extensions: { outer: SILENT }, ...options })
    yield* Effect.forkScoped(Effect.exit(emulator.init))
    yield* emulator.events.waitFor(isEvent("extension-launched"))
    return emulator
  })

/** An emulator whose INIT is done with no extension at all; the test holds the runtime's poll. */
const readyRuntime = Effect.gen(function* () {
  const emulator = yield* makeEmulator()
  const init = yield* Effect.forkScoped(emulator.init)
  const poll = yield* Effect.forkScoped(raw(emulator.address, "GET", `${RUNTIME}/invocation/next`))
  yield* Fiber.join(init)
  return { emulator, poll }
})

/** As above, with an invocation that the test has taken and not answered. */
const runningInvocation = Effect.gen(function* () {
  const { emulator, poll } = yield* readyRuntime
  const invoke = yield* Effect.forkScoped(emulator.invoke({ n: 1 }))
  const taken = yield* Fiber.join(poll)
  return { emulator, invoke, id: String(taken.headers["lambda-runtime-aws-request-id"]), taken }
})

const register = (emulator: LambdaEmulatorShape, name: string, events: ReadonlyArray<string>) =>
  Effect.map(
    raw(emulator.address, "POST", `${EXTENSION}/register`, {
      headers: { "Lambda-Extension-Name": name },
      body: JSON.stringify({ events }),
    }),
    (reply) => ({ ...reply, id: String(reply.headers["lambda-extension-identifier"]) }),
  )

const next = (emulator: LambdaEmulatorShape, id: string) =>
  raw(emulator.address, "GET", `${EXTENSION}/event/next`, { headers: { "Lambda-Extension-Identifier": id } })

const report = (emulator: LambdaEmulatorShape, phase: "init" | "exit", id: string, type = "Extension.Test") =>
  raw(emulator.address, "POST", `${EXTENSION}/${phase}/error`, {
    headers: { "Lambda-Extension-Identifier": id, "Lambda-Extension-Function-Error-Type": type },
    body: JSON.stringify({ errorMessage: "m", errorType: type, stackTrace: [] }),
  })

interface Case {
  readonly promise: string
  readonly method?: string
  readonly target: string
  readonly request?: RawRequest
  readonly status: number
  readonly errorType: string | undefined
}

const named = (name: string, body: string): RawRequest => ({
  headers: { "Lambda-Extension-Name": name },
  body,
})
const identified = (id: string): RawRequest => ({ headers: { "Lambda-Extension-Identifier": id } })

const MISSING_ID = { status: 403, errorType: "Extension.MissingExtensionIdentifier" }
const INVALID_ID = { status: 403, errorType: "Extension.InvalidExtensionIdentifier" }
const UNKNOWN = { status: 403, errorType: "Extension.UnknownExtensionIdentifier" }
const NEXT = `${EXTENSION}/event/next`
const REGISTER = `${EXTENSION}/register`
const JSON_FAULT = { status: 403, errorType: "InvalidRequestFormat" }
const EVENT_FAULT = { status: 403, errorType: "Extension.InvalidEventType" }

const CASES: ReadonlyArray<Case> = [
  {
    promise: "a registration without a name",
    target: REGISTER,
    request: { body: "{}" },
    status: 403,
    errorType: "Extension.InvalidExtensionName",
  },
  {
    promise: "a nameless registration before it looks at the body",
    target: REGISTER,
    request: { body: "no json" },
    status: 403,
    errorType: "Extension.InvalidExtensionName",
  },
  {
    promise: "a registration that is no JSON",
    target: REGISTER,
    request: named("outer", "events: INVOKE"),
    ...JSON_FAULT,
  },
  {
    promise: "a registration whose body is an array",
    target: REGISTER,
    request: named("outer", "[]"),
    ...JSON_FAULT,
  },
  {
    promise: "a registration whose events are no list",
    target: REGISTER,
    request: named("outer", '{"events":"INVOKE"}'),
    ...JSON_FAULT,
  },
  {
    promise: "the old configurationKeys",
    target: REGISTER,
    request: named("outer", '{"events":[],"configurationKeys":["a"]}'),
    ...JSON_FAULT,
  },
  {
    promise: "an event it does not know",
    target: REGISTER,
    request: named("outer", '{"events":["INVOKE","TICK"]}'),
    ...EVENT_FAULT,
  },
  {
    promise: "an event in lower case",
    target: REGISTER,
    request: named("outer", '{"events":["invoke"]}'),
    ...EVENT_FAULT,
  },
  {
    promise: "SHUTDOWN for a name that was not launched from the folder",
    target: REGISTER,
    request: named("inner", '{"events":["SHUTDOWN"]}'),
    ...EVENT_FAULT,
  },
  { promise: "a poll without an identifier", method: "GET", target: NEXT, ...MISSING_ID },
  {
    promise: "a poll whose identifier is no UUID",
    method: "GET",
    target: NEXT,
    request: identified("outer"),
    ...INVALID_ID,
  },
  {
    promise: "a poll with an identifier it never gave",
    method: "GET",
    target: NEXT,
    request: identified(UNKNOWN_ID),
    ...UNKNOWN,
  },
  { promise: "an init error without an identifier", target: `${EXTENSION}/init/error`, ...MISSING_ID },
  {
    promise: "an init error whose identifier is no UUID",
    target: `${EXTENSION}/init/error`,
    request: identified("x"),
    ...INVALID_ID,
  },
  {
    promise: "an init error without a type before it looks for the extension",
    target: `${EXTENSION}/init/error`,
    request: identified(UNKNOWN_ID),
    status: 403,
    errorType: "Extension.MissingHeader",
  },
  { promise: "an exit error without an identifier", target: `${EXTENSION}/exit/error`, ...MISSING_ID },
  {
    promise: "an exit error without a type",
    target: `${EXTENSION}/exit/error`,
    request: identified(UNKNOWN_ID),
    status: 403,
    errorType: "Extension.MissingHeader",
  },
  {
    promise: "an exit error of an unknown extension",
    target: `${EXTENSION}/exit/error`,
    request: {
      headers: { ...identified(UNKNOWN_ID).headers, "Lambda-Extension-Function-Error-Type": "A.B" },
    },
    ...UNKNOWN,
  },
  {
    promise: "a telemetry subscription without an identifier",
    method: "PUT",
    target: "/2022-07-01/telemetry",
    ...MISSING_ID,
  },
  {
    promise: "a logs subscription of an unknown extension",
    method: "PUT",
    target: "/2020-08-15/logs",
    request: identified(UNKNOWN_ID),
    ...UNKNOWN,
  },
  {
    promise: "an unknown path",
    method: "GET",
    target: `${EXTENSION}/event/last`,
    status: 404,
    errorType: undefined,
  },
  {
    promise: "another version of the API",
    target: "/2019-01-01/extension/register",
    status: 404,
    errorType: undefined,
  },
  { promise: "a registration by GET", method: "GET", target: REGISTER, status: 405, errorType: undefined },
  { promise: "a poll by POST", target: NEXT, status: 405, errorType: undefined },
  {
    promise: "a runtime's poll by DELETE",
    method: "DELETE",
    target: `${RUNTIME}/invocation/next`,
    status: 405,
    errorType: undefined,
  },
  {
    promise: "a response to no invocation",
    target: `${RUNTIME}/invocation/${UNKNOWN_ID}/response`,
    status: 400,
    errorType: "InvalidRequestID",
  },
  {
    promise: "an error to no invocation",
    target: `${RUNTIME}/invocation/${UNKNOWN_ID}/error`,
    status: 400,
    errorType: "InvalidRequestID",
  },
]

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
      // The events are looked at first.
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
})

const statusAndType = (reply: { readonly status: number; readonly errorType: string | undefined }) => [
  reply.status,
  reply.errorType,
]

describe("the local Lambda APIs answer", () => {
  it.live("a registration with the function's name, version and handler, and the account only if asked", () =>
    Effect.gen(function* () {
      const emulator = yield* waitingForRegister({ functionName: "shop", accountId: "111122223333" })
      const inner = yield* raw(emulator.address, "POST", REGISTER, {
        headers: { "Lambda-Extension-Name": "inner", "Lambda-Extension-Accept-Feature": "other, accountId" },
        body: '{"events":["INVOKE"]}',
      })
      const expected = { functionName: "shop", functionVersion: "$LATEST", handler: "function.handler" }
      assert.deepStrictEqual(JSON.parse(inner.text), { ...expected, accountId: "111122223333" })
      assert.deepStrictEqual(JSON.parse((yield* register(emulator, "outer", [])).text), expected)
    }),
  )

  it.live(
    "a poll with the invocation's deadline, ARN and trace, to the runtime and the extension alike",
    () =>
      Effect.gen(function* () {
        const emulator = yield* waitingForRegister({ functionName: "shop", timeout: "7 seconds" })
        const { id } = yield* register(emulator, "outer", ["INVOKE"])
        const event = yield* Effect.forkScoped(next(emulator, id))
        const invocation = yield* Effect.forkScoped(
          raw(emulator.address, "GET", `${RUNTIME}/invocation/next`),
        )
        yield* emulator.events.waitFor(isEvent("init-done"))
        yield* Effect.forkScoped(emulator.invoke({ n: 1 }, { clientContext: '{"a":1}' }))
        const { deadlineMs, requestId } = yield* emulator.events.waitFor(isEvent("invoke"))

        const toExtension = yield* Fiber.join(event)
        const { tracing, ...body } = JSON.parse(toExtension.text)
        const arn = "arn:aws:lambda:us-east-1:123456789012:function:shop"
        assert.deepStrictEqual(body, { eventType: "INVOKE", deadlineMs, requestId, invokedFunctionArn: arn })
        assert.strictEqual(tracing.type, "X-Amzn-Trace-Id")
        assert.match(tracing.value, /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/u)
        assert.match(String(toExtension.headers["lambda-extension-event-identifier"]), /^[0-9a-f-]{36}$/u)

        const { headers, text } = yield* Fiber.join(invocation)
        assert.strictEqual(text, '{"n":1}')
        assert.strictEqual(headers["lambda-runtime-aws-request-id"], requestId)
        assert.strictEqual(headers["lambda-runtime-deadline-ms"], String(deadlineMs))
        assert.strictEqual(headers["lambda-runtime-invoked-function-arn"], arn)
        assert.strictEqual(headers["lambda-runtime-trace-id"], tracing.value)
        assert.strictEqual(headers["lambda-runtime-client-context"], '{"a":1}')
        assert.isUndefined(headers["lambda-runtime-cognito-identity"])
      }),
  )

  it.live("a runtime that polls again before it has answered with the same invocation", () =>
    Effect.gen(function* () {
      const { emulator, id } = yield* runningInvocation
      const again = yield* raw(emulator.address, "GET", `${RUNTIME}/invocation/next`)
      assert.strictEqual(again.headers["lambda-runtime-aws-request-id"], id)
    }),
  )

  it.live("Telemetry and Logs subscriptions with OK", () =>
    Effect.gen(function* () {
      const emulator = yield* waitingForRegister()
      const { id } = yield* register(emulator, "outer", [])
      for (const target of ["/2022-07-01/telemetry", "/2020-08-15/logs"]) {
        const reply = yield* raw(emulator.address, "PUT", target, identified(id))
        assert.deepStrictEqual([reply.status, reply.text], [200, "OK"])
      }
    }),
  )

  it.live("credentials under SnapStart to whoever has the token", () =>
    Effect.gen(function* () {
      const emulator = yield* waitingForRegister({ initializationType: "snap-start" })
      const refused = yield* raw(emulator.address, "GET", "/2021-04-23/credentials")
      assert.strictEqual(refused.status, 404)
      const Authorization = Buffer.from("local-session-token").toString("base64url")
      const { text } = yield* raw(emulator.address, "GET", "/2021-04-23/credentials", {
        headers: { Authorization },
      })
      assert.strictEqual(JSON.parse(text).Token, "local-session-token")
    }),
  )
})
