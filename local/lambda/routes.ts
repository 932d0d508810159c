/**
 * The routes of AWS_LAMBDA_RUNTIME_API.
 *
 * An unknown path is a 404, a known path with another method a 405. Without an environment every request gets a 500.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import { CREDENTIALS_PATH, credentialsToken } from "./environment.ts"
import * as ExtensionsApi from "./ExtensionsApi.ts"
import * as RuntimeApi from "./RuntimeApi.ts"
import { type Sandbox } from "./Sandbox.ts"
import {
  type Answer,
  type ApiRequest,
  header,
  json,
  readRequest,
  type Refusal,
  refusalAnswer,
  text,
} from "./wire.ts"

/** The validity of credentials from the endpoint. */
const CREDENTIALS_VALID_MS = 6 * 60 * 60 * 1000

type Handler = (sandbox: Sandbox, request: ApiRequest) => Effect.Effect<Answer, Refusal>

/** A request that was answered with an error. */
export interface Refused {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly status: number
  readonly errorType: string | undefined
}

interface RoutesOptions {
  /** The current environment. */
  readonly sandbox: Effect.Effect<Sandbox, Refusal>
  readonly onRefused: (refused: Refused) => void
}

/** GET /2021-04-23/credentials: the credentials, if the request has the token; used with SnapStart. */
const credentials = ({ now, settings }: Sandbox, request: ApiRequest): Answer => {
  if (header(request, "Authorization") !== credentialsToken(settings)) {
    return text(404, "cannot get credentials for the provided token")
  }
  return json(200, {
    AccessKeyId: settings.credentials.accessKeyId,
    SecretAccessKey: settings.credentials.secretAccessKey,
    Token: settings.credentials.sessionToken,
    Expiration: DateTime.formatIso(DateTime.makeUnsafe(now() + CREDENTIALS_VALID_MS)),
  })
}

const answer =
  (status: number, body: string): Handler =>
  () =>
    Effect.succeed(text(status, body))

/** The end of an environment interrupts its polls. Like Lambda, it closes their connections without an answer. */
const closeConnection = Effect.map(HttpServerRequest.HttpServerRequest, (request) => {
  NodeHttpServerRequest.toServerResponse(request).destroy()
})

export const routes = ({ onRefused, sandbox }: RoutesOptions) => {
  const handled = (handlerOf: (method: string) => Handler) =>
    Effect.gen(function* () {
      const { method, url } = yield* HttpServerRequest.HttpServerRequest
      const request = yield* readRequest
      let errorType: string | undefined
      const reply = yield* sandbox.pipe(
        Effect.flatMap((current) => handlerOf(method)(current, request)),
        Effect.catchTag("Refusal", (refusal) => {
          errorType = refusal.errorType
          return Effect.succeed(refusalAnswer(refusal))
        }),
      )
      const { status } = reply
      if (status >= 300) onRefused({ method, path: url.split("?", 1)[0] ?? "/", status, errorType })
      return reply
    }).pipe(
      Effect.tapDefect((defect) => Effect.logError("The Lambda emulator failed", defect)),
      Effect.onInterrupt(() => closeConnection),
    )
  const on = (method: string, path: `/${string}`, handler: Handler) =>
    HttpRouter.add(
      "*",
      path,
      handled((asked) => (asked === method ? handler : answer(405, ""))),
    )

  return Layer.mergeAll(
    on("POST", "/2020-01-01/extension/register", ExtensionsApi.register),
    on("GET", "/2020-01-01/extension/event/next", ExtensionsApi.next),
    on("POST", "/2020-01-01/extension/init/error", ExtensionsApi.report("init-error")),
    on("POST", "/2020-01-01/extension/exit/error", ExtensionsApi.report("exit-error")),
    on("PUT", "/2020-08-15/logs", ExtensionsApi.subscribe("logs")),
    on("PUT", "/2022-07-01/telemetry", ExtensionsApi.subscribe("telemetry")),
    on("GET", "/2018-06-01/ping", answer(200, "pong")),
    on("GET", "/2018-06-01/runtime/invocation/next", RuntimeApi.next),
    on("POST", "/2018-06-01/runtime/invocation/:requestId/response", RuntimeApi.respond),
    on("POST", "/2018-06-01/runtime/invocation/:requestId/error", RuntimeApi.respondError),
    on("POST", "/2018-06-01/runtime/init/error", RuntimeApi.initError),
    on("GET", CREDENTIALS_PATH, (current, request) => Effect.sync(() => credentials(current, request))),
    HttpRouter.add(
      "*",
      "*",
      handled(() => answer(404, "404 page not found\n")),
    ),
  )
}
