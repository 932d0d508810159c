/**
 * `GET /<kind>?...`: query, entry of the plan, cache, the field that was asked for, reply.
 *
 * What goes wrong on the way is a `Refusal`, which becomes a problem: of the whole answer where one value was asked
 * for, else under its name.
 */
import * as Effect from "effect/Effect"
import type { Headers } from "effect/http/Headers"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { Cache, type ReadOptions, type Served } from "../cache/Cache.ts"
import { Configuration } from "../config/Configuration.ts"
import type { Found } from "../config/Plan.ts"
import type { Kind } from "../domain/Address.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { NOT_CACHED } from "./cacheStatus.ts"
import { type Directives, directivesOf } from "./directives.ts"
import { makeTagger } from "./etag.ts"
import type { Handler } from "./methods.ts"
import { nameOfSourceError, problemOf, type ProblemName, respondWith } from "./problems.ts"
import { type ByNames, type ByPath, type Query, queryOf } from "./query.ts"
import { JSON_TYPE, type Named, type Part, replyOf, replyOfAll, toResponse } from "./reply.ts"

/** Why a value is not served. */
export interface Refusal {
  readonly problem: ProblemName
  readonly detail: string
}

const refuse = (problem: ProblemName, detail: string) => Result.fail<Refusal>({ problem, detail })

const refusalOf = (error: SourceError): Refusal => ({
  problem: nameOfSourceError(error),
  detail: error.reason.detail,
})

/** Answers with a refusal alone. */
export const respondRefused = ({ detail, problem }: Refusal): HttpServerResponse.HttpServerResponse =>
  respondWith(problem, detail, problem === "not-cached" ? { "cache-status": NOT_CACHED } : {})

const milliseconds = (seconds: number): number => seconds * 1_000

/** What the directives mean to the cache. */
const optionsOf = ({ maxAge, maxStale, minFresh, noCache, noStore }: Directives): ReadOptions => ({
  noStore,
  ...(noCache ? { maxAge: 0 } : maxAge === undefined ? {} : { maxAge: milliseconds(maxAge) }),
  ...(maxStale === undefined ? {} : { maxStale: milliseconds(maxStale) }),
  ...(minFresh === undefined ? {} : { minFresh: milliseconds(minFresh) }),
})

/** Something that is asked for, in words. */
const quoted = (name: string) => JSON.stringify(name)

/** What the plan has for a query, by the names under which it is answered. */
export interface Wanted {
  readonly name: string
  readonly found: Result.Result<Found, Refusal>
}

/** Finds what queries ask for in the plan. */
export const makeFinder = Effect.map(Configuration, (plan) => {
  const listed = <A>(found: A | undefined, kind: Kind, what: string): Result.Result<A, Refusal> =>
    found === undefined
      ? refuse("no-data-found", `${what} is not listed under ${kind} in config.yaml`)
      : Result.succeed(found)

  const byPath = (kind: Kind, { path }: ByPath): Wanted => {
    const entry = plan.findPath(path)
    return { name: path, found: listed(entry && { entry }, kind, `the path ${quoted(path)}`) }
  }

  const byNames = (kind: Kind, { names, selector }: ByNames): ReadonlyArray<Wanted> =>
    names.map((name) => ({ name, found: listed(plan.find(kind, name, selector), kind, quoted(name)) }))

  return (kind: Kind, query: Query): ReadonlyArray<Wanted> =>
    query._tag === "ByPath" ? [byPath(kind, query)] : byNames(kind, query)
})

/** The value as it is. */
const wholeOf = ({ entry }: Found, served: Served): Part => ({
  served,
  policy: entry.policy,
  body: Redacted.value(served.value.body),
  contentType: served.value.contentType,
  isWhole: true,
})

const TEXT_TYPE = "text/plain; charset=utf-8"

/** The value of one parameter of a path that is kept as a whole. */
const memberOf = (part: Part, name: string): Result.Result<Part, Refusal> => {
  const members: Readonly<Record<string, unknown>> = JSON.parse(String(part.body))
  const body = Object.hasOwn(members, name) ? members[name] : undefined
  return typeof body === "string"
    ? Result.succeed({ ...part, body, contentType: TEXT_TYPE, isWhole: false })
    : refuse("no-data-found", `there is no ${quoted(name)} below its path`)
}

/** The parser of JSON is loaded with the first field that is asked for. */
const fieldOf = (part: Part, field: ReadonlyArray<string>): Effect.Effect<Part, Refusal> =>
  Effect.promise(() => import("./jsonField.ts")).pipe(
    Effect.flatMap(({ fieldAt }) =>
      Effect.fromResult(
        typeof part.body === "string" ? fieldAt(part.body, field) : Result.fail("the value is binary"),
      ),
    ),
    Effect.map(({ body, isJson }) => ({
      ...part,
      body,
      contentType: isJson ? JSON_TYPE : TEXT_TYPE,
      isWhole: false,
    })),
    Effect.mapError((detail): Refusal => ({ problem: "no-such-field", detail })),
  )

/** The handler of reads of a kind. */
export const makeRead: Effect.Effect<(kind: Kind) => Handler, never, Cache | Configuration> = Effect.gen(
  function* () {
    const cache = yield* Cache
    const find = yield* makeFinder
    const tagger = yield* makeTagger

    /** The value of an entry as the directives allow. */
    const serve = Effect.fnUntraced(function* ({ entry }: Found, directives: Directives) {
      const options = optionsOf(directives)
      const reading = directives.onlyIfCached ? cache.held(entry, options) : cache.read(entry, options)
      const served = yield* Effect.mapError(reading, refusalOf)
      if (served !== undefined) return served
      const detail = `${quoted(entry.name)} is not in memory as it is asked for, and only-if-cached forbids to fetch it`
      return yield* Effect.fail<Refusal>({ problem: "not-cached", detail })
    })

    const partOf = Effect.fnUntraced(function* (
      wanted: Wanted,
      directives: Directives,
      field: ReadonlyArray<string> | undefined,
    ) {
      const found = yield* Effect.fromResult(wanted.found)
      const whole = wholeOf(found, yield* serve(found, directives))
      const part =
        found.member === undefined ? whole : yield* Effect.fromResult(memberOf(whole, found.member))
      return field === undefined ? part : yield* fieldOf(part, field)
    })

    const readOne = (part: Effect.Effect<Part, Refusal>, headers: Headers) =>
      Effect.match(part, {
        onSuccess: (part) => toResponse(replyOf(part, tagger), headers),
        onFailure: respondRefused,
      })

    /** All at once, so that what must be fetched shares batches. */
    const readAll = Effect.fnUntraced(function* (
      parts: ReadonlyArray<Named<Effect.Effect<Part, Refusal>>>,
      headers: Headers,
    ) {
      const results = yield* Effect.forEach(
        parts,
        ([name, part]) => Effect.map(Effect.result(part), (result) => [name, result] as const),
        { concurrency: "unbounded" },
      )
      const values = results.flatMap(([name, result]) =>
        Result.isSuccess(result) ? [[name, result.success] as const] : [],
      )
      const errors = results.flatMap(([name, result]) =>
        Result.isFailure(result)
          ? [[name, problemOf(result.failure.problem, result.failure.detail)] as const]
          : [],
      )
      return toResponse(replyOfAll(values, errors, tagger), headers)
    })

    const answer = (kind: Kind, query: Query, headers: Headers) => {
      const directives = directivesOf(headers["cache-control"])
      const parts = find(kind, query).map(
        (wanted) => [wanted.name, partOf(wanted, directives, query.field)] as const,
      )
      const [first, ...others] = parts
      return first !== undefined && others.length === 0 ? readOne(first[1], headers) : readAll(parts, headers)
    }

    return (kind) =>
      ({ headers, url }) =>
        Result.match(queryOf("read", kind, url), {
          onSuccess: (query) => answer(kind, query, headers),
          onFailure: (detail) => Effect.succeed(respondWith("bad-request", detail)),
        })
  },
)
