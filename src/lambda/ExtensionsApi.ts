/**
 * The client of Lambda's Extensions API: register, next, init/error, exit/error.
 *
 * `begin` sends `register` before this module is loaded; its reply is read here.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type ExchangeFailed, Host } from "../host/Host.ts"
import type { Exchange, Reply } from "../host/Platform.ts"
import { printable } from "../observability/printable.ts"
import { type EventType, eventsFor, extensionsApiUrl, registerRequest } from "./registerRequest.ts"

/** Lambda's answer to `register`. */
export interface Registration {
  readonly identifier: string
  /** Empty outside of Lambda. */
  readonly events: ReadonlyArray<EventType>
  /** `{functionName, functionVersion, handler}` as received. */
  readonly response: string
}

/** The report of init/error and exit/error. `errorType` has the form `Extension.Reason`. */
export interface Fault {
  readonly errorType: string
  readonly errorMessage: string
}

/** The API refused a call, or did not answer (status 0). `errorType` is that of the reply, if it has one. */
export class ExtensionsApiError extends Data.TaggedError("ExtensionsApiError")<{
  readonly operation: string
  readonly status: number
  readonly errorType?: string
  readonly detail: string
}> {
  override get message(): string {
    const status = this.status === 0 ? "no answer" : `status ${this.status}`
    return `${this.operation}: ${status}: ${this.detail}`
  }
}

/** How much of a refusal's body an error quotes, in characters. */
const MAX_QUOTED = 500

const errorTypeOf = (body: string): string | undefined => /"errorType"\s*:\s*"([^"]+)"/.exec(body)?.[1]

export class ExtensionsApi extends Context.Service<
  ExtensionsApi,
  {
    /** The registration for INVOKE and SHUTDOWN, or for SHUTDOWN alone if INVOKE is refused. */
    readonly register: Effect.Effect<Registration, ExtensionsApiError>
    /** Waits for the next event without a time-out; the environment may be frozen meanwhile. The body as received. */
    readonly next: (registration: Registration) => Effect.Effect<string, ExtensionsApiError>
    /** Reports a fault of the init phase; allowed before the first `next`. */
    readonly initError: (registration: Registration, fault: Fault) => Effect.Effect<void, ExtensionsApiError>
    /** Reports a fault that ends the extension. */
    readonly exitError: (registration: Registration, fault: Fault) => Effect.Effect<void, ExtensionsApiError>
  }
>()("cache-extension/lambda/ExtensionsApi") {
  /** Outside of Lambda there is nobody to register with, no event, and nobody to report to. */
  static readonly outside: Layer.Layer<ExtensionsApi> = Layer.succeed(ExtensionsApi, {
    register: Effect.succeed({ identifier: "", events: [], response: "" }),
    next: () => Effect.never,
    initError: () => Effect.void,
    exitError: () => Effect.void,
  })

  static readonly layer: Layer.Layer<ExtensionsApi, never, Host> = Layer.effect(
    ExtensionsApi,
    Effect.gen(function* () {
      const host = yield* Host
      const { environment, extensionName } = host

      const accepted = (operation: string, reply: Effect.Effect<Reply, ExchangeFailed>) =>
        reply.pipe(
          Effect.mapError(({ detail }) => new ExtensionsApiError({ operation, status: 0, detail })),
          Effect.filterOrFail(
            ({ status }) => status < 300,
            ({ body, status }) => {
              const errorType = errorTypeOf(body)
              return new ExtensionsApiError({
                operation,
                status,
                detail: printable(body.slice(0, MAX_QUOTED)),
                ...(errorType === undefined ? {} : { errorType }),
              })
            },
          ),
        )

      const call = (operation: string, request: Omit<Exchange, "url">) =>
        accepted(
          operation,
          host.exchange({ ...request, url: extensionsApiUrl(environment, `/${operation}`) }),
        )

      const registration = (
        reply: Effect.Effect<Reply, ExchangeFailed>,
        events: ReadonlyArray<EventType>,
      ): Effect.Effect<Registration, ExtensionsApiError> =>
        Effect.map(accepted("register", reply), ({ body, header }) => ({
          identifier: header("lambda-extension-identifier") ?? "",
          events,
          response: body,
        }))

      const forShutdownAlone = registration(
        host.exchange(registerRequest(environment, extensionName, ["SHUTDOWN"])),
        ["SHUTDOWN"],
      )

      const report = (operation: string) => (registration: Registration, fault: Fault) =>
        call(operation, {
          method: "POST",
          headers: {
            "lambda-extension-identifier": registration.identifier,
            "lambda-extension-function-error-type": fault.errorType,
            "content-type": "application/json",
          },
          body: JSON.stringify({ ...fault, stackTrace: [] }),
          // The last call was long ago, so its connection may be dead.
          isFresh: true,
        }).pipe(Effect.asVoid)

      return ExtensionsApi.of({
        register: registration(host.registered, eventsFor(environment)).pipe(
          Effect.catchIf(
            (error) => error.errorType === "Extension.InvalidEventType",
            () => forShutdownAlone,
          ),
        ),
        next: ({ identifier }) =>
          call("event/next", {
            method: "GET",
            headers: { "lambda-extension-identifier": identifier },
          }).pipe(Effect.map((reply) => reply.body)),
        initError: report("init/error"),
        exitError: report("exit/error"),
      })
    }),
  )
}
