/**
 * The attributes of the cache's spans: an entry's kind, its name and the outcome, never its value.
 */
import * as Effect from "effect/Effect"
import type { Entry } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { annotate, type SpanOptions, type TracingShape } from "../observability/Tracing.ts"
import type { Outcome } from "./Served.ts"

/** The span attributes of an entry: its kind and name. */
export const spanOf = ({ address, name }: Entry): SpanOptions => ({
  attributes: { "cache.kind": address.kind, "cache.name": name },
})

/** A span around a read, with its outcome or the type of its error. */
export const aroundRead =
  ({ around }: TracingShape, entry: Entry) =>
  <A extends { readonly outcome: Outcome } | undefined>(
    read: Effect.Effect<A, SourceError>,
  ): Effect.Effect<A, SourceError> =>
    read.pipe(
      Effect.tap((served) => annotate({ "cache.outcome": served?.outcome ?? "not-cached" })),
      Effect.tapError(({ reason }) => annotate({ "error.type": reason._tag })),
      around("read", { kind: "server", ...spanOf(entry) }),
    )
