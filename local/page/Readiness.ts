/**
 * What the extension's `GET /ready` says of each entry, as far as the page shows it.
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
  /** In config.yaml, not only asked for. */
  listed: Schema.Boolean,
  state: EntryState,
  /** Seconds since the value was asked for; absent where there is none. */
  age: Schema.optionalKey(Schema.Finite),
  /** Seconds that the value is fresh. */
  ttl: Schema.Finite,
  /** Reads that were served from memory. */
  hits: Schema.Finite,
  /** What stood in the way last time. */
  reason: Schema.optionalKey(Reason),
  /** Before then AWS is not asked again: ISO 8601. */
  nextTry: Schema.optionalKey(Schema.String),
})
export type EntryReadiness = typeof EntryReadiness.Type

export const Readiness = Schema.Struct({ ready: Schema.Boolean, entries: Schema.Array(EntryReadiness) })
export type Readiness = typeof Readiness.Type

/** Fails with a `SchemaError` where the text is something else. */
export const decodeReadiness = Schema.decodeUnknownEffect(Schema.fromJsonString(Readiness))
