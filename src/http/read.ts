/**
 * `GET /<kind>?...`: query, entry of the plan, cache, the field that was asked for, reply.
 *
 * What goes wrong on the way is a `Refusal`, which becomes a problem: of the whole answer where one value was asked
 * for, else under its name.
 */
import * as Effect from "effect/Effect"
import type { Headers } from "effect/http/Headers"
import * as Result from "effect/Result"
import { Cache, type ReadOptions } from "../cache/Cache.ts"
import { type Found, Plan } from "../config/Plan.ts"
import type { Kind } from "../domain/Address.ts"
import type { Entry } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { NOT_CACHED } from "./cacheStatus.ts"
import { type Directives, directivesOf } from "./directives.ts"
import { makeTagger } from "./etag.ts"
import { makeFinder, type Wanted } from "./find.ts"
import type { Handler } from "./methods.ts"
import { fieldOf, memberOf, type Part, wholeOf } from "./part.ts"
import { nameOfSourceError, problemOf, type Refusal, respondWith } from "./problems.ts"
import { type Query, queryOf } from "./query.ts"
import { optionsOf } from "./readOptions.ts"
import { type Named, replyOf, replyOfAll, toResponse } from "./reply.ts"

const refusalOf = (error: SourceError): Refusal => ({
  problem: nameOfSourceError(error),
  detail: error.reason.detail,
})

/**
 * The part of the read budget for which a read of a parameter below a path waits for the path, which comes ten parameters per
 * page, before it also fetches the parameter alone. What is left is enough for that.
 */
const PATH_PART = 1 / 2

/** A parameter that is fetched alone in addition to its path is always new, and not kept, because the path will have it. */
const ALONE: ReadOptions = { maxAge: 0, noStore: true }

/** The handler of reads of a kind. */
export const makeRead: Effect.Effect<(kind: Kind) => Handler, never, Cache | Plan> = Effect.gen(function* () {
  const cache = yield* Cache
  const { limits } = yield* Plan
  const find = yield* makeFinder
  const tagger = yield* makeTagger

  /** The value of an entry as the directives allow. */
  const serve = Effect.fnUntraced(function* ({ entry }: Found, directives: Directives) {
    const options = optionsOf(directives)
    const reading = directives.onlyIfCached ? cache.held(entry, options) : cache.read(entry, options)
    const served = yield* Effect.mapError(reading, refusalOf)
    if (served !== undefined) return served
    const detail = `${JSON.stringify(entry.name)} is not in memory as the request demands it, and only-if-cached forbids fetching it`
    return yield* Effect.fail<Refusal>({ problem: "not-cached", detail })
  })

  /** The parameter by itself. Never ends if that fails, so that the path decides. */
  const readAlone = (alone: Entry): Effect.Effect<Part> =>
    cache.read(alone, ALONE).pipe(
      Effect.delay(limits.readBudget * PATH_PART),
      Effect.map((served) => wholeOf({ entry: alone }, served)),
      Effect.catch(() => Effect.never),
    )

  /** The value of what was found: an entry's, or that of a member of a path, from whichever comes first. */
  const partOfFound = (found: Found, directives: Directives): Effect.Effect<Part, Refusal> => {
    const whole = Effect.map(serve(found, directives), (served) => wholeOf(found, served))
    const { alone, member } = found
    if (member === undefined) return whole
    const part = Effect.flatMap(whole, (path) => memberOf(path, member))
    return alone === undefined || directives.onlyIfCached ? part : Effect.raceFirst(part, readAlone(alone))
  }

  const partOf = Effect.fnUntraced(function* (
    wanted: Wanted,
    directives: Directives,
    field: ReadonlyArray<string> | undefined,
  ) {
    const part = yield* partOfFound(yield* Effect.fromResult(wanted.found), directives)
    return field === undefined ? part : yield* fieldOf(part, field)
  })

  const respondRefused = ({ detail, problem }: Refusal) =>
    respondWith(problem, detail, problem === "not-cached" ? { "cache-status": NOT_CACHED } : {})

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
})
