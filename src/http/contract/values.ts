/**
 * Answers with values: their headers, and their bodies by media type.
 *
 * `http/valueHeaders.ts` and `http/reply.ts` write them.
 */
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import type { Kind } from "../../domain/Address.ts"
import { PROBLEMS, type ProblemName } from "../problems.ts"
import { type Bodies, problemSchema, wholeNumber } from "./problems.ts"

export const ETAG = Schema.String.annotate({
  description: "Strong; the same as long as the body is. Of this process alone.",
  examples: ['"Hk0qPz1mS7o3vQ2c9bYxTw"'],
}).check(Schema.isPattern(/^"[\w-]+"$/))

const VALUE_HEADERS = {
  age: wholeNumber("Whole seconds since AWS was asked (RFC 9111, section 5.1)."),
  "cache-control": Schema.String.annotate({
    description: "private, max-age=<ttl in seconds>; no-store where the ttl is 0, or where one of several names failed.",
    examples: ["private, max-age=3600"],
  }).check(Schema.isPattern(/^(?:no-store|private, max-age=\d+)$/)),
  "cache-status": Schema.String.annotate({
    description:
      "How the answer came about (RFC 9211): hit or fwd=miss|stale|request, the rest of the ttl in seconds, stored, collapsed, detail.",
    examples: ["cache-extension; hit; ttl=3598", "cache-extension; fwd=miss; ttl=3600; stored"],
  }).check(Schema.isPattern(/^cache-extension(?:; [^;]+)*$/)),
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
  errors: Schema.Record(Schema.String, Schema.Union(READ_PROBLEMS.map(problemSchema))).annotate({
    description: "By name: why there is no value.",
  }),
}).annotate({
  identifier: "SeveralValues",
  description: "What several names are answered with. The status is 200 also where all of them failed.",
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

const Field = Schema.Json.annotate({ description: "The field that the JSON pointer leads to, if it is no string." })

const TEXT: Readonly<Record<Kind, string>> = {
  parameters: "The parameter's value, which may be empty; with json, a field that is a string.",
  secrets: "The secret's text; with json, a field that is a string.",
  dynamodb: "With json, a field that is a string.",
}

const JSON_BODIES: Readonly<Record<Kind, Schema.Top>> = {
  parameters: Schema.Union([SeveralValues, ParametersOfPath, Field]),
  secrets: Schema.Union([SeveralValues, Field]),
  dynamodb: Schema.Union([Item, SeveralValues, Field]),
}

const text = (kind: Kind) => Schema.String.annotate({ description: TEXT[kind] }).pipe(HttpApiSchema.asText())

const json = (kind: Kind) => JSON_BODIES[kind].pipe(HttpApiSchema.asJson())

const bytes = Schema.Uint8Array.annotate({ description: "The bytes of a secret that is binary." }).pipe(
  HttpApiSchema.asUint8Array(),
)

const empty = (status: 200 | 304, description: string) => HttpApiSchema.Empty(status).annotate({ description })

const NOT_MODIFIED = HttpApiSchema.WithHeaders(
  empty(304, "If-None-Match has the tag of what would be answered."),
  VALUE_HEADERS,
)

/** What a read of a kind that succeeds is answered with. */
export const valueResponses = (bodies: Bodies, kind: Kind): ReadonlyArray<Schema.Top> =>
  bodies === "without-bodies"
    ? [HttpApiSchema.WithHeaders(empty(200, "What GET answers, without the body."), VALUE_HEADERS), NOT_MODIFIED]
    : [
        HttpApiSchema.WithHeaders(text(kind), VALUE_HEADERS),
        json(kind),
        ...(kind === "secrets" ? [bytes] : []),
        NOT_MODIFIED,
      ]
