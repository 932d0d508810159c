/**
 * How a request of the SDK goes out to AWS: on a kept connection, and on a new one where the kept one is dead.
 *
 * After a freeze, kept connections may be dead: the other side has forgotten them, and answers with a reset or not at all.
 * If a kept connection fails before a byte of the reply has come, that says nothing about AWS. The call is repeated on a new
 * connection, and the rest of the pool is not used again. Neither the retries (`retry.ts`) nor the circuit notice.
 * `AwsClients` gives the handler to the SDK's clients, one per service.
 */
import { buildQueryString, type HttpHandler, HttpResponse } from "@smithy/core/protocols"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { BEYOND_DOUBT, FIRST_BYTE_WAIT } from "../domain/defaults.ts"
import type { AwsTransport, SentRequest, AwsResponse, AwsRequest } from "../host/Platform.ts"
import { UnusableReply } from "../host/transportErrors.ts"
import { operationOf, replyLimit } from "./replyLimits.ts"
import type { AwsService } from "./send.ts"

type Wire = Pick<AwsTransport, "send" | "retirePools">

/** A request, but for how it is sent. */
export interface Outgoing extends Omit<AwsRequest, "isFresh" | "signal"> {
  /** Whether it may reach AWS twice. */
  readonly isRepeatable: boolean
}

/** No whole reply came; the cause is what the runtime rejected with, or why the reply is not used. */
export class NoReply extends Data.TaggedError("NoReply")<{ readonly cause: unknown }> {}

const noReply = (cause: unknown): NoReply => new NoReply({ cause })

/** Whether a kept connection has shown no sign of life. */
const isUnanswered = (sent: SentRequest | undefined): sent is SentRequest =>
  sent !== undefined && sent.idleFor() !== undefined && !sent.responseStarted()

/** Whether it has been idle for long enough to be dead without anyone having noticed. */
const isDoubtful = (sent: SentRequest): boolean => (sent.idleFor() ?? 0) > BEYOND_DOUBT

/** Sends a request, on a kept connection if there is one. */
export const sendReconnecting = (
  { retirePools, send }: Wire,
  { isRepeatable, ...request }: Outgoing,
): Effect.Effect<AwsResponse, NoReply> =>
  Effect.suspend(() => {
    let kept: SentRequest | undefined
    const onKept = Effect.tryPromise({
      try: (signal) => (kept = send({ ...request, isFresh: false, signal })).reply,
      catch: noReply,
    })
    const onFresh = Effect.tryPromise({
      try: (signal) => send({ ...request, isFresh: true, signal }).reply,
      catch: noReply,
    })
    /** Silence is the network's, which has forgotten the others as well. */
    const retirePoolsIfSilent = Effect.sync(() => {
      if (isUnanswered(kept)) retirePools()
    })
    const againIfDead = (reply: Effect.Effect<AwsResponse, NoReply>) =>
      Effect.catch(reply, (error) => {
        if (!isUnanswered(kept)) return Effect.fail(error)
        kept.retirePool()
        return isRepeatable ? onFresh : Effect.fail(error)
      })

    return Effect.gen(function* () {
      const first = yield* Effect.forkChild(onKept, { startImmediately: true })
      const early = yield* Effect.timeoutOption(Fiber.await(first), FIRST_BYTE_WAIT)
      if (Option.isSome(early)) return yield* againIfDead(early.value)
      // A slow service is not asked twice where the connection is beyond doubt.
      if (!isRepeatable || !isUnanswered(kept) || !isDoubtful(kept))
        return yield* againIfDead(Fiber.join(first))
      yield* retirePoolsIfSilent
      return yield* Effect.race(Fiber.join(first), onFresh)
    }).pipe(Effect.onInterrupt(() => retirePoolsIfSilent))
  })

const isRedirect = (status: number): boolean => status >= 300 && status < 400

/** AWS never redirects, and compresses a body only on request. */
const refusalOf = ({ headers, status }: AwsResponse): UnusableReply | undefined => {
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

/** A signed request as it goes out. The header is not signed; without it, Bun would ask for a packed body. */
export const outgoing = (service: AwsService, request: SdkRequest): Outgoing => {
  const { headers, hostname, method, path, port, protocol } = request
  const body: unknown = request.body
  const query = buildQueryString(request.query ?? {})
  const operation = operationOf(request)
  return {
    method,
    origin: `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`,
    path: query === "" ? path : `${path}?${query}`,
    headers: { ...headers, "accept-encoding": "identity" },
    maxReplyBytes: replyLimit(service, operation),
    // Its token is good for one call.
    isRepeatable: operation !== "GetLatestConfiguration",
    ...(method !== "GET" && (typeof body === "string" || body instanceof Uint8Array) ? { body } : {}),
  }
}

/** The handler of a service's clients. */
export const makeRequestHandler = (service: AwsService, wire: Wire): HttpHandler => ({
  metadata: { handlerProtocol: "http/1.1" },
  handle: async (request, { abortSignal } = {}) => {
    const exchange = Effect.filterOrFail(
      sendReconnecting(wire, outgoing(service, request)),
      (reply) => refusalOf(reply) === undefined,
      (reply) => noReply(refusalOf(reply)),
    )
    const options = abortSignal instanceof AbortSignal ? { signal: abortSignal } : {}
    const result = await Effect.runPromise(Effect.result(exchange), options)
    if (Result.isFailure(result)) throw result.failure.cause
    const { body, headers, reason, status: statusCode } = result.success
    return { response: new HttpResponse({ statusCode, reason, headers: { ...headers }, body }) }
  },
  updateHttpClientConfig: () => {},
  httpHandlerConfigs: () => ({}),
})
