/**
 * DynamoDB: passes a call to dynalite in process and returns its answer as data.
 *
 * dynalite is an HTTP server that never listens here. It gets a request rebuilt from what `AwsEmulator` has read, and a
 * response object that only collects, so faults apply to DynamoDB as to the other services. All regions share one set of
 * tables. dynalite has no transactions, PartiQL or TTL.
 */
import { Readable } from "node:stream"
import dynalite from "dynalite"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { type AwsReply, type AwsRequest } from "./protocol.ts"

/** The part of a ServerResponse that dynalite uses. */
class CollectedResponse {
  statusCode = 200
  readonly #headers: Record<string, string> = {}
  readonly #done: (reply: AwsReply) => void

  constructor(done: (reply: AwsReply) => void) {
    this.#done = done
  }

  setHeader(name: string, value: string | number): void {
    this.#headers[name.toLowerCase()] = String(value)
  }

  end(body = ""): void {
    // A fault may still change the body.
    const { "content-length": _, ...headers } = this.#headers
    this.#done({ status: this.statusCode, headers, body })
  }
}

type Keys = ReadonlyArray<unknown>
type RequestItems = Record<string, { readonly Keys: Keys; readonly [option: string]: unknown }>

/** Cuts a BatchGetItem in two: the first `processed` keys to be read, and the rest as UnprocessedKeys. */
export const splitBatch = (
  items: RequestItems,
  processed: number,
): { readonly read: RequestItems; readonly unprocessed: RequestItems } => {
  const read: RequestItems = {}
  const unprocessed: RequestItems = {}
  let left = processed
  for (const [table, request] of Object.entries(items)) {
    const now = request.Keys.slice(0, left)
    const later = request.Keys.slice(left)
    left -= now.length
    if (now.length > 0) read[table] = { ...request, Keys: now }
    if (later.length > 0) unprocessed[table] = { ...request, Keys: later }
  }
  return { read, unprocessed }
}

const isRequestItems = (value: unknown): value is RequestItems =>
  Predicate.isObject(value) &&
  Object.values(value).every(
    (request) => Predicate.hasProperty(request, "Keys") && Array.isArray(request.Keys),
  )

/** DynamoDB with no tables. */
export const makeDynamo = () => {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })

  const call = (request: AwsRequest): Effect.Effect<AwsReply> =>
    Effect.callback((resume) => {
      const incoming = Object.assign(Readable.from([Buffer.from(request.body)]), {
        method: "POST",
        url: "/",
        headers: request.headers,
      })
      server.emit("request", incoming, new CollectedResponse((reply) => resume(Effect.succeed(reply))))
    })

  /** Like `call`, but BatchGetItem reads only its first `processed` keys and returns the others as UnprocessedKeys. */
  const callPartly = Effect.fnUntraced(function* (request: AwsRequest, processed: number) {
    const items = request.input["RequestItems"]
    if (request.operation !== "BatchGetItem" || !isRequestItems(items)) return yield* call(request)
    const { read, unprocessed } = splitBatch(items, processed)
    if (Object.keys(read).length === 0) {
      // DynamoDB refuses an empty batch, so the whole one is sent and only its headers are kept.
      const probe = yield* call(request)
      return probe.status === 200 ? withBody(probe, { Responses: {}, UnprocessedKeys: unprocessed }) : probe
    }
    const reply = yield* call({ ...request, body: JSON.stringify({ ...request.input, RequestItems: read }) })
    return reply.status === 200
      ? withBody(reply, { ...(JSON.parse(String(reply.body)) as object), UnprocessedKeys: unprocessed })
      : reply
  })

  return { call, callPartly }
}

const withBody = (reply: AwsReply, body: object): AwsReply => {
  // The optional checksum belongs to the old body.
  const { "x-amz-crc32": _, ...headers } = reply.headers
  return { ...reply, headers, body: JSON.stringify(body) }
}
