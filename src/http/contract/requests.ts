/**
 * What requests may carry: the keys of a query, by kind, and the headers.
 *
 * `http/query.ts` reads the query; its bounds are taken from there. Which keys go together is said in words, as OpenAPI
 * has no other way to say it.
 */
import * as Schema from "effect/Schema"
import { LABEL } from "../../kinds/parameters/name.ts"
import { MAX_STAGE_LENGTH, MAX_VERSION_ID_LENGTH } from "../../kinds/secrets/secretId.ts"
import type { Kind } from "../../domain/Address.ts"
import { MAX_NAME_LENGTH, MAX_NAMES, VERSION } from "../query.ts"

const text = (description: string, longest: number, example: string) =>
  Schema.String.annotate({ description, examples: [example] }).check(
    Schema.isMinLength(1),
    Schema.isMaxLength(longest),
  )

const nameOf = (kind: Kind) =>
  Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(MAX_NAME_LENGTH[kind]))

const names = (kind: Kind, what: string, example: string) =>
  Schema.Array(nameOf(kind))
    .annotate({
      description: `${what}. May be repeated (name=A&name=B), each name once: the answer is then one object with all of them.`,
      examples: [[example]],
    })
    .check(Schema.isMinLength(1), Schema.isMaxLength(MAX_NAMES), Schema.isUnique())

const JSON_POINTER = Schema.String.annotate({
  description: "A JSON pointer (RFC 6901): only this field of each value.",
  examples: ["/password", "/hosts/0"],
}).check(Schema.isPattern(/^\/(?:[^~]|~[01])*$/u))

const VERSION_NUMBER = Schema.String.annotate({
  description: "The number of a version. Not with label or path.",
  examples: ["3"],
}).check(Schema.isPattern(VERSION))

const PARAMETERS = {
  path: Schema.optionalKey(
    Schema.String.annotate({
      description: "Instead of name: all parameters below this path, as one object.",
      examples: ["/app/prod"],
    }).check(Schema.isMinLength(1), Schema.isMaxLength(MAX_NAME_LENGTH.parameters)),
  ),
  version: Schema.optionalKey(VERSION_NUMBER),
  label: Schema.optionalKey(
    Schema.String.annotate({
      description: "The label of a version. Not with version or path.",
      examples: ["live"],
    }).check(Schema.isPattern(LABEL)),
  ),
}

const PARAMETER_NAMES = names("parameters", "The name of a parameter", "/app/prod/db-url")

const SECRETS = {
  name: names("secrets", "The name or ARN of a secret", "db/main"),
  versionId: Schema.optionalKey(
    text("The id of a version.", MAX_VERSION_ID_LENGTH, "0c7ebd9d-8f0d-4fd6-9d2c-2f3f7d0e4b1a"),
  ),
  versionStage: Schema.optionalKey(
    text(
      "The staging label of a version. Default: what config.yaml says, else AWSCURRENT.",
      MAX_STAGE_LENGTH,
      "AWSPREVIOUS",
    ),
  ),
}

const ITEM_NAMES = names(
  "dynamodb",
  "An item of config.yaml: table, hash key and, if it has one, sort key, with dashes between",
  "Orders-42",
)

const ITEMS = { name: ITEM_NAMES }

const CONFIGURATIONS = {
  name: names(
    "appconfig",
    "A configuration: application, environment and profile, with slashes between",
    "shop/prod/flags",
  ),
}

/** The query of DELETE: which values it is about. */
export const SELECTIONS = {
  parameters: { name: Schema.optionalKey(PARAMETER_NAMES), ...PARAMETERS },
  secrets: SECRETS,
  dynamodb: ITEMS,
  appconfig: CONFIGURATIONS,
} as const satisfies Readonly<Record<Kind, Schema.Struct.Fields>>

/** The key of a read that picks a field. */
export const FIELD = { json: Schema.optionalKey(JSON_POINTER) }

/** The headers that every request may carry. */
export const COMMON_HEADERS = {
  "x-aws-parameters-secrets-token": Schema.optionalKey(
    Schema.String.annotate({
      description:
        "The value of AWS_SESSION_TOKEN. Required if config.yaml has server.token: required, except for /health.",
    }),
  ),
  traceparent: Schema.optionalKey(
    Schema.String.annotate({
      description: "The trace that the request belongs to (W3C Trace Context); anything else is ignored.",
      examples: ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    }),
  ),
}

export const IF_NONE_MATCH = {
  "if-none-match": Schema.optionalKey(
    Schema.String.annotate({
      description:
        "Entity tags that the function already has: 304 if one of them still matches (RFC 9110, section 13.1.2).",
      examples: ['"Hk0qPz1mS7o3vQ2c9bYxTw"'],
    }),
  ),
}

/** The headers of reads of values. */
export const READ_HEADERS = {
  "cache-control": Schema.optionalKey(
    Schema.String.annotate({
      description:
        "RFC 9111, section 5.2.1: no-cache and max-age=n ask AWS first, min-fresh=n and max-stale[=n] say how fresh it has to be, only-if-cached never asks AWS, no-store keeps nothing.",
      examples: ["no-cache", "max-age=10", "only-if-cached"],
    }),
  ),
  ...IF_NONE_MATCH,
}
