/**
 * CloudFormation as a custom resource meets it: requests with a ResponseURL, and a bucket behind that address which
 * takes the answer. The bucket may refuse a number of times first.
 */
import http from "node:http"
import type { AddressInfo } from "node:net"
import { Deferred, Effect, type Scope } from "effect"

/** The answer of a custom resource, as CloudFormation reads it. */
export interface Answer {
  readonly Status: string
  readonly Reason?: string
  readonly PhysicalResourceId: string
  readonly StackId: string
  readonly RequestId: string
  readonly LogicalResourceId: string
}

export interface Bucket {
  readonly url: string
  /** The answer, once it was taken. */
  readonly answer: Effect.Effect<Answer>
  /** How often it was tried. */
  readonly attempts: () => number
  /** The Content-Type of the last attempt. */
  readonly contentType: () => string | undefined
}

/** A bucket for one answer that refuses the first `refusals` attempts. */
export const makeBucket = (refusals = 0): Effect.Effect<Bucket, never, Scope.Scope> =>
  Effect.gen(function* () {
    const taken = yield* Deferred.make<Answer>()
    let attempts = 0
    let contentType: string | undefined
    const server = http.createServer((request, response) => {
      attempts += 1
      contentType = request.headers["content-type"]
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const isTaken = request.method === "PUT" && attempts > refusals
        response.writeHead(isTaken ? 200 : 503, { connection: "close" }).end()
        if (!isTaken) return
        const answer = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Answer
        Deferred.doneUnsafe(taken, Effect.succeed(answer))
      })
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () => Effect.sync(() => server.close().closeAllConnections()),
    )
    const { port } = server.address() as AddressInfo
    return {
      url: `http://127.0.0.1:${port}/answer?X-Amz-Signature=abc`,
      answer: Deferred.await(taken),
      attempts: () => attempts,
      contentType: () => contentType,
    }
  })

/** What every request has; `RequestType` and the properties come with the case. */
export const REQUEST = {
  StackId: "arn:aws:cloudformation:us-west-2:123456789012:stack/sample/guid",
  RequestId: "unique id of the request",
  LogicalResourceId: "SampleItem",
  ResourceType: "Custom::SampleItem",
} as const
