/**
 * Reports the result of each address of a batch as soon as it is known: at once if the batch answered it, else when its own
 * call has ended.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SourceError } from "../domain/SourceError.ts"
import type { Fetched, Rounds } from "./Source.ts"

/** One result for each address, in their order; a call that fails is the result of its own address alone. */
export const settling = (
  results: ReadonlyArray<Effect.Effect<Fetched, SourceError>>,
  { settle }: Rounds,
): Effect.Effect<ReadonlyArray<Fetched>> =>
  Effect.forEach(
    results,
    (result, index) =>
      result.pipe(
        Effect.catch((error) => Effect.succeed<Fetched>(Result.fail(error))),
        Effect.tap((fetched) => Effect.sync(() => settle(index, fetched))),
      ),
    { concurrency: "unbounded" },
  )
