/**
 * About the extension itself: liveness, the state of every entry, metrics, this contract.
 *
 * The report is that of `cache/report.ts`, whose type this Schema has to have.
 */
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import { KINDS } from "../../kinds/kinds.ts"
import type { EntryReport, Report, SourceReport } from "../../cache/report.ts"
import { type Answers, response, wholeNumber } from "./responses.ts"
import { ETAG } from "./values.ts"

const count = (description: string) =>
  Schema.Int.annotate({ description }).check(Schema.isGreaterThanOrEqualTo(0))

const Kind = Schema.Literals(KINDS)

const Source: Schema.Codec<SourceReport> = Schema.Struct({
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

const Entry: Schema.Codec<EntryReport> = Schema.Struct({
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
  reason: Schema.optionalKey(
    Schema.Struct({ type: Schema.String, detail: Schema.String }).annotate({
      description: "Why the last fetch brought no value. There may be an older one.",
    }),
  ),
  nextTry: Schema.optionalKey(
    Schema.String.annotate({ description: "When AWS is asked again at the earliest.", format: "date-time" }),
  ),
}).annotate({ identifier: "Entry", description: "The state of one entry. Never its value." })

const ReadyReport: Schema.Codec<Report> = Schema.Struct({
  ready: Schema.Boolean.annotate({ description: "False while the load at start-up is under way." }),
  sources: Schema.Array(Source),
  entries: Schema.Array(Entry),
}).annotate({ identifier: "Report", description: "The state of the cache. Never a value." })

/** A text of which no more is stated. */
const text = Schema.String.pipe(HttpApiSchema.asText())

export const health: Answers = (bodies) => [
  response(bodies, { status: 200, description: "The word ok.", body: text }),
]

export const metrics: Answers = (bodies) => [
  response(bodies, {
    status: 200,
    description: "All metrics in the text format 0.0.4 of Prometheus.",
    body: text,
  }),
]

const NO_STORE = Schema.Literal("no-store")

export const ready: Answers = (bodies) => [
  response(bodies, {
    status: 200,
    description: "Everything to be loaded at start-up has been loaded or has failed.",
    headers: { "cache-control": NO_STORE },
    body: ReadyReport,
  }),
]

export const notReady: Answers = (bodies) => [
  response(bodies, {
    status: 503,
    description:
      "The load at start-up is under way. Without body and headers: the environment is shutting down; the connection is closed.",
    headers: {
      "cache-control": Schema.optionalKey(NO_STORE),
      "retry-after": Schema.optionalKey(wholeNumber("After how many seconds to ask again.")),
    },
    body: ReadyReport,
  }),
]

const DOCUMENT_HEADERS = { "cache-control": Schema.Literal("no-cache"), etag: ETAG }

export const openapi: Answers = (bodies) => [
  response(bodies, {
    status: 200,
    description: "This document.",
    headers: DOCUMENT_HEADERS,
    body: Schema.Record(Schema.String, Schema.Json),
  }),
  response(bodies, {
    status: 304,
    description: "If-None-Match has the tag of this document.",
    headers: DOCUMENT_HEADERS,
  }),
]
