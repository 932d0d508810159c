/**
 * The responses that describe the extension itself: liveness, the state of every entry, metrics, this contract. And the one
 * that is for the wrapper of the function's runtime.
 */
import * as Schema from "effect/Schema"
import { Report } from "../../cache/reportSchema.ts"
import { type Answers, NO_STORE, response, RETRY_AFTER, TEXT } from "./responses.ts"
import { ETAG } from "./values.ts"

export const health: Answers = (bodies) => [
  response(bodies, { status: 200, description: "The word ok.", body: TEXT }),
]

export const metrics: Answers = (bodies) => [
  response(bodies, {
    status: 200,
    description: "All metrics in the text format 0.0.4 of Prometheus.",
    body: TEXT,
  }),
]

export const ready: Answers = (bodies) => [
  response(bodies, {
    status: 200,
    description: "Everything to be loaded at start-up has been loaded or has failed.",
    headers: { "cache-control": NO_STORE },
    body: Report,
  }),
]

export const notReady: Answers = (bodies) => [
  response(bodies, {
    status: 503,
    description:
      "The load at start-up is under way. Without body and headers: the environment is shutting down; the connection is closed.",
    headers: {
      "cache-control": Schema.optionalKey(NO_STORE),
      "retry-after": Schema.optionalKey(RETRY_AFTER),
    },
    body: Report,
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

export const variables: Answers = (bodies) => [
  response(bodies, {
    status: 200,
    description:
      "The number of variables on a line; then for each a line with its name, a space and the length of its value in bytes, the value, and a line feed.",
    headers: { "cache-control": NO_STORE },
    body: TEXT,
  }),
]
