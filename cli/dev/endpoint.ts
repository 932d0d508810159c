/**
 * The Invoke API on a port of this machine, as AWS's runtime interface emulator has it: the AWS CLI, an SDK or curl can invoke
 * the function. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 *
 *     aws lambda invoke --endpoint-url http://127.0.0.1:9000 --function-name function out.json
 *
 * Any function name is accepted. Websites must not reach the function through a browser, so foreign hosts and requests with an
 * `Origin` are refused.
 */
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { createServer } from "node:http"
import type { InvokeResult } from "../../local/lambda/events.ts"
import type { InvokeOptions } from "../../local/lambda/invoke.ts"
import { type ListenError, serve } from "../../local/serve.ts"

type Answer = HttpServerResponse.HttpServerResponse

/** An invocation with the end of its log. */
export interface Invoked {
  readonly result: InvokeResult
  readonly log: ReadonlyArray<string>
}

interface EndpointOptions {
  readonly port: number
  /** Fails with the reason if the environment cannot start. */
  readonly invoke: (
    event: unknown,
    options: InvokeOptions,
  ) => Effect.Effect<Invoked, { readonly message: string }>
}

const LOOPBACK = "127.0.0.1"
const OWN_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/
/** How much of the log `X-Amz-Log-Type: Tail` returns, in bytes. */
const MAX_TAIL = 4096
/** The largest payloads in bytes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_SYNCHRONOUS = 6 * 1024 * 1024
const MAX_ASYNCHRONOUS = 1024 * 1024

const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  HttpServerResponse.text(JSON.stringify(body), { status, headers, contentType: "application/json" })

const refusal = (status: number, type: string, message: string): Answer =>
  json(status, { Type: "User", message, Message: message }, { "x-amzn-errortype": type })

const eventOf = (body: string): Result.Result<unknown, Answer> =>
  Result.try({
    try: (): unknown => JSON.parse(body === "" ? "{}" : body),
    catch: (cause) =>
      refusal(
        400,
        "InvalidRequestContentException",
        `Could not parse request body into json: ${String(cause)}`,
      ),
  })

/** Lambda's refusal of a payload that it would not pass on. */
const tooLarge = (body: string, type: string): Answer | undefined => {
  const bytes = Buffer.byteLength(body)
  const limit = type === "Event" ? MAX_ASYNCHRONOUS : MAX_SYNCHRONOUS
  return bytes > limit
    ? refusal(
        413,
        "RequestEntityTooLargeException",
        `${bytes} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`,
      )
    : undefined
}

/** The client context is JSON in base64 on the wire. */
const optionsOf = ({ headers }: HttpServerRequest.HttpServerRequest): InvokeOptions => {
  const context = headers["x-amz-client-context"]
  const traceId = headers["x-amzn-trace-id"]
  return {
    ...(context === undefined ? {} : { clientContext: Buffer.from(context, "base64").toString("utf8") }),
    ...(traceId === undefined ? {} : { traceId }),
  }
}

const answerOf = ({ log, result }: Invoked, wantsLog: boolean): Answer => {
  const { functionError, payload, requestId } = result
  const tail = Buffer.from(log.join("\n")).subarray(-MAX_TAIL).toString("base64")
  const body =
    payload ??
    JSON.stringify(functionError && { errorType: functionError.type, errorMessage: functionError.message })
  return HttpServerResponse.text(body ?? "null", {
    status: 200,
    contentType: "application/json",
    headers: {
      "x-amzn-requestid": requestId,
      "x-amz-executed-version": "$LATEST",
      ...(functionError === undefined ? {} : { "x-amz-function-error": "Unhandled" }),
      ...(wantsLog ? { "x-amz-log-result": tail } : {}),
    },
  })
}

/** Serves the API until the scope closes. Returns its port. */
export const serveInvocations = Effect.fnUntraced(function* ({
  invoke,
  port,
}: EndpointOptions): Effect.fn.Return<number, ListenError, Scope.Scope> {
  const scope = yield* Effect.scope
  const handle = Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { headers } = request
    if (!OWN_HOST.test(headers["host"] ?? "") || headers["origin"] !== undefined) {
      return refusal(403, "AccessDeniedException", "only for programs on this machine")
    }
    if (request.method !== "POST") return refusal(405, "MethodNotAllowedException", "allowed: POST")
    const type = headers["x-amz-invocation-type"] ?? "RequestResponse"
    const body = yield* request.text
    const refused = tooLarge(body, type)
    if (refused !== undefined) return refused
    const event = eventOf(body)
    if (Result.isFailure(event)) return event.failure
    const running = invoke(event.success, optionsOf(request))
    switch (type) {
      case "RequestResponse":
        return answerOf(yield* running, headers["x-amz-log-type"] === "Tail")
      case "Event":
        yield* Effect.forkIn(running, scope)
        return HttpServerResponse.empty({ status: 202 })
      case "DryRun":
        return HttpServerResponse.empty({ status: 204 })
      default:
        return refusal(
          400,
          "InvalidParameterValueException",
          "invocation types: RequestResponse, Event, DryRun",
        )
    }
  }).pipe(
    Effect.catch(({ message }) =>
      Effect.succeed(json(502, { Type: "Service", message }, { "x-amzn-errortype": "ServiceException" })),
    ),
  )
  const unknown = refusal(
    404,
    "ResourceNotFoundException",
    "allowed: POST /2015-03-31/functions/function/invocations",
  )
  const { port: opened } = yield* serve(
    {
      name: "The endpoint for invocations",
      server: createServer({ requestTimeout: 0 }),
      host: LOOPBACK,
      port,
    },
    Layer.merge(
      HttpRouter.add("*", "/2015-03-31/functions/:name/invocations", handle),
      HttpRouter.add("*", "*", Effect.succeed(unknown)),
    ),
  )
  return opened
})
