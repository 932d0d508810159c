/**
 * `GET /environment?set=DB_PASSWORD=cache-extension://secrets?name=db/main`: values for the environment variables of the
 * function's runtime. `scripts/exec.sh`, which starts the runtime, asks for them once.
 *
 * It is imported with the first such request. Either all variables are answered, or one problem that names every one that
 * cannot be resolved.
 */
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Result from "effect/Result"
import { Plan } from "../../config/Plan.ts"
import type { Cache } from "../../cache/Cache.ts"
import { LOAD_BUDGET } from "../../domain/defaults.ts"
import { parseCacheControl } from "../cacheControl.ts"
import { type Refusal, toResponse } from "../problems.ts"
import type { Query } from "../query.ts"
import { type Handler, makeReader } from "../read.ts"
import type { Part } from "../reply.ts"
import { parseWishes, type Wish } from "./references.ts"
import { faultOfAll, toVariable, type Variable, variablesBelow, write } from "./variables.ts"

/** What a variable gets, or every reason why it gets nothing. A path gives any number of variables. */
interface Resolved {
  readonly isPath: boolean
  readonly variables: ReadonlyArray<Variable>
  readonly refusals: ReadonlyArray<Refusal>
}

const failed = (variable: string, { detail, problem }: Refusal): Refusal => ({
  problem,
  detail: `${variable}: ${detail}`,
})

/** A path without a field gives many variables; anything else gives the one that refers to it. */
const toVariables = (variable: string, query: Query, { body }: Part) =>
  query._tag === "ByPath" && query.field === undefined && typeof body === "string"
    ? variablesBelow(query.path, JSON.parse(body))
    : [toVariable(variable, variable, body)]

/** The first refusal decides about the status; the detail has all of them. */
const respondWithProblem = (first: Refusal, others: ReadonlyArray<Refusal>) =>
  toResponse({
    problem: first.problem,
    detail: [first, ...others].map(({ detail }) => detail).join("; "),
  })

const respondWith = (resolved: ReadonlyArray<Resolved>) => {
  const [first, ...others] = resolved.flatMap(({ refusals }) => refusals)
  if (first !== undefined) return respondWithProblem(first, others)
  const named = resolved.filter(({ isPath }) => !isPath).flatMap(({ variables }) => variables)
  const names = new Set(named.map(({ name }) => name))
  // A variable that is set by itself wins over a parameter below a path.
  const below = resolved
    .filter(({ isPath }) => isPath)
    .flatMap(({ variables }) => variables.filter(({ name }) => !names.has(name)))
  const variables = [...named, ...below]
  const fault = faultOfAll(variables)
  return fault === undefined
    ? HttpServerResponse.text(write(variables), {
        contentType: "text/plain; charset=utf-8",
        headers: { "cache-control": "no-store" },
      })
    : toResponse(fault)
}

/** The handler of GET and HEAD. */
export const makeAnswer: Effect.Effect<Handler, never, Cache | Plan> = Effect.gen(function* () {
  const read = yield* makeReader
  const { limits } = yield* Plan
  // Without a value the function does not start, so it is worth waiting for: but not past the end of INIT.
  const readBudget = Math.max(limits.readBudget, Math.min(limits.loadBudget, LOAD_BUDGET))

  const resolve = Effect.fnUntraced(function* (
    { reference, variable }: Wish,
    directives: ReturnType<typeof parseCacheControl>,
  ) {
    const { kind, query } = yield* Effect.fromResult(reference)
    const parts = yield* Effect.forEach(read(kind, query, directives, readBudget), ([, part]) => part)
    const results = parts.flatMap((part) => toVariables(variable, query, part))
    return {
      isPath: query._tag === "ByPath" && query.field === undefined,
      variables: results.flatMap((result) => (Result.isSuccess(result) ? [result.success] : [])),
      refusals: results.flatMap((result) =>
        Result.isFailure(result) ? [failed(variable, result.failure)] : [],
      ),
    }
  })

  return ({ headers, url }) =>
    Result.match(parseWishes(url), {
      onFailure: (detail) => Effect.succeed(toResponse({ problem: "bad-request", detail })),
      onSuccess: (wishes) => {
        const directives = parseCacheControl(headers["cache-control"])
        const resolving = Effect.forEach(
          wishes,
          (wish) =>
            Effect.catch(resolve(wish, directives), (refusal) =>
              Effect.succeed<Resolved>({
                isPath: false,
                variables: [],
                refusals: [failed(wish.variable, refusal)],
              }),
            ),
          // All at once, so that fetches share batches.
          { concurrency: "unbounded" },
        )
        return Effect.map(resolving, respondWith)
      },
    })
})
