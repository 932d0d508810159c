/**
 * Answers with values: their headers, and their bodies by media type.
 *
 * `http/valueHeaders.ts` and `http/reply.ts` write them.
 */
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import type { Kind } from "../../domain/Address.ts"
import { PROBLEMS, type ProblemName } from "../problems.ts"
import { problemOf } from "./problems.ts"
import { type Bodies, response, wholeNumber } from "./responses.ts"

export const ETAG = Schema.String.annotate({
  description: "Strong; the same as long as the body is. Of this process alone.",
  examples: ['"Hk0qPz1mS7o3vQ2c9bYxTw"'],
}).check(Schema.isPattern(/^"[\w-]+"$/u))

const VALUE_HEADERS = {
  age: wholeNumber("Whole seconds since AWS was asked (RFC 9111, section 5.1)."),
  "cache-control": Schema.String.annotate({
    description:
      "private, max-age=<ttl in seconds>; no-store where the ttl is 0, or where one of several names failed.",
    examples: ["private, max-age=3600"],
  }).check(Schema.isPattern(/^(?:no-store|private, max-age=\d+)$/u)),
  "cache-status": Schema.String.annotate({
    description:
      "How the answer came about (RFC 9211): hit or fwd=miss|stale|request, the rest of the ttl in seconds, stored, collapsed, detail.",
    examples: ["cache-extension; hit; ttl=3598", "cache-extension; fwd=miss; ttl=3600; stored"],
  }).check(Schema.isPattern(/^cache-extension(?:; [^;]+)*$/u)),
  etag: ETAG,
}

/** What may stand under a name in `errors`: what could be the problem of a read of one value. */
const READ_PROBLEMS = [
  "access-denied",
  "no-data-found",
  "no-such-field",
  "throttled",
  "aws-failed",
  "value-too-large",
  "aws-too-slow",
  "not-cached",
] as const satisfies ReadonlyArray<ProblemName>

/** Several names in one answer. */
export const SeveralValues = Schema.Struct({
  values: Schema.Record(Schema.String, Schema.Json).annotate({
    description: "By name: text as a string, an item or a field as its JSON, bytes as a string in base64.",
  }),
  errors: Schema.Record(Schema.String, problemOf(READ_PROBLEMS)).annotate({
    description: "By name: why there is no value.",
  }),
}).annotate({
  identifier: "SeveralValues",
  description: "The answer to several names. The status is 200 even if all of them failed.",
  examples: [
    {
      values: { A: "value of A" },
      errors: {
        B: {
          type: "urn:lambda-cache-extension:problem:no-data-found",
          status: PROBLEMS["no-data-found"].status,
          title: PROBLEMS["no-data-found"].title,
          detail: '"B" is not listed under parameters in config.yaml',
        },
      },
    },
  ],
})

/** All parameters below a path. */
export const ParametersOfPath = Schema.Record(Schema.String, Schema.String).annotate({
  identifier: "ParametersOfPath",
  description: "All parameters below a path by their full names, sorted.",
  examples: [{ "/app/prod/db-url": "postgres://db", "/app/prod/level": "info" }],
})

const Item = Schema.Record(Schema.String, Schema.Json).annotate({
  identifier: "Item",
  description: "An item by its attributes: numbers with all their digits, bytes in base64, sets as arrays.",
  examples: [{ id: "42", total: 19.9 }],
})

const Field = Schema.Json.annotate({
  description: "The field at the JSON pointer, if it is not a string.",
})

const JSON_BODIES: Readonly<Record<Kind, Schema.Top>> = {
  parameters: Schema.Union([SeveralValues, ParametersOfPath, Field]),
  secrets: Schema.Union([SeveralValues, Field]),
  dynamodb: Schema.Union([Item, SeveralValues, Field]),
  appconfig: Schema.Union([SeveralValues, Field]),
}

const DESCRIPTIONS: Readonly<Record<Kind, string>> = {
  parameters:
    "As text: the parameter's value, which may be empty, or a field of it that is a string. As JSON: another field, several names, or a path.",
  secrets:
    "As text: the secret, or a field of it that is a string. As bytes: a secret that is binary. As JSON: another field, or several names.",
  dynamodb: "As JSON: the item, a field of it, or several names. As text: a field of it that is a string.",
  appconfig:
    "The configuration with its own media type, or a field of it: a string as text, else as JSON. As JSON: several names.",
}

const text = Schema.String.pipe(HttpApiSchema.asText())

const bytes = Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array())

/** What AppConfig stores has the media type that its author chose. */
const anything = Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array({ contentType: "*/*" }))

/** What a value may be beside text and JSON. */
const OTHER_BODIES: Readonly<Record<Kind, ReadonlyArray<Schema.Top>>> = {
  parameters: [],
  secrets: [bytes],
  dynamodb: [],
  appconfig: [anything],
}

/** What a read of a kind that succeeds is answered with. */
export const valueResponses = (bodies: Bodies, kind: Kind): ReadonlyArray<Schema.Top> => {
  const answer = response(bodies, {
    status: 200,
    description: DESCRIPTIONS[kind],
    headers: VALUE_HEADERS,
    body: text,
  })
  const notModified = response(bodies, {
    status: 304,
    description: "If-None-Match has the tag of the answer.",
    headers: VALUE_HEADERS,
  })
  if (bodies === "without-bodies") return [answer, notModified]
  const json = JSON_BODIES[kind].pipe(HttpApiSchema.asJson())
  return [answer, json, ...OTHER_BODIES[kind], notModified]
}
