/**
 * The Extensions API, server side: register, event/next, init/error, exit/error.
 *
 * Status, type and order of all refusals are those of AWS's runtime interface emulator (rapi/handler/agent*.go), which
 * is Lambda's own code. Subscriptions to Telemetry and Logs are accepted but get no data.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import { type ExtensionEventType } from "./events.ts"
import { MAX_EXTENSIONS } from "./limits.ts"
import { type Extension, type Sandbox, addExtension } from "./Sandbox.ts"
import { type ExtensionMove, type ExtensionState, moveExtension } from "./states.ts"
import { type Answer, type ApiRequest, type Refusal, accepted, header, json, refuse, text } from "./wire.ts"

const RegisterBody = Schema.fromJsonString(
  Schema.NullOr(
    Schema.Struct({
      events: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String))),
      configurationKeys: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String))),
    }),
  ),
)
const decodeRegisterBody = Schema.decodeUnknownOption(RegisterBody)

const ID_HEADER = "Lambda-Extension-Identifier"
const ERROR_TYPE_HEADER = "Lambda-Extension-Function-Error-Type"
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu

const forbid = (errorType: string, message: string) => refuse(403, errorType, message)

const forbidMove = (extension: Extension, to: ExtensionState) =>
  forbid(
    "Extension.InvalidExtensionState",
    `State transition from ${extension.state} to ${to} failed for extension ${extension.name}. ` +
      `Error: State transition is not allowed`,
  )

/** POST /register */
export const register = Effect.fnUntraced(function* (
  sandbox: Sandbox,
  request: ApiRequest,
): Effect.fn.Return<Answer, Refusal> {
  const name = header(request, "Lambda-Extension-Name")
  if (name === "") return yield* forbid("Extension.InvalidExtensionName", "Empty extension name")
  const body = decodeRegisterBody(request.body)
  if (Option.isNone(body) || (body.value?.configurationKeys ?? []).length > 0) {
    return yield* forbid("InvalidRequestFormat", "The body is not a registration in JSON")
  }
  const events = body.value?.events ?? []
  const known = sandbox.extensions.get(name)
  const extension =
    known === undefined || known.internal
      ? yield* registerInternal(sandbox, name, events, known)
      : yield* registerExternal(sandbox, known, events)
  return admit(sandbox, request, extension, events)
})

const registerExternal = Effect.fnUntraced(function* (
  { settings }: Sandbox,
  extension: Extension,
  events: ReadonlyArray<string>,
) {
  // Managed Instances have no INVOKE events, because invokes run in parallel.
  yield* checkEvents(events, settings.managedInstances ? ["SHUTDOWN"] : ["INVOKE", "SHUTDOWN"])
  if (moveExtension(extension.state, "register") === undefined) {
    return yield* forbidMove(extension, "Registered")
  }
  return extension
})

const registerInternal = Effect.fnUntraced(function* (
  sandbox: Sandbox,
  name: string,
  events: ReadonlyArray<string>,
  known: Extension | undefined,
) {
  yield* checkEvents(events, sandbox.settings.managedInstances ? [] : ["INVOKE"])
  if (sandbox.runtime.polled) {
    return yield* forbid("Extension.RegistrationClosed", "Extension registration closed already")
  }
  if (known !== undefined) {
    return yield* forbid("Extension.InvalidExtensionState", "Extension with this name already registered")
  }
  if (sandbox.extensions.size >= MAX_EXTENSIONS) {
    return yield* forbid("Extension.TooManyExtensions", `Extension limit (${MAX_EXTENSIONS}) reached`)
  }
  return yield* addExtension(sandbox, name, true)
})

const checkEvents = (
  events: ReadonlyArray<string>,
  allowed: ReadonlyArray<string>,
): Effect.Effect<void, Refusal> => {
  const wrong = events.find((event) => !allowed.includes(event))
  return wrong === undefined
    ? Effect.void
    : Effect.fail(forbid("Extension.InvalidEventType", `${wrong}: ErrorInvalidEventType`))
}

const admit = (
  sandbox: Sandbox,
  request: ApiRequest,
  extension: Extension,
  events: ReadonlyArray<string>,
): Answer => {
  const { accountId, functionName, functionVersion, handler } = sandbox.settings
  extension.events = [...new Set(events)] as ReadonlyArray<ExtensionEventType>
  sandbox.record({
    type: "registered",
    name: extension.name,
    extensionId: extension.id,
    internal: extension.internal,
    events: extension.events,
    body: request.body,
  })
  move(sandbox, extension, "register")
  const features = header(request, "Lambda-Extension-Accept-Feature")
    .split(",")
    .map((feature) => feature.trim())
  return json(
    200,
    { functionName, functionVersion, handler, ...(features.includes("accountId") ? { accountId } : {}) },
    { [ID_HEADER]: extension.id },
  )
}

/** Applies an allowed move. */
const move = (sandbox: Sandbox, extension: Extension, by: ExtensionMove): void => {
  extension.state = moveExtension(extension.state, by) ?? extension.state
  sandbox.condition.changed()
}

/** GET /event/next: answers with the next event, however long that takes. */
export const next = Effect.fnUntraced(function* (
  sandbox: Sandbox,
  request: ApiRequest,
): Effect.fn.Return<Answer, Refusal> {
  const extension = yield* identify(sandbox, request)
  if (moveExtension(extension.state, "next") === undefined) return yield* forbidMove(extension, "Ready")
  extension.polled = true
  sandbox.record({ type: "next", kind: "extension", name: extension.name })
  move(sandbox, extension, "next")
  const event = yield* Queue.take(extension.inbox)
  move(sandbox, extension, "event")
  return event
})

/** POST /init/error and /exit/error: recorded. The exit that follows ends the environment. */
export const report = (via: "init-error" | "exit-error") =>
  Effect.fnUntraced(function* (sandbox: Sandbox, request: ApiRequest): Effect.fn.Return<Answer, Refusal> {
    const id = yield* identifier(request)
    const errorType = header(request, ERROR_TYPE_HEADER)
    if (errorType === "") {
      return yield* forbid("Extension.MissingHeader", `${ERROR_TYPE_HEADER} not found`)
    }
    const extension = yield* findExtension(sandbox, id)
    const by = via === "init-error" ? "initError" : "exitError"
    const to = via === "init-error" ? "InitError" : "ExitError"
    if (moveExtension(extension.state, by) === undefined) return yield* forbidMove(extension, to)
    const { body } = request
    extension.reported ??= { via, errorType, body }
    sandbox.record({ type: via, kind: "extension", name: extension.name, errorType, body })
    move(sandbox, extension, by)
    return accepted
  })

/** PUT /telemetry and /logs */
export const subscribe = (api: "telemetry" | "logs") => (sandbox: Sandbox, request: ApiRequest) =>
  Effect.map(identify(sandbox, request), ({ id }) => {
    sandbox.record({ type: "subscribed", api, extensionId: id })
    return text(200, "OK", { "content-type": "application/json" })
  })

const identifier = (request: ApiRequest): Effect.Effect<string, Refusal> => {
  const id = header(request, ID_HEADER)
  if (id === "") {
    return Effect.fail(forbid("Extension.MissingExtensionIdentifier", `Missing ${ID_HEADER} header`))
  }
  return UUID.test(id)
    ? Effect.succeed(id.toLowerCase())
    : Effect.fail(forbid("Extension.InvalidExtensionIdentifier", `Invalid ${ID_HEADER}`))
}

const findExtension = (sandbox: Sandbox, id: string): Effect.Effect<Extension, Refusal> => {
  for (const extension of sandbox.extensions.values()) {
    if (extension.id === id) return Effect.succeed(extension)
  }
  return Effect.fail(forbid("Extension.UnknownExtensionIdentifier", `Unknown extension ${id}`))
}

const identify = (sandbox: Sandbox, request: ApiRequest): Effect.Effect<Extension, Refusal> =>
  Effect.flatMap(identifier(request), (id) => findExtension(sandbox, id))
