/**
 * The parameters of requests: the query keys of each kind, and the headers.
 *
 * The query keys and their bounds come from the kind, as in `http/query.ts`. Descriptions say which keys exclude each
 * other, because OpenAPI cannot express that.
 */
import * as Schema from "effect/Schema"
import type { Kind } from "../../domain/Address.ts"
import type { Contract, KeyDescription } from "../../kinds/Contract.ts"
import { kinds } from "../../kinds/kinds.ts"
import type { Selector } from "../../kinds/Kind.ts"
import { FORM_KEY, MAX_NAMES } from "../query.ts"

const described = ({ description, example }: KeyDescription) =>
  Schema.String.annotate({ description, examples: [example] })

const ofLength = (longest: number) => [Schema.isMinLength(1), Schema.isMaxLength(longest)] as const

const names = ({ description, example }: KeyDescription, longest: number) =>
  Schema.Array(Schema.String.check(...ofLength(longest)))
    .annotate({
      description: `${description}. May be repeated (name=A&name=B), each name once: the answer is then one object with all of them.`,
      examples: [[example]],
    })
    .check(Schema.isMinLength(1), Schema.isMaxLength(MAX_NAMES), Schema.isUnique())

const selectorField = (selector: Selector, words: KeyDescription) =>
  Schema.optionalKey(
    "pattern" in selector
      ? described(words).check(Schema.isPattern(selector.pattern))
      : described(words).check(...ofLength(selector.longest)),
  )

/** The query keys that select values, as in DELETE. */
export const selection = (kind: Kind, { name, path, selectors }: Contract): Schema.Struct.Fields => {
  const { longestName, selectors: known } = kinds[kind].query
  const list = names(name, longestName)
  return {
    ...(path === undefined
      ? { name: list }
      : {
          name: Schema.optionalKey(list),
          path: Schema.optionalKey(described(path).check(...ofLength(longestName))),
        }),
    ...Object.fromEntries(
      Object.entries(known).flatMap(([key, selector]) => {
        const words = selectors[key]
        return words === undefined ? [] : [[key, selectorField(selector, words)] as const]
      }),
    ),
  }
}

const JSON_POINTER = Schema.String.annotate({
  description: "A JSON pointer (RFC 6901): only this field of each value.",
  examples: ["/password", "/hosts/0"],
}).check(Schema.isPattern(/^\/(?:[^~]|~[01])*$/u))

/** The query key that selects a field. */
const FIELD = { json: Schema.optionalKey(JSON_POINTER) }

/** The query keys of reads that select a part of each value. */
export const parts = (kind: Kind, contract: Contract): Schema.Struct.Fields => ({
  ...FIELD,
  ...membersField(kind, contract),
  ...formField(kind, contract),
})

const formField = (kind: Kind, { forms: words }: Contract): Schema.Struct.Fields => {
  const rules = kinds[kind].query.forms
  if (rules === undefined || words === undefined) return {}
  const { description, example } = words
  return {
    [FORM_KEY]: Schema.optionalKey(
      Schema.Literals(rules.words).annotate({ description, examples: [example] }),
    ),
  }
}

const membersField = (kind: Kind, { members: words }: Contract): Schema.Struct.Fields => {
  const rules = kinds[kind].query.members
  if (rules === undefined || words === undefined) return {}
  const { description, example } = words
  const list = Schema.Array(Schema.String.check(...ofLength(rules.longest)))
    .annotate({
      description: `${description} May be repeated (${rules.key}=A&${rules.key}=B), each once. Excludes json.`,
      examples: [[example]],
    })
    .check(Schema.isMinLength(1), Schema.isMaxLength(MAX_NAMES), Schema.isUnique())
  return { [rules.key]: Schema.optionalKey(list) }
}

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

/** The header that says which values will do. */
export const DIRECTIVES = {
  "cache-control": Schema.optionalKey(
    Schema.String.annotate({
      description:
        "RFC 9111, section 5.2.1: no-cache and max-age=n ask AWS first, min-fresh=n and max-stale[=n] say how fresh it has to be, only-if-cached never asks AWS, no-store keeps nothing.",
      examples: ["no-cache", "max-age=10", "only-if-cached"],
    }),
  ),
}

export const hasVariants = (kind: Kind): boolean => kinds[kind].query.members?.variants !== undefined

/** The header that selects variants, for kinds whose members have them. */
export const contextOf = (kind: Kind): Schema.Struct.Fields =>
  !hasVariants(kind)
    ? {}
    : {
        context: Schema.optionalKey(
          Schema.String.annotate({
            description:
              "Selects variants of flags: key=value. May be repeated, or have several pairs with commas between.",
            examples: ["userId=42", "userId=42, group=beta"],
          }),
        ),
      }

/** The headers of reads of values. */
export const READ_HEADERS = { ...DIRECTIVES, ...IF_NONE_MATCH }

/** The query key of environment variables. */
export const VARIABLES = {
  set: Schema.Array(
    Schema.String.check(Schema.isPattern(/^[A-Za-z_][A-Za-z0-9_]*=cache-extension:\/\/[a-z]+\?.+$/u)),
  )
    .annotate({
      description:
        "A variable, =, and what it refers to: cache-extension:// with a path and a query of this API, percent-encoded once more. May be repeated, each variable once. With parameters?path=, it stands for a variable of each parameter below the path.",
      examples: [["DB_PASSWORD=cache-extension://secrets?name=db/main&json=/password"]],
    })
    .check(Schema.isMinLength(1), Schema.isMaxLength(MAX_NAMES), Schema.isUnique()),
}
