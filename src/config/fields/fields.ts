/**
 * Schemas of the scalars of config.yaml. In the file every scalar is the text as written; each Schema also carries the
 * texts for messages and editors, and the YAML types that an editor may see. Pure.
 */
import * as ByteSize from "effect/ByteSize"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { cut } from "../yaml/ConfigInvalid.ts"
import * as GoBoolean from "../go/GoBoolean.ts"
import * as GoDuration from "../go/GoDuration.ts"
import { type Grammar, HTTP_URL_ALLOWED, parseHttpUrl, textFault } from "./grammar.ts"
import { parsePort, PORT_ALLOWED } from "./port.ts"

/**
 * The annotation that lists the YAML types that an editor may see for a scalar: an editor resolves `007` to a number before
 * it validates. `jsonSchema` puts these types in place of `string`.
 */
export const EDITOR_TYPES = "x-editor-types"

interface ScalarSpec {
  /** What editors show. */
  readonly description: string
  /** What is allowed, in messages. */
  readonly allowed: string
  /** Whether a text is allowed; a returned text is the reason why not. */
  readonly isAllowed: (text: string) => boolean | string
  readonly editorTypes: ReadonlyArray<string>
  /** The part of the rule that an editor can check. */
  readonly jsonSchema?: Record<string, unknown>
}

/** A scalar that stays text. */
const scalar = (spec: ScalarSpec) =>
  Schema.String.annotate({ expected: spec.allowed, [EDITOR_TYPES]: spec.editorTypes })
    .check(
      Schema.makeFilter(spec.isAllowed, {
        expected: spec.allowed,
        description: spec.description,
        toJsonSchema: () => spec.jsonSchema ?? {},
      }),
    )
    .pipe(Schema.annotateKey({ messageMissingKey: spec.allowed }))

/** A scalar that is decoded to another type. `parse` must succeed whenever `isAllowed` does. */
const parsed = <To extends Schema.Constraint & { readonly Encoded: To["Type"] }>(
  spec: ScalarSpec,
  to: To,
  parse: (text: string) => To["Type"],
) =>
  scalar(spec).pipe(
    Schema.decodeTo(
      to,
      SchemaTransformation.transform<To["Encoded"], string>({ decode: parse, encode: String }),
    ),
    Schema.annotateKey({ messageMissingKey: spec.allowed }),
  )

const TEXT_TYPES = ["string", "number", "boolean"]
const TRIMMED_PATTERN = "^\\S(.*\\S)?$"

/** A name in AWS: not empty, no surrounding blanks, no control characters, and accepted by `isAllowed`. */
export const name = (
  description: string,
  allowed: string,
  isAllowed: (text: string) => boolean | string = () => true,
) =>
  scalar({
    description,
    allowed,
    isAllowed: (text) => textFault(text) ?? isAllowed(text),
    editorTypes: TEXT_TYPES,
    jsonSchema: { pattern: TRIMMED_PATTERN },
  })

/** A name that follows the grammar of its service. */
export const named = (description: string, allowed: string, grammar: Grammar) =>
  name(description, allowed, (text) => grammar(text) ?? true)

/** Any text except the empty one. */
export const value = (description: string, allowed: string) =>
  scalar({
    description,
    allowed,
    isAllowed: (text) => text !== "",
    editorTypes: TEXT_TYPES,
    jsonSchema: { minLength: 1 },
  })

const DURATION_JSON_SCHEMA = {
  pattern: "^[-+]?(0|(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$",
  // 0 is the only number that needs no unit.
  minimum: 0,
  maximum: 0,
}

const durationSpec = (description: string, allowed: string, lowest: number): ScalarSpec => ({
  description,
  allowed,
  isAllowed: (text) =>
    Result.match(GoDuration.parse(text), {
      onFailure: ({ message }) => cut(message),
      onSuccess: (milliseconds) => milliseconds >= lowest,
    }),
  editorTypes: ["string", "integer"],
  jsonSchema: DURATION_JSON_SCHEMA,
})

const milliseconds = (text: string): number => Result.getOrThrow(GoDuration.parse(text))

/** A duration in Go's format, in milliseconds; it may be negative. */
export const duration = (description: string) =>
  parsed(durationSpec(description, GoDuration.DURATION_ALLOWED, -Infinity), Schema.Number, milliseconds)

/** A duration in Go's format, in milliseconds, of zero or more. */
export const span = (description: string) =>
  parsed(
    durationSpec(description, `${GoDuration.DURATION_ALLOWED}, not negative`, 0),
    Schema.Number,
    milliseconds,
  )

/** A boolean in Go's format, as in CACHE_EXTENSION_INIT_STARTUP. */
export const flag = (description: string) =>
  parsed(
    {
      description,
      allowed: GoBoolean.GO_BOOLEANS.join(", "),
      isAllowed: (text) => Result.isSuccess(GoBoolean.parse(text)),
      editorTypes: ["boolean", "string", "integer"],
      jsonSchema: { enum: [true, false, 1, 0, ...GoBoolean.GO_BOOLEANS] },
    },
    Schema.Boolean,
    (text) => Result.getOrThrow(GoBoolean.parse(text)),
  )

/** A TCP port. */
export const port = (description: string) =>
  parsed(
    {
      description,
      allowed: PORT_ALLOWED,
      isAllowed: (text) => parsePort(text) !== undefined,
      editorTypes: ["integer", "string"],
      jsonSchema: { minimum: 0, maximum: 65_535, pattern: "^[0-9]{1,5}$" },
    },
    Schema.Number,
    Number,
  )

const HIGHEST_COUNT = 1_000_000

const NAMESPACE = /^[\w.\-/# ][\w.\-/#: ]{0,254}$/

/**
 * A namespace of CloudWatch. Those that begin with `AWS/` are AWS's own.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
 */
export const namespace = (description: string) =>
  name(
    description,
    "a CloudWatch namespace such as CacheExtension: at most 255 letters, digits, blanks, and . - _ / # :, not AWS/...",
    (text) => NAMESPACE.test(text) && !text.startsWith("AWS/"),
  )

/** The base URL of an HTTP service, without a trailing slash. */
export const httpUrl = (description: string) =>
  parsed(
    {
      description,
      allowed: HTTP_URL_ALLOWED,
      isAllowed: (text) => parseHttpUrl(text) !== undefined,
      editorTypes: ["string"],
      jsonSchema: { pattern: "^https?://[^?#@]+$" },
    },
    Schema.String,
    (text) => parseHttpUrl(text) ?? text,
  )

/** A count of at least one. */
export const count = (description: string) =>
  parsed(
    {
      description,
      allowed: `a whole number from 1 to ${HIGHEST_COUNT}`,
      isAllowed: (text) => /^[1-9]\d{0,6}$/.test(text) && Number(text) <= HIGHEST_COUNT,
      editorTypes: ["integer", "string"],
      jsonSchema: { minimum: 1, maximum: HIGHEST_COUNT, pattern: "^[1-9][0-9]{0,6}$" },
    },
    Schema.Number,
    Number,
  )

const SIZE = /^([1-9]\d{0,14})(B|kB|MB|GB|KiB|MiB|GiB)?$/

/** An amount of memory in bytes. The units are those of IEC 80000-13: kB is 1,000 bytes, KiB is 1,024. */
export const bytes = (description: string) =>
  parsed(
    {
      description,
      allowed: "a size such as 64MiB, 500kB or 1048576",
      isAllowed: (text) => SIZE.test(text),
      editorTypes: ["integer", "string"],
      jsonSchema: { minimum: 1, pattern: "^[1-9][0-9]{0,14}(B|kB|MB|GB|KiB|MiB|GiB)?$" },
    },
    Schema.Number,
    (text) => ByteSize.toNumberUnsafe(ByteSize.fromStringUnsafe(/^\d+$/.test(text) ? `${text}B` : text)),
  )

/** One of a few words, in exactly this spelling. */
export const word = <const Words extends ReadonlyArray<string>>(description: string, words: Words) => {
  const allowed = words.join(", ")
  return Schema.Literals(words)
    .annotate({ description, expected: allowed })
    .pipe(Schema.annotateKey({ messageMissingKey: allowed }))
}

/** A list; an empty one is allowed. */
export const list = <Item extends Schema.Constraint>(item: Item, description: string, allowed: string) =>
  Schema.Array(item)
    .annotate({ description, expected: allowed })
    .pipe(Schema.annotateKey({ messageMissingKey: allowed }))

/** A mapping with these keys and no others. */
export const mapping = <Fields extends Schema.Struct.Fields>(fields: Fields, description: string) =>
  Schema.Struct(fields).annotate({
    description,
    expected: `a mapping with the keys ${Object.keys(fields).join(", ")}`,
  })
