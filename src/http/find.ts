/**
 * What a query asks for, looked up in the plan: entries, or that they are not listed. For reads and for DELETE.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Configuration } from "../config/Configuration.ts"
import type { Found } from "../config/Plan.ts"
import type { Kind } from "../domain/Address.ts"
import type { Refusal } from "./problems.ts"
import type { ByNames, ByPath, Query } from "./query.ts"

/** What the plan has, and the name under which it is answered. */
export interface Wanted {
  readonly name: string
  readonly found: Result.Result<Found, Refusal>
}

const listed = (found: Found | undefined, kind: Kind, what: string): Wanted["found"] =>
  found === undefined
    ? Result.fail({
        problem: "no-data-found",
        detail: `${what} is not listed under ${kind} in config.yaml`,
      })
    : Result.succeed(found)

/** Finds what a query under a kind asks for, in its order. */
export const makeFinder: Effect.Effect<
  (kind: Kind, query: Query) => ReadonlyArray<Wanted>,
  never,
  Configuration
> = Effect.map(Configuration, (plan) => {
  const byPath = (kind: Kind, { path }: ByPath): Wanted => {
    const entry = plan.findPath(path)
    return { name: path, found: listed(entry && { entry }, kind, `the path ${JSON.stringify(path)}`) }
  }

  const byNames = (kind: Kind, { names, selector }: ByNames): ReadonlyArray<Wanted> =>
    names.map((name) => ({
      name,
      found: listed(plan.find(kind, name, selector), kind, JSON.stringify(name)),
    }))

  return (kind, query) => (query._tag === "ByPath" ? [byPath(kind, query)] : byNames(kind, query))
})
