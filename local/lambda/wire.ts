/**
 * Requests, answers and refusals of the local Lambda APIs.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Stream from "effect/Stream"
import { MAX_RESPONSE_BYTES } from "./limits.ts"

/** A request with its whole body. */
export interface ApiRequest {
  readonly headers: Headers.Headers
  /** Incomplete if it exceeds the limit of the Runtime API. */
  readonly body: string
  /** The size of the complete body. */
  readonly bytes: number
  /** The trailers of a chunked request. */
  readonly trailers: Headers.Headers
  /** The request id in the path; empty where the path has none. */
  readonly requestId: string
}

/** Reads a request to its end. Beyond the limit only the size of the body is kept. */
export const readRequest = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const { requestId = "" } = yield* HttpRouter.params
  const chunks: Array<Uint8Array> = []
  let bytes = 0
  yield* Stream.runForEach(request.stream, (chunk) =>
    Effect.sync(() => {
      bytes += chunk.length
      if (bytes <= MAX_RESPONSE_BYTES) chunks.push(chunk)
    }),
  )
  const trailers = Headers.fromInput(NodeHttpServerRequest.toIncomingMessage(request).trailers)
  const body = Buffer.concat(chunks).toString("utf8")
  return { headers: request.headers, body, bytes, trailers, requestId } satisfies ApiRequest
})

export type Answer = HttpServerResponse.HttpServerResponse

/** A text answer. Like Lambda it has no content type unless one is given. */
export const text = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  HttpServerResponse.raw(body, { status, headers, contentLength: Buffer.byteLength(body) })

export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  text(status, JSON.stringify(body), { "content-type": "application/json", ...headers })

export const accepted: Answer = json(202, { status: "OK" })

/** The API refuses a request. `errorType` and `message` are Lambda's. */
export class Refusal extends Data.TaggedError("Refusal")<{
  readonly status: number
  readonly errorType: string
  readonly message: string
}> {}

export const refuse = (status: number, errorType: string, message: string): Refusal =>
  new Refusal({ status, errorType, message })

/** A refusal in the form of every Lambda API. */
export const refusalAnswer = ({ errorType, message, status }: Refusal): Answer =>
  json(status, { errorMessage: message, errorType })

/** One header's value; empty when it is missing. */
export const header = ({ headers }: ApiRequest, name: string): string => headers[name.toLowerCase()] ?? ""
