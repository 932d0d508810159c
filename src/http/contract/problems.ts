/**
 * Problems as the contract has them: for each status one response, whose body is one of the problems that end in it.
 *
 * Types, statuses and titles are those of `http/problems.ts`; here stands when each of them comes, for readers of
 * openapi.json.
 */
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import { type ProblemName, PROBLEMS, typeOf } from "../problems.ts"
import { type Bodies, response, wholeNumber } from "./responses.ts"

const WHEN: Readonly<Record<ProblemName, string>> = {
  "bad-request":
    "The query or the Host header is malformed, or AWS cannot have such a name. The detail says what was found and what is allowed.",
  forbidden:
    "The request does not come from the function: Host is not a loopback name, a proxy or a browser sent it, or a required token is missing.",
  "access-denied": "AWS refuses the function's role. Remembered for negative_ttl.",
  "no-data-found":
    "AWS has no such value, or config.yaml does not list it or its region. The detail says which.",
  "no-such-field": "The value is not JSON, or has nothing at the JSON pointer.",
  "not-found": "The extension has no such path.",
  "method-not-allowed": "The path has no such method. Allow lists those it has.",
  "not-cached": "The request says only-if-cached, and nothing in memory may be served.",
  "too-many-requests":
    "max_concurrent_requests are waiting already, or too many versions were asked for that cannot be read.",
  throttled: "AWS throttled the call, and there is no old value to serve.",
  "aws-failed": "AWS failed, and there is no old value to serve.",
  "value-too-large": "The value by itself exceeds cache.max_bytes.",
  "not-ready": "What is listed is still being loaded at start-up.",
  "aws-too-slow": "AWS did not answer in time, and there is no old value to serve.",
  "internal-error": "A bug in the extension. Its log has the cause.",
}

/** `no-such-field` becomes `NoSuchField`. */
const componentOf = (name: ProblemName): string =>
  name
    .split("-")
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join("")

const bodyOf = (name: ProblemName) => {
  const { status, title } = PROBLEMS[name]
  return Schema.Struct({
    type: Schema.Literal(typeOf(name)).annotate({ description: "Stable: tell problems apart by it." }),
    status: Schema.Literal(status),
    title: Schema.Literal(title),
    detail: Schema.String.annotate({ description: "What was wrong this time, in words that may change." }),
  }).annotate({ identifier: componentOf(name), title, description: WHEN[name] })
}

const NAMES = Object.keys(PROBLEMS) as ReadonlyArray<ProblemName>

/** Each made once: a schema that is made again is another component of the document. */
const BODIES = new Map(NAMES.map((name) => [name, bodyOf(name)]))

/** The body of one of these problems (RFC 9457). */
export const problemOf = (names: ReadonlyArray<ProblemName>) =>
  Schema.Union(names.flatMap((name) => BODIES.get(name) ?? []))

/** Problems may not be stored: what was wrong may be right a moment later. */
const NO_STORE = Schema.Literal("no-store")

const RETRY_AFTER = wholeNumber("After how many seconds to ask again.")

/** On 504 `not-cached` alone. */
const CACHE_STATUS = Schema.String.annotate({
  description: "RFC 9211: with not-cached, that there was no value in memory.",
})

/** On 405, and in answer to OPTIONS. */
export const ALLOW = Schema.String.annotate({
  description: "The methods of the path.",
  examples: ["GET, HEAD, OPTIONS"],
})

type Status = (typeof PROBLEMS)[ProblemName]["status"]

const headersOf = (status: Status, names: ReadonlyArray<ProblemName>) => ({
  "cache-control": NO_STORE,
  ...(status === 429 ? { "retry-after": RETRY_AFTER } : {}),
  ...(status === 405 ? { allow: ALLOW } : {}),
  ...(names.includes("not-cached") ? { "cache-status": Schema.optionalKey(CACHE_STATUS) } : {}),
})

const descriptionOf = (names: ReadonlyArray<ProblemName>): string =>
  names.map((name) => `${PROBLEMS[name].title}: ${WHEN[name]}`).join(" ")

const responseOf = (bodies: Bodies, status: Status, names: ReadonlyArray<ProblemName>): Schema.Top =>
  response(bodies, {
    status,
    description: descriptionOf(names),
    headers: headersOf(status, names),
    body: problemOf(names).pipe(HttpApiSchema.asJson({ contentType: "application/problem+json" })),
  })

/** The responses of these problems, one per status. */
export const problems = (bodies: Bodies, names: ReadonlyArray<ProblemName>): ReadonlyArray<Schema.Top> =>
  Array.from(
    Map.groupBy(names, (name) => PROBLEMS[name].status),
    ([status, all]) => responseOf(bodies, status, all),
  )
