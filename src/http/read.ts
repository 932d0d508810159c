/**
 * `GET /<kind>?...`: query, entry of the plan, cache, requested part, response. Also `DELETE /<kind>?...`, which forgets
 * what the same query names.
 *
 * Whatever goes wrong is a `Refusal`. It becomes a problem: the whole response if one value was requested, otherwise a
 * member under its name.
 */
import * as Effect from "effect/Effect"
import type { Headers } from "effect/http/Headers"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Result from "effect/Result"
import { Cache, type ReadOptions } from "../cache/Cache.ts"
import { Plan, type PlanShape } from "../config/Plan.ts"
import type { Kind } from "../domain/Address.ts"
import type { Entry } from "../domain/Entry.ts"
import { kinds } from "../kinds/kinds.ts"
import type { Found } from "../kinds/lookup.ts"
import { type Directives, parseCacheControl, toReadOptions } from "./cacheControl.ts"
import { makeEntityTags, NOT_CACHED } from "./headers.ts"
import { selectMembers } from "./members.ts"
import { fromSourceError, type Refusal, toResponse } from "./problems.ts"
import { type ByNames, type ByPath, type Query, parseQuery, quote } from "./query.ts"
import {
  fieldOf,
  inForm,
  memberOf,
  type Named,
  type Part,
  respondWithOne,
  respondWithSeveral,
  wholeOf,
} from "./reply.ts"

export type Handler = (request: HttpServerRequest) => Effect.Effect<HttpServerResponse.HttpServerResponse>

const respondWithProblem = (refusal: Refusal) =>
  toResponse(refusal, refusal.problem === "not-cached" ? { "cache-status": NOT_CACHED } : {})

const badRequest = (detail: string) => Effect.succeed(toResponse({ problem: "bad-request", detail }))

/** What the plan has for a name in the query. */
interface Wanted {
  readonly name: string
  readonly found: Result.Result<Found, Refusal>
}

const orNotListed = (found: Found | undefined, kind: Kind, what: string): Wanted["found"] =>
  found === undefined
    ? Result.fail({
        problem: "no-data-found",
        detail: `${what} is not listed under ${kind} in config.yaml`,
      })
    : Result.succeed(found)

/**
 * Refuses an unlisted name that AWS cannot have: it must follow the grammar of its service and be in a region that
 * config.yaml allows. Listed names were checked when config.yaml was read.
 */
const refuseImpossible = (plan: PlanShape, kind: Kind, { found, name }: Wanted): Wanted => {
  if (Result.isFailure(found) || plan.entries.has(found.success.entry.key)) return { found, name }
  const { entry } = found.success
  const refused = (problem: Refusal["problem"], detail: string): Wanted => ({
    name,
    found: Result.fail({ problem, detail: `${quote(name)} ${detail}` }),
  })
  const { section, service } = kinds[kind]
  const fault = found.success.fault ?? section.faultOf(entry.address)
  if (fault !== undefined) return refused("bad-request", `cannot be in ${service.name}: ${fault}`)
  const regionFault = plan.regionFault(entry)
  return regionFault === undefined
    ? { found, name }
    : refused("no-data-found", `is not listed in config.yaml, and ${regionFault}`)
}

/** Finds the entries for a query of a kind, in the order of the query. */
const makeFinder: Effect.Effect<(kind: Kind, query: Query) => ReadonlyArray<Wanted>, never, Plan> =
  Effect.map(Plan, (plan) => {
    const byPath = (kind: Kind, { path }: ByPath): Wanted => {
      const entry = plan.findPath(kind, path)
      return { name: path, found: orNotListed(entry && { entry }, kind, `the path ${JSON.stringify(path)}`) }
    }

    const byNames = (kind: Kind, { names, selector }: ByNames): ReadonlyArray<Wanted> =>
      names.map((name) => ({
        name,
        found: orNotListed(plan.find(kind, name, selector), kind, JSON.stringify(name)),
      }))

    return (kind, query) => {
      const wanted = query._tag === "ByPath" ? [byPath(kind, query)] : byNames(kind, query)
      return wanted.map((each) => refuseImpossible(plan, kind, each))
    }
  })

/**
 * The part of its read budget that a parameter below a path waits for the path, which arrives in pages of ten parameters.
 * After that, the parameter is also fetched alone, for which the rest of the budget is enough.
 */
const PATH_PART = 1 / 2

/** The options of that fetch: it never serves from memory, and stores nothing because the path will contain the parameter. */
const ALONE: ReadOptions = { maxAge: 0, noStore: true }

interface Wishes {
  /** `Accept-Encoding`, if the request may get a value in the content coding in which it is stored. */
  readonly acceptEncoding?: string | undefined
  /** `Context`, which selects variants of members. */
  readonly context?: string | undefined
}

/**
 * Reads what a query names, each value or part of it with its name. `readBudget`: how long each may wait for AWS, in
 * milliseconds, if not as long as reads usually do. `wishes`: what headers of the request say.
 */
type Reader = (
  kind: Kind,
  query: Query,
  directives: Directives,
  readBudget?: number,
  wishes?: Wishes,
) => ReadonlyArray<Named<Effect.Effect<Part, Refusal>>>

const withBudget = ({ found, name }: Wanted, readBudget: number | undefined): Wanted =>
  readBudget === undefined
    ? { found, name }
    : {
        name,
        found: Result.map(found, (one) => ({ ...one, entry: { ...one.entry, readBudget } })),
      }

/** Whether a query wants whole values. */
const isOfWhole = (query: Query): boolean =>
  query.field === undefined &&
  (query._tag === "ByPath" || (query.members === undefined && query.form === undefined))

/** The reader, for GET of a kind and for the variables of `environment/answer.ts`. */
export const makeReader: Effect.Effect<Reader, never, Cache | Plan> = Effect.gen(function* () {
  const cache = yield* Cache
  const { limits } = yield* Plan
  const find = yield* makeFinder

  /** The value of an entry as the directives allow. */
  const serve = Effect.fnUntraced(function* ({ entry }: Found, directives: Directives) {
    const options = toReadOptions(directives)
    const reading = directives.onlyIfCached ? cache.held(entry, options) : cache.read(entry, options)
    const served = yield* Effect.mapError(reading, fromSourceError)
    if (served !== undefined) return served
    const detail = `${JSON.stringify(entry.name)} is not in memory as the request demands it, and only-if-cached forbids fetching it`
    return yield* Effect.fail<Refusal>({ problem: "not-cached", detail })
  })

  /** Reads the parameter alone. If that fails, it never completes, so that the path decides. */
  const readAlone = (alone: Entry): Effect.Effect<Part> =>
    cache.read(alone, ALONE).pipe(
      Effect.delay(limits.readBudget * PATH_PART),
      Effect.map((served) => wholeOf({ entry: alone }, served)),
      Effect.catch(() => Effect.never),
    )

  /** Reads an entry, or a member of a path, from whichever fetch ends first. */
  const readFound = (found: Found, directives: Directives): Effect.Effect<Part, Refusal> => {
    const whole = Effect.map(serve(found, directives), (served) => wholeOf(found, served))
    const { alone, member } = found
    if (member === undefined) return whole
    const part = Effect.flatMap(whole, (path) => Effect.fromResult(memberOf(path, member)))
    return alone === undefined || directives.onlyIfCached ? part : Effect.raceFirst(part, readAlone(alone))
  }

  /** What the query wants of a value: all of it, a field or members. */
  const viewOf = (
    part: Part,
    kind: Kind,
    query: Query,
    { context }: Wishes,
  ): Effect.Effect<Part, Refusal> => {
    if (query.field !== undefined) return Effect.fromResult(fieldOf(part, query.field))
    if (query._tag === "ByPath") return Effect.succeed(part)
    const { form, members } = query
    if (form !== undefined) return Effect.fromResult(inForm(part, form, kind))
    const rules = kinds[kind].query.members
    return members === undefined || rules === undefined
      ? Effect.succeed(part)
      : selectMembers(part, rules, members, context)
  }

  /** The part without the content coding in which its value is stored, unless the request accepts that. */
  const inCodingFor = (part: Part, acceptEncoding: string | undefined): Effect.Effect<Part, Refusal> => {
    const { coding } = part
    if (coding === undefined) return Effect.succeed(part)
    return Effect.flatMap(
      Effect.promise(() => import("./coding.ts")),
      ({ accepts, decoded }) =>
        accepts(acceptEncoding, coding) ? Effect.succeed(part) : decoded(part, coding, limits.maxBytes),
    )
  }

  const readWanted = Effect.fnUntraced(function* (
    { found }: Wanted,
    directives: Directives,
    kind: Kind,
    query: Query,
    wishes: Wishes,
  ) {
    const stored = yield* readFound(yield* Effect.fromResult(found), directives)
    const part = yield* inCodingFor(stored, isOfWhole(query) ? wishes.acceptEncoding : undefined)
    return yield* viewOf(part, kind, query, wishes)
  })

  return (kind, query, directives, readBudget, { acceptEncoding, context } = {}) => {
    const all = find(kind, query)
    // Several values are in one object.
    const wishes = { context, acceptEncoding: all.length === 1 ? acceptEncoding : undefined }
    return all.map((wanted) => [
      wanted.name,
      readWanted(withBudget(wanted, readBudget), directives, kind, query, wishes),
    ])
  }
})

/** The handler of GET and HEAD of a kind. */
export const makeRead: Effect.Effect<(kind: Kind) => Handler, never, Cache | Plan> = Effect.gen(function* () {
  const reader = yield* makeReader
  const tags = yield* makeEntityTags

  const answerOne = (part: Effect.Effect<Part, Refusal>, headers: Headers) =>
    Effect.match(part, {
      onSuccess: (part) => respondWithOne(part, tags, headers),
      onFailure: respondWithProblem,
    })

  /** Reads all at once, so that fetches share batches. */
  const answerSeveral = Effect.fnUntraced(function* (
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
      Result.isFailure(result) ? [[name, result.failure] as const] : [],
    )
    return respondWithSeveral(values, errors, tags, headers)
  })

  const answer = (kind: Kind, query: Query, headers: Headers) => {
    const directives = parseCacheControl(headers["cache-control"])
    const wishes = { acceptEncoding: headers["accept-encoding"], context: headers["context"] }
    const parts = reader(kind, query, directives, undefined, wishes)
    const [first, ...others] = parts
    return first !== undefined && others.length === 0
      ? answerOne(first[1], headers)
      : answerSeveral(parts, headers)
  }

  return (kind) =>
    ({ headers, url }) =>
      Result.match(parseQuery("read", kind, url), {
        onSuccess: (query) => answer(kind, query, headers),
        onFailure: badRequest,
      })
})

/** The handler of DELETE for a kind. Forgets everything that the query names or, if any of it is unlisted, nothing. */
export const makeForget: Effect.Effect<(kind: Kind) => Handler, never, Cache | Plan> = Effect.gen(
  function* () {
    const cache = yield* Cache
    const find = yield* makeFinder

    // Forgetting a member of a path forgets the whole path.
    const forget = (kind: Kind, query: Query) =>
      Result.match(Result.all(find(kind, query).map(({ found }) => found)), {
        onSuccess: (all) =>
          Effect.as(
            Effect.forEach(all, ({ entry }) => cache.forget(entry), { discard: true }),
            HttpServerResponse.empty({ status: 204 }),
          ),
        onFailure: (refusal) => Effect.succeed(toResponse(refusal)),
      })

    return (kind) =>
      ({ url }) =>
        Result.match(parseQuery("forget", kind, url), {
          onSuccess: (query) => forget(kind, query),
          onFailure: badRequest,
        })
  },
)
