/**
 * Which request goes to which handler: the whole of AWS_LAMBDA_RUNTIME_API on one page.
 *
 * An unknown path is 404, a known path with another method 405.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { CREDENTIALS_PATH, credentialsToken } from "./environment.ts"
import * as ExtensionsApi from "./ExtensionsApi.ts"
import * as RuntimeApi from "./RuntimeApi.ts"
import { type Sandbox } from "./Sandbox.ts"
import { type Reply, type Request, header, json, text } from "./wire.ts"

/** How long the credentials of the container endpoint are said to be valid. */
const CREDENTIALS_VALID_MS = 6 * 60 * 60 * 1000

interface Route {
  readonly method: string
  /** Its first group, if it has one, is the request id. */
  readonly path: RegExp
  readonly handle: (sandbox: Sandbox, request: Request, requestId: string) => Effect.Effect<Reply>
}

const sync =
  (handle: (sandbox: Sandbox, request: Request, requestId: string) => Reply): Route["handle"] =>
  (sandbox, request, requestId) =>
    Effect.sync(() => handle(sandbox, request, requestId))

/** GET: the key triple for whoever has the token, as under SnapStart. */
const credentials = (sandbox: Sandbox, request: Request): Reply => {
  const { settings } = sandbox
  if (header(request, "Authorization") !== credentialsToken(settings)) {
    return text(404, "cannot get credentials for the provided token")
  }
  return json(200, {
    AccessKeyId: settings.credentials.accessKeyId,
    SecretAccessKey: settings.credentials.secretAccessKey,
    Token: settings.credentials.sessionToken,
    Expiration: DateTime.formatIso(DateTime.makeUnsafe(sandbox.now() + CREDENTIALS_VALID_MS)),
  })
}

const ROUTES: ReadonlyArray<Route> = [
  { method: "POST", path: /^\/2020-01-01\/extension\/register$/u, handle: ExtensionsApi.register },
  { method: "GET", path: /^\/2020-01-01\/extension\/event\/next$/u, handle: ExtensionsApi.next },
  {
    method: "POST",
    path: /^\/2020-01-01\/extension\/init\/error$/u,
    handle: ExtensionsApi.report("init-error"),
  },
  {
    method: "POST",
    path: /^\/2020-01-01\/extension\/exit\/error$/u,
    handle: ExtensionsApi.report("exit-error"),
  },
  { method: "PUT", path: /^\/2020-08-15\/logs$/u, handle: ExtensionsApi.subscribe("logs") },
  { method: "PUT", path: /^\/2022-07-01\/telemetry$/u, handle: ExtensionsApi.subscribe("telemetry") },
  { method: "GET", path: /^\/2018-06-01\/ping$/u, handle: sync(() => text(200, "pong")) },
  { method: "GET", path: /^\/2018-06-01\/runtime\/invocation\/next$/u, handle: RuntimeApi.next },
  {
    method: "POST",
    path: /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/response$/u,
    handle: sync(RuntimeApi.respond),
  },
  {
    method: "POST",
    path: /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/error$/u,
    handle: sync(RuntimeApi.respondError),
  },
  { method: "POST", path: /^\/2018-06-01\/runtime\/init\/error$/u, handle: sync(RuntimeApi.initError) },
  { method: "GET", path: new RegExp(`^${CREDENTIALS_PATH}$`, "u"), handle: sync(credentials) },
]

export const route = (sandbox: Sandbox, request: Request): Effect.Effect<Reply> => {
  const known = ROUTES.filter(({ path }) => path.test(request.path))
  const match = known.find(({ method }) => method === request.method)
  if (match === undefined) {
    return Effect.succeed(known.length > 0 ? text(405, "") : text(404, "404 page not found\n"))
  }
  const requestId = match.path.exec(request.path)?.[1] ?? ""
  return match.handle(sandbox, request, decodeURIComponent(requestId))
}
