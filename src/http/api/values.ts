/**
 * Responses with values: their headers, and their bodies by media type.
 *
 * `http/headers.ts` and `http/reply.ts` write them.
 */
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import type { Contract } from "../../kinds/Contract.ts"
import { PROBLEMS, type ProblemName } from "../problems.ts"
import { problemOf } from "./problems.ts"
import { type Bodies, response, TEXT, wholeNumber } from "./responses.ts"

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

/** The problems that may occur in `errors`: those of a read of one value. */
export const READ_PROBLEMS = [
  "access-denied",
  "no-data-found",
  "no-such-field",
  "throttled",
  "aws-failed",
  "value-too-large",
  "aws-too-slow",
  "not-cached",
] as const satisfies ReadonlyArray<ProblemName>

/** The same for kinds whose members have variants. */
export const VARIANT_PROBLEMS = [
  ...READ_PROBLEMS,
  "unevaluated-variant",
] as const satisfies ReadonlyArray<ProblemName>

/** The response to several names. */
const SeveralValues = Schema.Struct({
  values: Schema.Record(Schema.String, Schema.Json).annotate({
    description: "By name: text as a string, an item or a field as its JSON, bytes as a string in base64.",
  }),
  errors: Schema.Record(Schema.String, problemOf(VARIANT_PROBLEMS)).annotate({
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

const Field = Schema.Json.annotate({
  description: "The field at the JSON pointer, if it is not a string.",
})

/** The responses to a successful read of a kind. */
export const valueResponses = (
  bodies: Bodies,
  { answer: description, otherMediaType, path, value }: Contract,
): ReadonlyArray<Schema.Top> => {
  const answer = response(bodies, {
    status: 200,
    description,
    headers: VALUE_HEADERS,
    body: TEXT,
  })
  const notModified = response(bodies, {
    status: 304,
    description: "If-None-Match has the tag of the answer.",
    headers: VALUE_HEADERS,
  })
  if (bodies === "without-bodies") return [answer, notModified]
  const forms = [value, SeveralValues, path?.body, Field].filter((form) => form !== undefined)
  const json = Schema.Union(forms).pipe(HttpApiSchema.asJson())
  const other =
    otherMediaType === undefined
      ? []
      : [Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array({ contentType: otherMediaType }))]
  return [answer, json, ...other, notModified]
}
