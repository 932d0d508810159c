/**
 * The members of a value that a query selects, such as feature flags; of a value with variants, those that the request's context
 * selects. The routes of our own port and those of the AppConfig agent answer with them.
 *
 * What reads variants is imported with the first value that has some.
 */
import * as Effect from "effect/Effect"
import type { Members } from "../kinds/Kind.ts"
import type { Refusal } from "./problems.ts"
import { type Part, pickMembers } from "./reply.ts"

/** `wanted` undefined: all members of a value with variants, and any other value as it is. */
export const selectMembers = (
  part: Part,
  rules: Members,
  wanted: readonly [string, ...ReadonlyArray<string>] | undefined,
  context: string | undefined,
): Effect.Effect<Part, Refusal> => {
  if (rules.variants?.isFor(part.contentType) === true)
    return Effect.flatMap(
      Effect.promise(() => import("./variants.ts")),
      ({ pickVariants }) => pickVariants(part, rules, wanted, context),
    )
  return wanted === undefined ? Effect.succeed(part) : Effect.fromResult(pickMembers(part, wanted, rules.key))
}
