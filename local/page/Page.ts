/**
 * The page of the demo: `GET /` on a port of its own shows what the extension holds and does.
 *
 * A fiber polls the extension once a second and keeps the last report: between invokes the extension is frozen and does not
 * answer, and the page must not wait for it. Only this machine may read the page.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createServer } from "node:http"
import type { Calls } from "../aws/Calls.ts"
import type { EmulatorEvent } from "../lambda/events.ts"
import type { Journal } from "../lambda/Journal.ts"
import { applyEvent, NOT_STARTED } from "./environment.ts"
import { type Extension, poll } from "./poll.ts"
import { type ListenError, serve } from "../serve.ts"
import { render } from "./render.ts"
import { countCalls, type Snapshot } from "./Snapshot.ts"
import { STYLE_SOURCE } from "./style.ts"

interface PageOptions {
  /** The preferred port; if it is taken, any free one. */
  readonly port: number
  readonly extension: Extension
  readonly events: Journal<EmulatorEvent>
  readonly calls: Calls
}

const LOOPBACK = "127.0.0.1"

/** Any other `Host` is refused, so that no website can read the page by DNS rebinding. */
const OWN_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

const POLICY = `default-src 'none'; style-src '${STYLE_SOURCE}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": POLICY,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
}

const text = (status: number, body: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(body, { status, headers: HEADERS, contentType: "text/plain; charset=utf-8" })

type Handler = (request: HttpServerRequest) => Effect.Effect<HttpServerResponse.HttpServerResponse>

const ownHostOnly =
  (handle: Handler): Handler =>
  (request) =>
    OWN_HOST.test(request.headers["host"] ?? "")
      ? handle(request)
      : Effect.succeed(text(403, "only for this machine\n"))

const routesFor = (page: Effect.Effect<HttpServerResponse.HttpServerResponse>) =>
  Layer.mergeAll(
    HttpRouter.add(
      "*",
      "/",
      ownHostOnly(({ method }) => (method === "GET" ? page : Effect.succeed(text(405, "only GET\n")))),
    ),
    HttpRouter.add(
      "*",
      "*",
      ownHostOnly(() => Effect.succeed(text(404, "only / exists\n"))),
    ),
  )

/** The result of polling so far. */
type Polled = Pick<Snapshot, "report" | "pollError">

const POLL_INTERVAL = "1 second"

/** Serves the page until the scope closes; returns its URL. */
export const servePage = Effect.fnUntraced(function* (
  options: PageOptions,
): Effect.fn.Return<string, ListenError, Scope.Scope> {
  const { calls, events, extension } = options
  const status = yield* Ref.make(NOT_STARTED)
  yield* events.stream.pipe(
    Stream.runForEach((event) => Ref.update(status, (before) => applyEvent(before, event))),
    Effect.forkScoped,
  )
  const polled = yield* Ref.make<Polled>({ report: undefined, pollError: "it has not been asked yet" })
  yield* poll(extension).pipe(
    Effect.matchEffect({
      onSuccess: (report) => Ref.set(polled, { report, pollError: undefined }),
      onFailure: ({ reason }) => Ref.update(polled, ({ report }) => ({ report, pollError: reason })),
    }),
    Effect.repeat(Schedule.spaced(POLL_INTERVAL)),
    Effect.forkScoped,
  )

  const page = Effect.gen(function* () {
    const snapshot: Snapshot = {
      at: yield* Clock.currentTimeMillis,
      environment: yield* Ref.get(status),
      origin: extension.origin,
      ...(yield* Ref.get(polled)),
      calls: countCalls(yield* calls.all),
    }
    return HttpServerResponse.text(render(snapshot), {
      headers: HEADERS,
      contentType: "text/html; charset=utf-8",
    })
  })
  const open = (port: number) =>
    serve({ name: "The page", server: createServer(), host: LOOPBACK, port }, routesFor(page))
  const { port } = yield* Effect.catchTag(open(options.port), "ListenError", () => open(0))
  return `http://localhost:${port}`
})
