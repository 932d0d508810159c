/**
 * A scripted Extensions API, and the extension as a plain process on it, for what local Lambda never does: respond with
 * 500, reset a poll, refuse to register.
 */
import { Deferred, Effect, type Scope } from "effect"
import http from "node:http"
import path from "node:path"
import process from "node:process"
import { LOCAL_CREDENTIALS } from "../../local/aws/seed.ts"
import * as Journal from "../../local/lambda/Journal.ts"
import { type Exit, launch } from "../../local/lambda/processes.ts"
import { REGION } from "./aws.ts"
import { type Artifact, EXTENSION } from "./extension.ts"
import { freePort, listen, LOOPBACK } from "./extensionHttp.ts"
import { folderOf } from "./lambda.ts"

const PREFIX = "/2020-01-01/extension"

interface ApiRequest {
  /** Without the prefix: `/register`, `/event/next`, `/init/error`, `/exit/error`. */
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  /** Counted from 1, for each path. */
  readonly count: number
}

/** An answer, or one of the two ways to give none: `hang` for ever, `reset` the connection. */
export type ApiReply =
  | { readonly status: number; readonly body: string; readonly headers?: Record<string, string> }
  | "hang"
  | "reset"

/** What Lambda says to a well-behaved `register`, and to an error report. */
export const REGISTERED: ApiReply = {
  status: 200,
  headers: { "lambda-extension-identifier": "0b2b8e3c-5a0e-4d3a-9d5f-1c2d3e4f5a6b" },
  body: JSON.stringify({ functionName: "f", functionVersion: "$LATEST", handler: "index.handler" }),
}
export const ACCEPTED: ApiReply = { status: 202, body: '{"status":"OK"}' }
export const SHUTDOWN: ApiReply = {
  status: 200,
  body: JSON.stringify({ eventType: "SHUTDOWN", deadlineMs: 4_102_444_800_000, shutdownReason: "spindown" }),
}

/** A refusal in the form of Lambda's. */
export const refusal = (status: number, errorType: string): ApiReply => ({
  status,
  body: JSON.stringify({ errorMessage: "refused by the test", errorType }),
})

/** Answers a request of the extension that serves on `port`. */
export type ApiScript = (request: ApiRequest, port: number) => Effect.Effect<ApiReply>

export interface BareExtension {
  readonly port: number
  readonly requests: Journal.Journal<ApiRequest>
  readonly lines: () => ReadonlyArray<string>
  readonly exit: Effect.Effect<Exit>
  readonly pid: number
}

const bodyOf = (request: http.IncomingMessage): Effect.Effect<string> =>
  Effect.callback((resume) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.once("end", () => resume(Effect.succeed(Buffer.concat(chunks).toString("utf8"))))
  })

const write = (response: http.ServerResponse, reply: ApiReply): void => {
  if (reply === "hang") return
  if (reply === "reset") response.socket?.resetAndDestroy()
  else response.writeHead(reply.status, reply.headers).end(reply.body)
}

/** Serves the script; gives `host:port` and what was asked. */
const serveScript = Effect.fnUntraced(function* (script: ApiScript, extensionPort: number) {
  const requests = Journal.make<ApiRequest>()
  const server = http.createServer({ keepAliveTimeout: 0 }, (incoming, response) => {
    const handle = Effect.gen(function* () {
      const body = yield* bodyOf(incoming)
      const target = (incoming.url ?? "").replace(PREFIX, "")
      const count = requests.all().filter((request) => request.path === target).length + 1
      const request = { path: target, headers: incoming.headers, body, count }
      const reply = yield* script(request, extensionPort)
      requests.append(request)
      write(response, reply)
    })
    Effect.runFork(handle)
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
  const port = yield* listen(server)
  return { address: `${LOOPBACK}:${port}`, requests }
})

/** Starts the extension on a scripted API, without any AWS; it is killed with the scope. */
export const launchBare = Effect.fnUntraced(function* (
  artifact: Artifact,
  script: ApiScript,
  variables: Readonly<Record<string, string>> = {},
) {
  const port = yield* freePort
  const { address, requests } = yield* serveScript(script, port)
  const folder = yield* folderOf({ "config.yaml": "" })
  const lines: Array<string> = []
  const extension = yield* launch({
    command: path.join(artifact.extensionsFolder, EXTENSION),
    args: [],
    cwd: "/",
    env: {
      PATH: `${path.dirname(process.execPath)}${path.delimiter}/usr/bin${path.delimiter}/bin`,
      AWS_LAMBDA_RUNTIME_API: address,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
      CACHE_EXTENSION_CONFIG: path.join(folder, "config.yaml"),
      CACHE_EXTENSION_PORT: String(port),
      ...variables,
    },
    onLine: (_channel, line) => lines.push(line),
    onExit: () => {},
  })
  yield* Effect.addFinalizer(() =>
    Effect.andThen(
      Effect.sync(() => extension.signal("SIGKILL")),
      Deferred.await(extension.drained),
    ),
  )
  const bare: BareExtension = {
    port,
    requests,
    lines: () => [...lines],
    exit: Effect.andThen(Deferred.await(extension.drained), Deferred.await(extension.exited)),
    pid: extension.pid,
  }
  return bare
}, Effect.orDie) satisfies (...args: never) => Effect.Effect<BareExtension, never, Scope.Scope>
