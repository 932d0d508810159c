/**
 * For tests that act as an extension or as the runtime: emulators in a certain state, and shorthands for the requests.
 */
import { Effect, Fiber } from "effect"
import { isEvent } from "../../../local/lambda/events.ts"
import { type LambdaEmulatorShape } from "../../../local/lambda/LambdaEmulator.ts"
import { makeEmulator, raw, type RawRequest } from "../../support/lambda.ts"

export const EXTENSION = "/2020-01-01/extension"
export const RUNTIME = "/2018-06-01/runtime"
export const UNKNOWN_ID = "4a1c6f0e-8a55-4d07-9d3c-0d6c1a3f9b11"

/** An extension that sends nothing, so that the test can act for it. */
const SILENT = { script: "#!/bin/sh\nexec sleep 60\n" }

/** An emulator in INIT that waits until the extension `outer` registers. */
export const waitingForRegister = (options: Parameters<typeof makeEmulator>[0] = {}) =>
  Effect.gen(function* () {
    const emulator = yield* makeEmulator({ extensions: { outer: SILENT }, ...options })
    yield* Effect.forkScoped(Effect.exit(emulator.init))
    yield* emulator.events.waitFor(isEvent("extension-launched"))
    return emulator
  })

/** An emulator after INIT without extensions, and the open poll of the runtime. */
export const readyRuntime = Effect.gen(function* () {
  const emulator = yield* makeEmulator()
  const init = yield* Effect.forkScoped(emulator.init)
  const poll = yield* Effect.forkScoped(raw(emulator.address, "GET", `${RUNTIME}/invocation/next`))
  yield* Fiber.join(init)
  return { emulator, poll }
})

/** As above, with an invocation that the test has not answered yet. */
export const runningInvocation = Effect.gen(function* () {
  const { emulator, poll } = yield* readyRuntime
  const invoke = yield* Effect.forkScoped(emulator.invoke({ n: 1 }))
  const taken = yield* Fiber.join(poll)
  return { emulator, invoke, id: String(taken.headers["lambda-runtime-aws-request-id"]), taken }
})

export const register = (emulator: LambdaEmulatorShape, name: string, events: ReadonlyArray<string>) =>
  Effect.map(
    raw(emulator.address, "POST", `${EXTENSION}/register`, {
      headers: { "Lambda-Extension-Name": name },
      body: JSON.stringify({ events }),
    }),
    (reply) => ({ ...reply, id: String(reply.headers["lambda-extension-identifier"]) }),
  )

export const next = (emulator: LambdaEmulatorShape, id: string) =>
  raw(emulator.address, "GET", `${EXTENSION}/event/next`, { headers: { "Lambda-Extension-Identifier": id } })

export const report = (
  emulator: LambdaEmulatorShape,
  phase: "init" | "exit",
  id: string,
  type = "Extension.Test",
) =>
  raw(emulator.address, "POST", `${EXTENSION}/${phase}/error`, {
    headers: { "Lambda-Extension-Identifier": id, "Lambda-Extension-Function-Error-Type": type },
    body: JSON.stringify({ errorMessage: "m", errorType: type, stackTrace: [] }),
  })

export const identified = (id: string): RawRequest => ({ headers: { "Lambda-Extension-Identifier": id } })

export const statusAndType = (reply: { readonly status: number; readonly errorType: string | undefined }) => [
  reply.status,
  reply.errorType,
]
