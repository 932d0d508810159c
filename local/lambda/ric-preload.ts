/**
 * Preloaded into the function's process: replaces the native addon of `aws-lambda-ric` with node:http.
 *
 * npm would have to compile the addon (rapid-client.node), which only makes three Runtime API calls. The replacement keeps
 * their order: `done` and `error` are sent before the next `next`.
 */
import http from "node:http"
import Module from "node:module"
import process from "node:process"

const ADDON = "rapid-client.node"
const API = `http://${process.env["AWS_LAMBDA_RUNTIME_API"]}/2018-06-01/runtime`

// No timeout: `next` blocks while there is nothing to do. Answers need a connection of their own, because on Managed
// Instances a poll is open while invocations are answered.
const polling = new http.Agent({ keepAlive: true, maxSockets: 1 })
const posting = new http.Agent({ keepAlive: true, maxSockets: 1 })

interface Reply {
  readonly body: string
  readonly headers: http.IncomingHttpHeaders
}

const call = (method: "GET" | "POST", path: string, body = "", headers: Record<string, string> = {}) =>
  new Promise<Reply>((resolve, reject) => {
    const request = http.request(
      API + path,
      {
        agent: method === "GET" ? polling : posting,
        method,
        headers: { ...headers, "content-length": Buffer.byteLength(body) },
      },
      (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("error", reject)
        response.on("end", () =>
          resolve({ body: Buffer.concat(chunks).toString("utf8"), headers: response.headers }),
        )
      },
    )
    request.on("error", reject)
    request.end(body)
  })

// The addon posts synchronously and ignores the response. Here the next poll waits for the post.
let posted: Promise<unknown> = Promise.resolve()
const post = (path: string, body: string, headers: Record<string, string>): void => {
  posted = call("POST", path, body, { "content-type": "application/json", ...headers }).catch(() => undefined)
}

const addon = {
  next: async () => {
    await posted
    const { body, headers } = await call("GET", "/invocation/next")
    return {
      bodyJson: body,
      headers: { ...headers, "lambda-runtime-deadline-ms": Number(headers["lambda-runtime-deadline-ms"]) },
    }
  },
  done: (id: string, body: string) => post(`/invocation/${id}/response`, body, {}),
  // The third argument, a cause for X-Ray, is not used.
  error: (id: string, body: string) =>
    post(`/invocation/${id}/error`, body, { "lambda-runtime-function-error-type": getErrorType(body) }),
}

const getErrorType = (body: string): string => {
  const parsed: unknown = JSON.parse(body)
  return typeof parsed === "object" && parsed !== null && "errorType" in parsed
    ? String(parsed.errorType)
    : "Runtime.Unknown"
}

// Node's loader of CommonJS modules, which is not public and has no types.
const loader = Module as unknown as { _load: (request: string, ...rest: ReadonlyArray<unknown>) => unknown }
const load = loader._load
loader._load = (request, ...rest) => (request.endsWith(ADDON) ? addon : load.call(Module, request, ...rest))
