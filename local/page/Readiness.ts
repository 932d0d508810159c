/**
 * The part of the extension's `GET /ready` that the page shows.
 */
import * as Schema from "effect/Schema"

const Reason = Schema.Struct({ type: Schema.String, detail: Schema.String })

export const EntryState = Schema.Literals([
  "fresh",
  "stale",
  "expired",
  "dead",
  "pending",
  "absent",
  "failing",
])
export type EntryState = typeof EntryState.Type

export const EntryReadiness = Schema.Struct({
  kind: Schema.String,
  name: Schema.String,
  /** Listed in config.yaml; false for an entry that was only requested. */
  listed: Schema.Boolean,
  state: EntryState,
  /** Seconds since the value was requested from AWS; absent if there is no value. */
  age: Schema.optionalKey(Schema.Finite),
  /** Seconds for which a value is fresh. */
  ttl: Schema.Finite,
  /** Reads that were served from memory. */
  hits: Schema.Finite,
  /** Why the last fetch failed. */
  reason: Schema.optionalKey(Reason),
  /** The earliest time of the next call to AWS (ISO 8601). */
  nextTry: Schema.optionalKey(Schema.String),
})
export type EntryReadiness = typeof EntryReadiness.Type

export const Readiness = Schema.Struct({ ready: Schema.Boolean, entries: Schema.Array(EntryReadiness) })
export type Readiness = typeof Readiness.Type

/** Decodes the JSON text; fails with a `SchemaError` if it has another shape. */
export const decodeReadiness = Schema.decodeUnknownEffect(Schema.fromJsonString(Readiness))
