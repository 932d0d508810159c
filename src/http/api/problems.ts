/**
 * The problems of `http/problems.ts` in the contract: one response per status, whose body is one of the problems with this
 * status.
 */
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import { type ProblemName, PROBLEMS, typeUri } from "../problems.ts"
import { type Bodies, NO_STORE, response, RETRY_AFTER } from "./responses.ts"

/** `no-such-field` becomes `NoSuchField`. */
const componentName = (name: ProblemName): string =>
  name
    .split("-")
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join("")

const bodyOf = (name: ProblemName) => {
  const { status, title, when } = PROBLEMS[name]
  return Schema.Struct({
    type: Schema.Literal(typeUri(name)).annotate({ description: "Stable: tell problems apart by it." }),
    status: Schema.Literal(status),
    title: Schema.Literal(title),
    detail: Schema.String.annotate({ description: "What was wrong this time, in words that may change." }),
  }).annotate({ identifier: componentName(name), title, description: when })
}

const NAMES = Object.keys(PROBLEMS) as ReadonlyArray<ProblemName>

/** Each is made only once, because every Schema would be another component of the document. */
const BODIES = new Map(NAMES.map((name) => [name, bodyOf(name)]))

/** The body of one of these problems (RFC 9457). */
export const problemOf = (names: ReadonlyArray<ProblemName>) =>
  Schema.Union(names.flatMap((name) => BODIES.get(name) ?? []))

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
  ...(names.some((name) => "retryAfter" in PROBLEMS[name]) ? { "retry-after": RETRY_AFTER } : {}),
  ...(status === 405 ? { allow: ALLOW } : {}),
  ...(names.includes("not-cached") ? { "cache-status": Schema.optionalKey(CACHE_STATUS) } : {}),
})

const descriptionOf = (names: ReadonlyArray<ProblemName>): string =>
  names.map((name) => `${PROBLEMS[name].title}: ${PROBLEMS[name].when}`).join(" ")

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
