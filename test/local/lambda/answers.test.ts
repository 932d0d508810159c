/**
 * Successful answers of the local Lambda APIs: bodies and headers as in Lambda.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { isEvent } from "../../../local/lambda/events.ts"
import { raw } from "../../support/lambda.ts"
import {
  EXTENSION,
  identified,
  next,
  register,
  runningInvocation,
  RUNTIME,
  waitingForRegister,
} from "./rawApi.ts"

const REGISTER = `${EXTENSION}/register`

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
