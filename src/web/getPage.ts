/**
 * Requests pages, with bounded redirects, each of which is checked like the URL itself.
 *
 * Without a proxy, the transport connects to checked addresses (`host/webTransport.ts`). With one, the proxy looks names up and
 * connects, so only literal addresses can be checked here.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Plan } from "../config/Plan.ts"
import { Settings } from "../config/Settings.ts"
import { Host } from "../host/Host.ts"
import type { AwsResponse } from "../host/Platform.ts"
import { ReplyTooLong } from "../host/transportErrors.ts"
import { ForbiddenPlace, sendChecked } from "../host/webTransport.ts"
import { tooLarge } from "../aws/awsErrors.ts"
import { VERSION } from "../observability/version.ts"
import { namesLoopback } from "./addresses.ts"
import { addressFault, type Allowance, portOf, type ReservedPorts, reservedPorts, urlFault } from "./rules.ts"
import { type GetPage, type PageRequest, refused } from "./Web.ts"

/** The redirects of a GET that mean a GET (RFC 9110, section 15.4). */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

const OWN_HEADERS = {
  "accept-encoding": "gzip, identity;q=0.5",
  connection: "close",
  "user-agent": `lambda-cache-extension/${VERSION}`,
}

type Send = (
  url: URL,
  headers: PageRequest["headers"],
  request: PageRequest,
  allowance: Allowance,
) => Promise<AwsResponse>

const targetOf = (location: string | undefined, url: URL): URL => {
  const target = location === undefined ? null : URL.parse(location, url.href)
  if (target === null) throw refused("the server redirects to nothing that is a URL")
  return target
}

const OK = 200

/** The transport's refusals as errors of a source. */
const explained = (cause: unknown, { maxBytes }: PageRequest): unknown => {
  if (cause instanceof ForbiddenPlace) return refused(cause.message)
  return cause instanceof ReplyTooLong && cause.status === OK ? tooLarge(cause.bytes, maxBytes) : cause
}

/** Follows redirects. Each place is checked before anything is sent to it. */
export const makeGetPage =
  (reserved: ReservedPorts, send: Send): GetPage =>
  async (request) => {
    const first = new URL(request.url)
    const { allowHttp, allowPrivate, maxRedirects } = request
    const allowance: Allowance = { allowHttp, allowPrivate, isLocal: namesLoopback(first.hostname) }
    let url = first
    /** Whether all requests so far went to the URL's own origin. Another one could redirect back to a path that must not get the headers. */
    let isOwn = true
    for (let redirects = 0; ; redirects += 1) {
      const fault = urlFault(url, allowance, reserved)
      if (fault !== undefined) throw refused(redirects === 0 ? fault : `a redirect is refused: ${fault}`)
      isOwn &&= url.origin === first.origin
      const headers = { ...(isOwn ? request.headers : {}), ...request.conditions, ...OWN_HEADERS }
      const reply = await send(url, headers, request, allowance).catch((cause: unknown) => {
        throw explained(cause, request)
      })
      if (!REDIRECTS.has(reply.status)) return reply
      if (redirects === maxRedirects)
        throw refused(`the server redirects more often than max_redirects (${maxRedirects}) allows`)
      const target = targetOf(reply.headers["location"], url)
      if (url.protocol === "https:" && target.protocol === "http:")
        throw refused("a redirect is refused: it leads from https to plain HTTP")
      url = target
    }
  }

/** Requests of an extension, which lead neither to its own ports nor to Lambda's. */
export const make: Effect.Effect<GetPage, never, Host | Plan | Settings> = Effect.gen(function* () {
  const host = yield* Host
  const settings = yield* Settings
  const { proxyFor } = settings
  const plan = yield* Plan
  const listener = yield* Effect.option(host.listener)
  const open = Option.getOrUndefined(listener)?.port
  const reserved = reservedPorts({ settings, plan, open })
  const proxied = yield* Effect.cached(host.awsTransport(proxyFor))

  const send: Send = async (url, headers, { maxBytes, signal }, allowance) => {
    const proxy = proxyFor?.(url.origin)
    if (proxy === undefined)
      return sendChecked({
        url,
        headers,
        signal,
        maxReplyBytes: maxBytes,
        addressFault: (address) => addressFault(address, portOf(url), allowance, reserved),
      })
    const transport = await Effect.runPromise(proxied)
    const { origin, pathname, search } = url
    const path = `${pathname}${search}`
    return transport.send({
      method: "GET",
      origin,
      path,
      headers,
      signal,
      maxReplyBytes: maxBytes,
      isFresh: true,
    }).reply
  }
  return makeGetPage(reserved, send)
})
