/**
 * Finds the entries for a query in the plan, or why there are none. For reads and DELETE.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Plan, type PlanShape } from "../config/Plan.ts"
import type { Kind } from "../domain/Address.ts"
import { kinds } from "../kinds/kinds.ts"
import type { Found } from "../kinds/lookup.ts"
import type { Refusal } from "./problems.ts"
import { type ByNames, type ByPath, type Query, quote } from "./query.ts"

/** What the plan has for a name in the query. */
export interface Wanted {
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
  const fault = section.faultOf(entry.address)
  if (fault !== undefined) return refused("bad-request", `cannot be in ${service.name}: ${fault}`)
  const regionFault = plan.regionFault(entry)
  return regionFault === undefined
    ? { found, name }
    : refused("no-data-found", `is not listed in config.yaml, and ${regionFault}`)
}

/** Finds the entries for a query of a kind, in the order of the query. */
export const makeFinder: Effect.Effect<(kind: Kind, query: Query) => ReadonlyArray<Wanted>, never, Plan> =
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
