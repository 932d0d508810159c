/**
 * Plain HTTP requests to local AWS, for tests of what an SDK hides: headers, connections, invalid bodies.
 */
import * as Http from "node:http"
import { Effect } from "effect"

export interface WireReply {
  readonly status: number
  readonly headers: Http.IncomingHttpHeaders
  readonly body: string
}

export interface WireRequest {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly agent?: Http.Agent
}

/** A network error, for example ECONNRESET. */
export class WireError extends Error {
  readonly code: string
  /** The part of the body received before. */
  readonly received: string
  constructor(cause: NodeJS.ErrnoException, received: string) {
    super(cause.message)
    this.code = cause.code ?? ""
    this.received = received
  }
}

/** One HTTP request; closed when interrupted. */
export const exchange = (endpoint: string, wire: WireRequest): Effect.Effect<WireReply, WireError> =>
  Effect.callback((resume) => {
    let body = ""
    const fail = (cause: NodeJS.ErrnoException) => resume(Effect.fail(new WireError(cause, body)))
    const request = Http.request(
      new URL(wire.path ?? "/", endpoint),
      { method: wire.method ?? "POST", headers: wire.headers ?? {}, agent: wire.agent },
      (response) => {
        response.setEncoding("utf8")
        response.on("data", (chunk: string) => (body += chunk))
        response.once("error", fail)
        response.once("end", () =>
          resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, body })),
        )
      },
    )
    request.once("error", fail)
    request.end(wire.body)
    return Effect.sync(() => request.destroy())
  })

/** The headers of a signed request. The signature is invalid, but the emulator does not verify it. */
export const signed = (target: string, service: string, region = "us-west-2"): Record<string, string> => ({
  "x-amz-target": target,
  "content-type": "application/x-amz-json-1.1",
  authorization:
    `AWS4-HMAC-SHA256 Credential=AKIATEST/20261124/${region}/${service}/aws4_request, ` +
    "SignedHeaders=host, Signature=0",
  "x-amz-date": "20261124T120000Z",
})

export const GET_PARAMETER = "AmazonSSM.GetParameter"
