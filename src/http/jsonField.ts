/**
 * One field of a value that is JSON text, cut out of the text as it is written: a number keeps all its digits,
 * which `JSON.parse` would lose (an item's have up to 38).
 *
 * Loaded with the first request that asks for a field. RFC 8259 (JSON), RFC 6901 (JSON Pointer). The text is parsed once, and
 * where a field stands is remembered for as long as the value is in memory.
 */
import * as Result from "effect/Result"
import { type Span, spanAt, stringIn } from "./jsonText.ts"

/** A field, ready to be served: a string as its text, anything else as JSON. */
export interface Field {
  readonly body: string
  readonly isJson: boolean
}

/** Finds the field that the tokens of a JSON pointer lead to, or says why there is none, showing nothing of the text. */
export type FieldAt = (tokens: ReadonlyArray<string>) => Result.Result<Field, string>

/** How many fields of a value are remembered, and up to which length of their pointers: a few kilobytes a value. */
const MAX_KNOWN = 32
const MAX_POINTER = 256

/** Not what it parses to: that would lose digits, and take several times the memory of the text. */
const isJson = (text: string): boolean => Result.isSuccess(Result.try((): unknown => JSON.parse(text)))

const pointerOf = (tokens: ReadonlyArray<string>): string =>
  tokens.map((token) => `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")

const cut = (text: string, span: Span): Field =>
  text[span.start] === '"'
    ? { body: stringIn(text, span), isJson: false }
    : { body: text.slice(span.start, span.end), isJson: true }

/** The fields of a text. */
export const fieldsOf = (text: string): FieldAt => {
  if (!isJson(text)) return () => Result.fail("the value is not JSON")

  const known = new Map<string, Span | undefined>()

  return (tokens) => {
    const pointer = pointerOf(tokens)
    const span = known.has(pointer) ? known.get(pointer) : spanAt(text, tokens)
    if (known.size < MAX_KNOWN && pointer.length <= MAX_POINTER) known.set(pointer, span)
    return span === undefined
      ? Result.fail(`the value has nothing at ${JSON.stringify(pointer)}`)
      : Result.succeed(cut(text, span))
  }
}
