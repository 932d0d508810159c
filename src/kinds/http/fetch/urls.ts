/**
 * Fetches what URLs return, each by one GET. With the validators of the value in memory, a server answers 304 without a body if
 * nothing has changed.
 *
 * Secrets of headers are read first, each time, so that a rotated one is used at once. They are in the request and nowhere else.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Value } from "../../../domain/Entry.ts"
import {
  AccessDenied,
  InvalidRequest,
  NotFound,
  SourceError,
  Throttled,
  Unavailable,
} from "../../../domain/SourceError.ts"
import { tooLarge, unavailable } from "../../../aws/awsErrors.ts"
import { send } from "../../../aws/send.ts"
import { Siblings } from "../../../sources/Siblings.ts"
import { type PageReply, type PageRequest, Web } from "../../../web/Web.ts"
import { codingIn, decodeBody, detailsIn, mediaType } from "../../content.ts"
import { textAt } from "../../textAt.ts"
import type { Source } from "../../Source.ts"
import type { UrlAddress, UrlHeader } from "../address.ts"
import { headerValueFault } from "../url.ts"
import { lifetimeOf } from "./lifetime.ts"

/** The service in metrics and spans. */
const SERVICE = "HTTP"

const originOf = ({ url }: UrlAddress): string => new URL(url).origin

/** The details of a value that a server can compare. */
const conditionsOf = (held: Value | undefined): PageRequest["conditions"] => {
  const { ETag: tag, LastModified: date } = held?.details ?? {}
  if (typeof tag === "string") return { "if-none-match": tag }
  return typeof date === "string" ? { "if-modified-since": date } : {}
}

const UNSHOWN = "is not a header's value"

const failWith = (reason: SourceError["reason"]): SourceError => new SourceError({ reason })

/** The value of a header from the secret that was fetched for it; undefined if it cannot be one. Never shown. */
const headerFrom = (
  { json, prefix }: Extract<UrlHeader, { readonly secret: object }>,
  { body }: Value,
): string | undefined => {
  const text = Redacted.value(body)
  if (typeof text !== "string") return undefined
  const field = json === undefined ? text : textAt(text, json)
  const value = field === undefined ? undefined : prefix + field.trim()
  return value !== undefined && headerValueFault(value) === undefined ? value : undefined
}

/** Statuses that are about the request or the value, as in AWS. Others in the 4xx class refuse the request itself. */
const reasonOf = (status: number, detail: string): SourceError["reason"] => {
  if (status === 404 || status === 410) return new NotFound({ detail })
  if (status === 401 || status === 403 || status === 451) return new AccessDenied({ detail })
  if (status === 429) return new Throttled({ detail })
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 425
  return isRefusal ? new InvalidRequest({ detail }) : new Unavailable({ detail })
}

/** The bytes without their content codings, within the bound of the entry. */
const plainBody = async ({ body, headers }: PageReply, maxBytes: number): Promise<Uint8Array> => {
  const coding = codingIn(headers["content-encoding"])
  if (coding === undefined) return body
  const { CodingError, withoutCodings } = await import("../../contentCodings.ts")
  return withoutCodings(body, coding, maxBytes).catch((cause: unknown) => {
    if (cause instanceof CodingError && cause.problem === "too long") throw tooLarge(undefined, maxBytes)
    throw unavailable("the body is not in the content coding that the server claims")
  })
}

const DETAILS = { ETag: "etag", LastModified: "last-modified" }

/** What the server says about the lifetime, if the entry honours it. */
const lifetimeIn = (
  { honourCacheControl }: UrlAddress,
  { headers }: PageReply,
  now: number,
): Pick<Value, "lifetime"> => {
  const lifetime = honourCacheControl ? lifetimeOf(headers, now) : undefined
  return lifetime === undefined ? {} : { lifetime }
}

const hasSecret = ({ headers }: UrlAddress): boolean => headers.some((header) => "secret" in header)

const toValue = async (address: UrlAddress, reply: PageReply, now: number): Promise<Value> => {
  const { maxBytes } = address
  const bytes = await plainBody(reply, maxBytes)
  if (bytes.byteLength > maxBytes) throw tooLarge(bytes.byteLength, maxBytes)
  return {
    body: Redacted.make(decodeBody(bytes)),
    contentType: mediaType(reply.headers["content-type"]),
    ...lifetimeIn(address, reply, now),
    ...(hasSecret(address) ? { isSecret: true as const } : {}),
    details: detailsIn(reply.headers, DETAILS),
  }
}

/** The value in memory, which the server says is current. A new lifetime replaces the old one (RFC 9111, section 4.3.4). */
const renewed = (address: UrlAddress, held: Value, reply: PageReply, now: number): Value => {
  const { lifetime } = lifetimeIn(address, reply, now)
  return lifetime === undefined ? held : { ...held, lifetime }
}

export const make: Effect.Effect<Source<"http">> = Effect.gen(function* () {
  const getPage = yield* Web
  const fetchSibling = yield* Siblings

  const readHeader = Effect.fnUntraced(function* (header: UrlHeader) {
    if ("value" in header) return [header.name, header.value] as const
    const { secretId } = header.secret
    const secret = yield* fetchSibling(header.secret).pipe(
      // If the secret of a header is missing, that does not mean that the document is missing.
      Effect.mapError(({ reason }) =>
        reason._tag === "NotFound"
          ? failWith(
              new AccessDenied({
                detail: `the secret ${secretId} of the header ${header.name}: ${reason.detail}`,
              }),
            )
          : failWith(reason),
      ),
    )
    const value = headerFrom(header, secret)
    if (value !== undefined) return [header.name, value] as const
    const what =
      header.json === undefined
        ? `the secret ${secretId}`
        : `the field ${header.json} of the secret ${secretId}`
    return yield* Effect.fail(failWith(new AccessDenied({ detail: `${what} ${UNSHOWN}` })))
  })

  const get = (address: UrlAddress, headers: PageRequest["headers"], held: Value | undefined) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      send(SERVICE, "GET", async ({ abortSignal }) => {
        const conditions = conditionsOf(held)
        const reply = await getPage({ ...address, headers, conditions, signal: abortSignal })
        const { status } = reply
        if (status === 200 || status === 203 || status === 204) return toValue(address, reply, now)
        if (status === 304 && held !== undefined && Object.keys(conditions).length > 0)
          return renewed(address, held, reply, now)
        throw failWith(reasonOf(status, `status ${status} from ${originOf(address)}`))
      }),
    )

  return {
    kind: "http",
    batchSize: 1,
    groupOf: ({ url }) => url,
    circuitOf: originOf,
    fetch: Effect.fnUntraced(function* ([address], attempt, [held], { moved }) {
      const headers = yield* Effect.forEach(address.headers, readHeader, { concurrency: "unbounded" })
      if (hasSecret(address)) moved()
      return [Result.succeed(yield* attempt(get(address, Object.fromEntries(headers), held)))]
    }),
  }
})
