/**
 * The Extensions API, server side: register, event/next, init/error, exit/error.
 *
 * Every refusal, its status, type and place in the order of checks is that of AWS's runtime interface emulator
 * (rapi/handler/agent*.go), which is the service's own code. Telemetry and Logs subscriptions are accepted and
 * never fed.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import { type ExtensionEventType } from "./events.ts"
import { MAX_EXTENSIONS } from "./limits.ts"
import { type Extension, type Sandbox, addExtension } from "./Sandbox.ts"
import { type ExtensionMove, type ExtensionState, moveExtension } from "./states.ts"
import { type Reply, type Request, accepted, header, json, refuse, text } from "./wire.ts"

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
export const register = (sandbox: Sandbox, request: Request): Effect.Effect<Reply> => {
  const name = header(request, "Lambda-Extension-Name")
  if (name === "") {
    return Effect.succeed(forbid("Extension.InvalidExtensionName", "Empty extension name"))
  }
  const body = decodeRegisterBody(request.body)
  if (Option.isNone(body) || (body.value?.configurationKeys ?? []).length > 0) {
    return Effect.succeed(forbid("InvalidRequestFormat", "The body is not a registration in JSON"))
  }
  const events = body.value?.events ?? []
  const known = sandbox.extensions.get(name)
  return known === undefined || known.internal
    ? registerInternal(sandbox, request, name, events, known)
    : Effect.sync(() => registerExternal(sandbox, request, known, events))
}

const registerExternal = (
  sandbox: Sandbox,
  request: Request,
  extension: Extension,
  events: ReadonlyArray<string>,
): Reply => {
  // Invokes of Managed Instances run in parallel, so there is no one INVOKE to tell an extension of.
  const allowed: ReadonlyArray<string> = sandbox.settings.managedInstances
    ? ["SHUTDOWN"]
    : ["INVOKE", "SHUTDOWN"]
  return (
    refuseEvents(events, allowed) ??
    (moveExtension(extension.state, "register") === undefined
      ? forbidMove(extension, "Registered")
      : admit(sandbox, request, extension, events))
  )
}

const registerInternal = (
  sandbox: Sandbox,
  request: Request,
  name: string,
  events: ReadonlyArray<string>,
  known: Extension | undefined,
): Effect.Effect<Reply> => {
  const refused = refuseEvents(events, sandbox.settings.managedInstances ? [] : ["INVOKE"])
  if (refused !== undefined) return Effect.succeed(refused)
  if (sandbox.runtime.polled) {
    return Effect.succeed(forbid("Extension.RegistrationClosed", "Extension registration closed already"))
  }
  if (known !== undefined) {
    return Effect.succeed(
      forbid("Extension.InvalidExtensionState", "Extension with this name already registered"),
    )
  }
  if (sandbox.extensions.size >= MAX_EXTENSIONS) {
    return Effect.succeed(
      forbid("Extension.TooManyExtensions", `Extension limit (${MAX_EXTENSIONS}) reached`),
    )
  }
  return Effect.map(addExtension(sandbox, name, true), (extension) =>
    admit(sandbox, request, extension, events),
  )
}

const refuseEvents = (events: ReadonlyArray<string>, allowed: ReadonlyArray<string>): Reply | undefined => {
  const wrong = events.find((event) => !allowed.includes(event))
  return wrong === undefined
    ? undefined
    : forbid("Extension.InvalidEventType", `${wrong}: ErrorInvalidEventType`)
}

const admit = (
  sandbox: Sandbox,
  request: Request,
  extension: Extension,
  events: ReadonlyArray<string>,
): Reply => {
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

/** Makes a move that is known to be allowed. */
const move = (sandbox: Sandbox, extension: Extension, by: ExtensionMove): void => {
  extension.state = moveExtension(extension.state, by) ?? extension.state
  sandbox.condition.changed()
}

/** GET /event/next: answers with the next event, however long that takes. */
export const next = (sandbox: Sandbox, request: Request): Effect.Effect<Reply> => {
  const extension = identify(sandbox, request)
  if ("status" in extension) return Effect.succeed(extension)
  if (moveExtension(extension.state, "next") === undefined) {
    return Effect.succeed(forbidMove(extension, "Ready"))
  }
  extension.polled = true
  sandbox.record({ type: "next", kind: "extension", name: extension.name })
  move(sandbox, extension, "next")
  return Effect.tap(Queue.take(extension.inbox), () => Effect.sync(() => move(sandbox, extension, "event")))
}

/** POST /init/error and /exit/error: noted; what ends the environment is the exit that follows. */
export const report =
  (via: "init-error" | "exit-error") =>
  (sandbox: Sandbox, request: Request): Effect.Effect<Reply> =>
    Effect.sync(() => {
      const problem = identifier(request)
      if (typeof problem !== "string") return problem
      const errorType = header(request, ERROR_TYPE_HEADER)
      if (errorType === "") return forbid("Extension.MissingHeader", `${ERROR_TYPE_HEADER} not found`)
      const extension = identify(sandbox, request)
      if ("status" in extension) return extension
      const by = via === "init-error" ? "initError" : "exitError"
      const to = via === "init-error" ? "InitError" : "ExitError"
      if (moveExtension(extension.state, by) === undefined) return forbidMove(extension, to)
      const { body } = request
      extension.reported ??= { via, errorType, body }
      sandbox.record({ type: via, kind: "extension", name: extension.name, errorType, body })
      move(sandbox, extension, by)
      return accepted
    })

/** PUT /telemetry and /logs */
export const subscribe =
  (api: "telemetry" | "logs") =>
  (sandbox: Sandbox, request: Request): Effect.Effect<Reply> =>
    Effect.sync(() => {
      const extension = identify(sandbox, request)
      if ("status" in extension) return extension
      sandbox.record({ type: "subscribed", api, extensionId: extension.id })
      return text(200, "OK", { "Content-Type": "application/json" })
    })

const identifier = (request: Request): string | Reply => {
  const id = header(request, ID_HEADER)
  if (id === "") return forbid("Extension.MissingExtensionIdentifier", `Missing ${ID_HEADER} header`)
  if (!UUID.test(id)) return forbid("Extension.InvalidExtensionIdentifier", `Invalid ${ID_HEADER}`)
  return id.toLowerCase()
}

const identify = (sandbox: Sandbox, request: Request): Extension | Reply => {
  const id = identifier(request)
  if (typeof id !== "string") return id
  for (const extension of sandbox.extensions.values()) {
    if (extension.id === id) return extension
  }
  return forbid("Extension.UnknownExtensionIdentifier", `Unknown extension ${id}`)
}
