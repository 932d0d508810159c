/**
 * The keys of config.yaml as plain data: scalars with the texts for messages and editors, lists and mappings. In the file
 * every scalar is the text as written.
 *
 * `decode` reads values by these fields, and `schema.ts` derives Schemas from them, for the JSON Schema. They are data, because
 * evaluating Effect's Schema takes longer than reading the file, and a cold start would wait for both. Pure.
 */
import * as Result from "effect/Result"
import { cut } from "../yaml/ConfigInvalid.ts"
import * as GoBoolean from "../go/GoBoolean.ts"
import * as GoDuration from "../go/GoDuration.ts"
import { type Grammar, HTTP_URL_ALLOWED, parseHttpUrl, textFault } from "./grammar.ts"
import { parsePort, PORT_ALLOWED } from "./port.ts"

/** The texts of a field. */
interface Texts {
  /** What editors show. */
  readonly description: string
  /** What is allowed, in messages. */
  readonly allowed: string
}

export interface Scalar<A> extends Texts {
  readonly type: "scalar"
  /** Whether a text is allowed; a returned text is the reason why not. */
  readonly isAllowed: (text: string) => boolean | string
  /** The value of an allowed text. */
  readonly parse: (text: string) => A
  /** The YAML types that an editor may see: an editor resolves `007` to a number before it validates. */
  readonly editorTypes: ReadonlyArray<string>
  /** The part of the rule that an editor can check. */
  readonly jsonSchema: Record<string, unknown>
}

/** One of a few words. */
export interface Word<A extends string> extends Texts {
  readonly type: "word"
  readonly words: ReadonlyArray<A>
}

export interface List<Item extends Field> extends Texts {
  readonly type: "list"
  readonly item: Item
}

/** A mapping with these keys and no others. */
export interface Mapping<K extends Keys> extends Texts {
  readonly type: "mapping"
  readonly keys: K
  /** Whether a text in its place is not repeated in a fault: somebody may have written the secret itself. */
  readonly isTextHidden?: boolean
}

/** A word, or a mapping that says it in detail. */
export interface Either<W extends Word<string>, M extends Mapping<Keys>> extends Texts {
  readonly type: "either"
  readonly word: W
  readonly mapping: M
}

/** Any value. */
export interface Anything {
  readonly type: "anything"
}

/** A key that may be absent. */
export interface Optional<F extends Field> {
  readonly type: "optional"
  readonly field: F
}

export type Keys = Readonly<Record<string, Field | Optional<Field>>>
export type Field =
  | Scalar<unknown>
  | Word<string>
  | List<Field>
  | Mapping<Keys>
  | Either<Word<string>, Mapping<Keys>>
  | Anything

type OptionalKeys<K> = { [Key in keyof K]: K[Key] extends Optional<Field> ? Key : never }[keyof K]

/** The type of the values of a field. */
export type Decoded<F> =
  F extends Scalar<infer A>
    ? A
    : F extends Word<infer A>
      ? A
      : F extends List<infer Item>
        ? ReadonlyArray<Decoded<Item>>
        : F extends Mapping<infer K>
          ? DecodedKeys<K>
          : F extends Either<infer W, infer M>
            ? Decoded<W> | Decoded<M>
            : unknown

/** The type of a mapping with these keys. */
export type DecodedKeys<K> = {
  readonly [Key in Exclude<keyof K, OptionalKeys<K>>]: Decoded<K[Key]>
} & {
  readonly [Key in OptionalKeys<K>]?: K[Key] extends Optional<infer F> ? Decoded<F> : never
}

/** Lets a key be absent. */
export const optional = <F extends Field>(field: F): Optional<F> => ({ type: "optional", field })

export const anything: Anything = { type: "anything" }

type ScalarSpec<A> = Omit<Scalar<A>, "type" | "parse" | "jsonSchema"> & Partial<Pick<Scalar<A>, "jsonSchema">>

/** A scalar that is decoded to another type. `parse` must succeed whenever `isAllowed` does. */
const parsed = <A>(spec: ScalarSpec<A>, parse: (text: string) => A): Scalar<A> => ({
  type: "scalar",
  jsonSchema: {},
  ...spec,
  parse,
})

/** A scalar that stays text. */
const scalar = (spec: ScalarSpec<string>): Scalar<string> => parsed(spec, (text) => text)

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

const durationSpec = (description: string, allowed: string, lowest: number): ScalarSpec<number> => ({
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
  parsed(durationSpec(description, GoDuration.DURATION_ALLOWED, -Infinity), milliseconds)

/** A duration in Go's format, in milliseconds, of zero or more. */
export const span = (description: string) =>
  parsed(durationSpec(description, `${GoDuration.DURATION_ALLOWED}, not negative`, 0), milliseconds)

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
    Number,
  )

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}
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
    (text) => {
      const [, amount, unit = "B"] = SIZE.exec(text) ?? []
      return Number(amount) * (UNITS[unit] ?? 1)
    },
  )

/** One of a few words, in exactly this spelling. */
export const word = <const A extends string>(description: string, words: ReadonlyArray<A>): Word<A> => ({
  type: "word",
  description,
  allowed: words.join(", "),
  words,
})

/** A list; an empty one is allowed. */
export const list = <Item extends Field>(item: Item, description: string, allowed: string): List<Item> => ({
  type: "list",
  description,
  allowed,
  item,
})

/** A mapping with these keys and no others. */
export const mapping = <K extends Keys>(keys: K, description: string): Mapping<K> => ({
  type: "mapping",
  description,
  allowed: `a mapping with the keys ${Object.keys(keys).join(", ")}`,
  keys,
})

/** A word, or a mapping that says it in detail. */
export const either = <W extends Word<string>, M extends Mapping<Keys>>(
  word: W,
  mapping: M,
  allowed: string,
): Either<W, M> => ({
  type: "either",
  description: word.description,
  allowed,
  word,
  mapping,
})

/** A mapping with these keys that says where a secret is. */
export const whereabouts = <K extends Keys>(keys: K, description: string): Mapping<K> => ({
  ...mapping(keys, description),
  isTextHidden: true,
})
