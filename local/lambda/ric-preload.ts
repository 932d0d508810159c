/**
 * Preloaded into the function's process: gives `aws-lambda-ric` its native addon, over node:http.
 *
 * The addon (rapid-client.node) is C++ that npm would have to compile; it only carries three calls of the
 * Runtime API. Its replacement behaves the same: `done` and `error` have been sent before the next `next`.
 */
import http from "node:http"
import Module from "node:module"
import process from "node:process"

const ADDON = "rapid-client.node"
const API = `http://${process.env["AWS_LAMBDA_RUNTIME_API"]}/2018-06-01/runtime`

// No timeout: `next` blocks for as long as there is nothing to do. Answers must not queue behind it, because
// under Managed Instances a poll is open while invocations are being answered: so a connection for each.
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

// The addon posts synchronously and ignores what the API replies; a post under way holds back the next poll.
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
  // The third argument, the cause for X-Ray, has no reader here.
  error: (id: string, body: string) =>
    post(`/invocation/${id}/error`, body, { "lambda-runtime-function-error-type": errorTypeOf(body) }),
}

const errorTypeOf = (body: string): string => {
  const parsed: unknown = JSON.parse(body)
  return typeof parsed === "object" && parsed !== null && "errorType" in parsed
    ? String(parsed.errorType)
    : "Runtime.Unknown"
}

// Node's own way to load a CommonJS module; it has no types because it is not a public interface.
const loader = Module as unknown as { _load: (request: string, ...rest: ReadonlyArray<unknown>) => unknown }
const load = loader._load
loader._load = (request, ...rest) => (request.endsWith(ADDON) ? addon : load.call(Module, request, ...rest))
