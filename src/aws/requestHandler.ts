/**
 * The SDK's request handler: sends a request on a pooled connection, and again on a new one if the pooled one is dead.
 *
 * A freeze kills idle connections: the other side drops them, and then answers with a reset or not at all. A pooled
 * connection that fails before the first byte of a reply says nothing about AWS. So the request is repeated on a new
 * connection, and the pool is retired. The retries (`sources/retry.ts`) and the circuit do not notice.
 */
import { buildQueryString, type HttpHandler, HttpResponse } from "@smithy/core/protocols"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { FIRST_BYTE_WAIT, KIB, MAX_TRUSTED_IDLE } from "../domain/defaults.ts"
import type { AwsTransport, SentRequest, AwsResponse, AwsRequest } from "../host/Platform.ts"
import { ReplyTooLong, UnusableReply } from "../host/transportErrors.ts"
import { tooLarge } from "./awsErrors.ts"
import { operationName, replyLimit } from "./replyLimits.ts"
import type { AwsService } from "../kinds/Kind.ts"

type Transport = Pick<AwsTransport, "send" | "retirePools">

/** A request that has not been given a connection yet. */
export interface Outgoing extends Omit<AwsRequest, "isFresh" | "signal"> {
  /** Whether its time is so short that a silent connection says nothing about others. */
  readonly isShort?: boolean
  /** Whether AWS may receive it twice. */
  readonly isRepeatable: boolean
}

/** No complete or usable reply; the cause is what the SDK's call rejects with. */
class NoReply extends Data.TaggedError("NoReply")<{ readonly cause: unknown }> {}

const noReply = (cause: unknown): NoReply => new NoReply({ cause })

/** Whether it was sent on a pooled connection and no byte of the reply has arrived. */
const isUnanswered = (sent: SentRequest | undefined): sent is SentRequest =>
  sent !== undefined && sent.idleFor() !== undefined && !sent.responseStarted()

/** Whether the connection was idle for so long that it may have died unnoticed. */
const mayBeDead = (sent: SentRequest): boolean => (sent.idleFor() ?? 0) > MAX_TRUSTED_IDLE

/** Sends a request on a pooled connection if there is one, and on a new one if that is dead. */
export const sendReconnecting = (
  { retirePools, send }: Transport,
  { isRepeatable, isShort, ...request }: Outgoing,
): Effect.Effect<AwsResponse, NoReply> =>
  Effect.suspend(() => {
    let pooled: SentRequest | undefined
    const onPooled = Effect.tryPromise({
      try: (signal) => (pooled = send({ ...request, isFresh: false, signal })).reply,
      catch: noReply,
    })
    const onNew = Effect.tryPromise({
      try: (signal) => send({ ...request, isFresh: true, signal }).reply,
      catch: noReply,
    })
    /** If one connection is silent, the network has probably dropped the others as well. */
    const retirePoolsIfSilent = Effect.sync(() => {
      if (!isUnanswered(pooled)) return
      if (isShort) pooled.retirePool()
      else retirePools()
    })
    const retryIfDead = (reply: Effect.Effect<AwsResponse, NoReply>) =>
      Effect.catch(reply, (error) => {
        if (!isUnanswered(pooled)) return Effect.fail(error)
        pooled.retirePool()
        return isRepeatable ? onNew : Effect.fail(error)
      })

    return Effect.gen(function* () {
      const first = yield* Effect.forkChild(onPooled, { startImmediately: true })
      const early = yield* Effect.timeoutOption(Fiber.await(first), FIRST_BYTE_WAIT)
      if (Option.isSome(early)) return yield* retryIfDead(early.value)
      // If the connection cannot have died, the service is slow, and asking it again would not help.
      if (!isRepeatable || !isUnanswered(pooled) || !mayBeDead(pooled))
        return yield* retryIfDead(Fiber.join(first))
      yield* retirePoolsIfSilent
      return yield* Effect.race(Fiber.join(first), onNew)
    }).pipe(Effect.onInterrupt(() => retirePoolsIfSilent))
  })

const OK = 200

const isRedirect = (status: number): boolean => status >= 300 && status < 400

/**
 * Why a reply is unusable; undefined if it is usable. AWS never redirects, and compresses only on request, unless a reply is
 * content that users have stored.
 */
const unusable = (
  { servesContent = false }: AwsService,
  { headers, status }: AwsResponse,
): UnusableReply | undefined => {
  if (servesContent) return undefined
  if (isRedirect(status)) return new UnusableReply(`status ${status}: redirects are not followed`)
  const encoding = headers["content-encoding"] ?? "identity"
  if (encoding !== "identity" && encoding !== "aws-chunked")
    return new UnusableReply(`status ${status}: the body is encoded, although nobody asked for that`)
  return undefined
}

type SdkRequest = Pick<
  Parameters<HttpHandler["handle"]>[0],
  "protocol" | "hostname" | "port" | "method" | "path" | "query" | "headers" | "body"
>

/** Converts the SDK's signed request. Sets `accept-encoding`, which is not signed, because Bun would request compression. */
export const outgoing = (service: AwsService, request: SdkRequest, maxReplyBytes?: number): Outgoing => {
  const { headers, hostname, method, path, port, protocol } = request
  const body: unknown = request.body
  const query = buildQueryString(request.query ?? {})
  const operation = operationName(service, request)
  return {
    method,
    origin: `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`,
    path: query === "" ? path : `${path}?${query}`,
    headers: { ...headers, "accept-encoding": "identity" },
    maxReplyBytes: maxReplyBytes ?? replyLimit(service, operation),
    isShort: service.isTier === true,
    isRepeatable: operation === undefined || service.unrepeatable?.includes(operation) !== true,
    ...(method !== "GET" && (typeof body === "string" || body instanceof Uint8Array) ? { body } : {}),
  }
}

/** The shortest limit of a reply, in bytes: an error takes a few hundred. */
const LEAST_LIMIT = 64 * KIB

/** What a request of a client may say beside its command. */
export interface RequestOptions {
  /** The longest value, in bytes. A longer one fails with `TooLarge`. Default: what the operation can need. */
  readonly maxReplyBytes?: number
}

/** A reply beyond the limit of its request is a value that is too large, unless it is an error. */
const withLimitOf = ({ maxReplyBytes }: RequestOptions, cause: unknown): unknown =>
  maxReplyBytes !== undefined && cause instanceof ReplyTooLong && cause.status === OK
    ? tooLarge(cause.bytes, maxReplyBytes)
    : cause

/** Makes the request handler for the clients of a service. */
export const makeRequestHandler = (service: AwsService, transport: Transport): HttpHandler => ({
  metadata: { handlerProtocol: "http/1.1" },
  handle: async (request, { abortSignal, ...rest } = {}) => {
    const own = rest as RequestOptions
    const limit = own.maxReplyBytes === undefined ? undefined : Math.max(own.maxReplyBytes, LEAST_LIMIT)
    const exchange = Effect.filterOrFail(
      sendReconnecting(transport, outgoing(service, request, limit)),
      (reply) => unusable(service, reply) === undefined,
      (reply) => noReply(unusable(service, reply)),
    )
    const options = abortSignal instanceof AbortSignal ? { signal: abortSignal } : {}
    const result = await Effect.runPromise(Effect.result(exchange), options)
    if (Result.isFailure(result)) throw withLimitOf(own, result.failure.cause)
    const { body, headers, reason, status: statusCode } = result.success
    return { response: new HttpResponse({ statusCode, reason, headers: { ...headers }, body }) }
  },
  updateHttpClientConfig: () => {},
  httpHandlerConfigs: () => ({}),
})
