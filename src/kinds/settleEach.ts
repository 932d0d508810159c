/**
 * Settles each address of a batch as soon as its result is known: at once if the batch answered it, otherwise when its own
 * call ends.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SourceError } from "../domain/SourceError.ts"
import type { Fetched, Rounds } from "./Source.ts"

/** The results in the order of the addresses. A failed call affects only its own address. */
export const settleEach = (
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
