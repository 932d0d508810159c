/**
 * The report of /ready as Schemas: the state of every entry and, per source, how many are loaded, pending and failed. It
 * has names, ages and reasons, never a value.
 *
 * `report.ts` uses only the types, so a layer never loads this file; the contract (`http/api`) needs the Schemas.
 */
import * as Schema from "effect/Schema"
import { KINDS } from "../kinds/kinds.ts"

const count = (description: string) =>
  Schema.Int.annotate({ description }).check(Schema.isGreaterThanOrEqualTo(0))

const reason = (description: string) =>
  Schema.Struct({ type: Schema.String, detail: Schema.String }).annotate({ description })

const Kind = Schema.Literals(KINDS)

const SourceReport = Schema.Struct({
  kind: Kind,
  region: Schema.String.annotate({ examples: ["us-west-2"] }),
  listed: count("All of them."),
  loaded: count("Those with a value whose last fetch did not fail."),
  pending: count("Those that have not been fetched yet."),
  failed: count("Those whose last fetch brought no value."),
}).annotate({
  identifier: "Source",
  description: "How many entries of one kind and region config.yaml lists, by their state.",
})

export const EntryReport = Schema.Struct({
  kind: Kind,
  name: Schema.String,
  listed: Schema.Boolean.annotate({
    description: "False: read under on_demand: allow, without being listed.",
  }),
  state: Schema.Literals(["fresh", "stale", "expired", "dead", "pending", "absent", "failing"]).annotate({
    description:
      "The state of the value by its age. Without a value: pending (not fetched yet), absent (AWS has none) or failing (fetches fail).",
  }),
  age: Schema.optionalKey(count("Whole seconds since the value was asked for.")),
  ttl: Schema.Number.annotate({ description: "Seconds." }),
  hits: count("Reads that were served from memory."),
  reason: Schema.optionalKey(reason("Why the last fetch brought no value. There may be an older one.")),
  nextTry: Schema.optionalKey(
    Schema.String.annotate({ description: "When AWS is asked again at the earliest.", format: "date-time" }),
  ),
}).annotate({ identifier: "Entry", description: "The state of one entry. Never its value." })

export const SharedReport = Schema.Struct({
  state: Schema.Literals(["unused", "answering", "failing"]).annotate({
    description:
      "Whether the store of the shared tier answered the last operation. `unused`: there was none yet. While it fails, reads go to AWS.",
  }),
  since: Schema.optionalKey(
    Schema.String.annotate({ description: "Since when it fails.", format: "date-time" }),
  ),
  reason: Schema.optionalKey(reason("Why it fails.")),
}).annotate({ identifier: "Shared", description: "The state of the shared tier." })

export const Report = Schema.Struct({
  ready: Schema.Boolean.annotate({ description: "False while the load at start-up is under way." }),
  shared: Schema.optionalKey(SharedReport),
  sources: Schema.Array(SourceReport),
  entries: Schema.Array(EntryReport),
}).annotate({ identifier: "Report", description: "The state of the cache. Never a value." })

export type Report = typeof Report.Type
export type SharedReport = typeof SharedReport.Type
export type SourceReport = typeof SourceReport.Type
export type EntryReport = typeof EntryReport.Type
