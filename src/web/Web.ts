/**
 * The web: GET requests for the URLs of config.yaml, with bounded redirects, each of which is checked like the URL itself.
 *
 * By default there is none. `App.ts` imports this only if config.yaml lists a URL. Without a proxy, the transport connects to
 * checked addresses (`host/webTransport.ts`). With one, the proxy looks names up and connects, so only literal addresses can be
 * checked here.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Plan } from "../config/Plan.ts"
import { Settings } from "../config/Settings.ts"
import { Host } from "../host/Host.ts"
import type { AwsResponse } from "../host/Platform.ts"
import { ReplyTooLong } from "../host/transportErrors.ts"
import { ForbiddenPlace, sendChecked } from "../host/webTransport.ts"
import { tooLarge } from "../aws/awsErrors.ts"
import { AccessDenied, SourceError } from "../domain/SourceError.ts"
import { VERSION } from "../observability/version.ts"
import { namesLoopback } from "./addresses.ts"
import { addressFault, type Allowance, portOf, type ReservedPorts, reservedPorts, urlFault } from "./rules.ts"

/** What is requested, and what its entry allows. */
export interface PageRequest extends Pick<Allowance, "allowHttp" | "allowPrivate"> {
  readonly url: string
  /** Sent to the URL's own origin only. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Sent wherever it leads: `If-None-Match`, `If-Modified-Since`. */
  readonly conditions: Readonly<Record<string, string>>
  readonly maxBytes: number
  readonly maxRedirects: number
  readonly signal: AbortSignal
}

/** The body as it was sent, in whatever content coding. Names of headers in lower case. */
export type PageReply = AwsResponse

/**
 * Gives the last reply: any status but a redirect that may be followed. Rejects with the transport's errors, or with a
 * `SourceError` if a place is refused or the body is too long.
 */
export type GetPage = (request: PageRequest) => Promise<PageReply>

/** A refusal counts as denied access: another attempt would change nothing, and an old value is served for a while. */
const refused = (detail: string): SourceError => new SourceError({ reason: new AccessDenied({ detail }) })

const NOWHERE: GetPage = () => Promise.reject(refused("no URL is listed"))

export const Web = Context.Reference<GetPage>("cache-extension/web/Web", { defaultValue: () => NOWHERE })

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

/** The web of an extension, which leads neither to its own ports nor to Lambda's. */
export const layer: Layer.Layer<never, never, Host | Plan | Settings> = Layer.effect(
  Web,
  Effect.gen(function* () {
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
  }),
)
