/**
 * What a read is answered with: one value, or several in one object; or 304 where the function has it already.
 */
import type { Headers } from "effect/http/Headers"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Result from "effect/Result"
import { summaryOf } from "./cacheStatus.ts"
import { isMatched, type Tagger } from "./etag.ts"
import { JSON_TYPE, type Part } from "./part.ts"
import type { Problem } from "./problems.ts"
import { type About, aboutServed, headersOf, type Seconds, secondsOf } from "./valueHeaders.ts"

export interface Reply {
  readonly about: About
  readonly body: string | Uint8Array
}

/** The reply with one value. */
export const replyOf = ({ body, contentType, isWhole, policy, served }: Part, tagger: Tagger): Reply => {
  const etag = isWhole ? tagger.ofValue(served.value) : tagger.ofBody(contentType, body)
  const about = aboutServed(served, secondsOf(served, policy), etag)
  return { about: { ...about, contentType }, body }
}

/** Nobody else looks whether a configuration is the JSON that its media type promises. */
const isJson = (text: string): boolean => Result.isSuccess(Result.try((): unknown => JSON.parse(text)))

/** A value in JSON: what is JSON as it is written, other text as a string, bytes in base64. */
const jsonOf = ({ body, contentType }: Part): string => {
  if (typeof body !== "string") return JSON.stringify(Buffer.from(body).toString("base64"))
  return contentType === JSON_TYPE && isJson(body) ? body : JSON.stringify(body)
}

/** Written member by member: an object would put names that look like numbers first, and JSON would lose digits. */
const objectOf = <A>(members: ReadonlyArray<readonly [string, A]>, write: (member: A) => string): string =>
  `{${members.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(",")}}`

/** As old as the oldest, and good for no longer than the first that ends; not to be kept if anything is missing. */
const secondsOfAll = (parts: ReadonlyArray<Part>, failures: number): Seconds => {
  const all = parts.map(({ policy, served }) => secondsOf(served, policy))
  const age = Math.max(0, ...all.map((one) => one.age))
  const ttl = Math.min(...all.map((one) => one.ttl))
  const isToBeKept = failures === 0 && all.every(({ lifetime }) => lifetime !== undefined)
  return { age, ttl, lifetime: isToBeKept ? Math.max(0, age + ttl) : undefined }
}

export type Named<A> = readonly [name: string, of: A]

/** The reply with several values and what stood in the way of others. */
export const replyOfAll = (
  values: ReadonlyArray<Named<Part>>,
  errors: ReadonlyArray<Named<Problem>>,
  tagger: Tagger,
): Reply => {
  const parts = values.map(([, part]) => part)
  const seconds = secondsOfAll(parts, errors.length)
  const body = `{"values":${objectOf(values, jsonOf)},"errors":${objectOf(errors, (problem) => JSON.stringify(problem))}}`
  const served = parts.map((part) => part.served)
  return {
    about: {
      ...seconds,
      contentType: JSON_TYPE,
      etag: tagger.ofBody(JSON_TYPE, body),
      cacheStatus: summaryOf(served, seconds.ttl, errors.length),
    },
    body,
  }
}

/** The response: 304 without the body where `If-None-Match` has its tag (RFC 9110, section 13.1.2). */
export const toResponse = (
  { about, body }: Reply,
  requested: Headers,
): HttpServerResponse.HttpServerResponse => {
  const { "content-type": contentType, ...headers } = headersOf(about)
  if (isMatched(requested["if-none-match"], about.etag))
    return HttpServerResponse.empty({ status: 304, headers })
  const options = { contentType: contentType ?? about.contentType, headers }
  return typeof body === "string"
    ? HttpServerResponse.text(body, options)
    : HttpServerResponse.uint8Array(body, options)
}
