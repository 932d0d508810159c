/**
 * Makes the fields of config.yaml (`Field.ts`): names, durations, sizes and the like, and what consists of them.
 *
 * `decode` reads values by these fields, and `schema.ts` derives Schemas from them, for the JSON Schema. They are data, because
 * evaluating Effect's Schema takes longer than reading the file, and a cold start would wait for both. Pure.
 */
import * as Result from "effect/Result"
import { cut } from "../yaml/ConfigInvalid.ts"
import * as GoBoolean from "../go/GoBoolean.ts"
import * as GoDuration from "../go/GoDuration.ts"
import type { Anything, Either, Field, Keys, List, Mapping, Optional, Scalar, Word } from "./Field.ts"
import { type Grammar, HTTP_URL_ALLOWED, lengthFault, parseHttpUrl, textFault } from "./grammar.ts"
import { parsePort, PORT_ALLOWED } from "./port.ts"

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

/** A JSON pointer (RFC 6901) that is not empty. */
const POINTER = /^(?:\/(?:[^~/]|~[01])*)+$/

/** A name that follows the grammar of its service. */
export const named = (description: string, allowed: string, grammar: Grammar) =>
  name(description, allowed, (text) => grammar(text) ?? true)

/** The longest name of an entry, in characters. */
export const MAX_OWN_NAME = 255

/** The name that an item gives an entry, for functions to ask for. */
export const ownName = (description: string) =>
  named(description, "a name of your own", (text) => lengthFault(text, MAX_OWN_NAME))

/** A JSON pointer, as the place of a text within a secret. */
export const jsonPointer = (description: string) =>
  name(description, "a JSON pointer such as /password", (text) => POINTER.test(text))

/** Any text, even the empty one. */
export const text = (description: string, allowed: string) =>
  scalar({ description, allowed, isAllowed: () => true, editorTypes: TEXT_TYPES })

/** A text that may have blanks around it, and that follows a grammar. Default: any but the empty one. */
export const value = (description: string, allowed: string, grammar?: Grammar) =>
  scalar({
    description,
    allowed,
    isAllowed: (text) => (grammar === undefined ? text !== "" : (grammar(text) ?? true)),
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

const WHOLE_NUMBER = /^(?:0|[1-9]\d*)$/

/** What an editor checks: zero, if it is allowed, and the number of digits. */
const wholeNumberPattern = (lowest: number, highest: number): string => {
  const positive = `[1-9][0-9]{0,${String(highest).length - 1}}`
  return lowest === 0 ? `^(0|${positive})$` : `^${positive}$`
}

/** A whole number within bounds. */
export const wholeNumber = (description: string, lowest: number, highest: number) =>
  parsed(
    {
      description,
      allowed: `a whole number from ${lowest} to ${highest}`,
      isAllowed: (text) => WHOLE_NUMBER.test(text) && Number(text) >= lowest && Number(text) <= highest,
      editorTypes: ["integer", "string"],
      jsonSchema: { minimum: lowest, maximum: highest, pattern: wholeNumberPattern(lowest, highest) },
    },
    Number,
  )

const HIGHEST_COUNT = 1_000_000

/** A count of at least one. */
export const count = (description: string) => wholeNumber(description, 1, HIGHEST_COUNT)

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
