/**
 * Extracts one field from a value that is JSON text (RFC 8259). The text is copied, not re-serialised: a number keeps all
 * its digits (up to 38 in an item), which `JSON.parse` would lose. Takes linear time, whatever the pointer.
 *
 * A JSON pointer (RFC 6901) names the field, as in the query `&json=/a/b`. Pure.
 */
import * as Result from "effect/Result"

/** A `~` that is not an escape: `~0` stands for `~`, `~1` for `/`. */
const BAD_ESCAPE = /~(?![01])/

/** RFC 6901, section 4: first `~1`, then `~0`, so that `~01` is `~1`. */
const unescape = (token: string): string => token.replaceAll("~1", "/").replaceAll("~0", "~")

/** The tokens of a JSON pointer (RFC 6901), or what is wrong with it. No tokens: the whole document. */
export const parsePointer = (pointer: string): Result.Result<ReadonlyArray<string>, string> => {
  if (pointer === "") return Result.succeed([])
  if (pointer.startsWith("#"))
    return Result.fail("the form of a URI fragment is not allowed; write the pointer as /field or /list/0")
  if (!pointer.startsWith("/"))
    return Result.fail("a JSON pointer begins with /, as in /field or /list/0 (RFC 6901)")
  if (BAD_ESCAPE.test(pointer))
    return Result.fail("in a JSON pointer, ~ is written ~0 and / in a key is written ~1 (RFC 6901)")
  return Result.succeed(pointer.slice(1).split("/").map(unescape))
}

/** A field as it is served: a string as its text, anything else as JSON. */
export interface Field {
  readonly body: string
  readonly isJson: boolean
}

/** Finds the field at the tokens of a JSON pointer, or says why there is none without quoting the text. */
export type FieldAt = (tokens: ReadonlyArray<string>) => Result.Result<Field, string>

/** A part of the text, without the whitespace around it. */
interface Span {
  readonly start: number
  readonly end: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

// Comparisons, not sets: these run for every character.
const isOpening = (code: number): boolean => code === 0x7b || code === 0x5b
const isClosing = (code: number): boolean => code === 0x7d || code === 0x5d
const isWhitespace = (code: number): boolean =>
  code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

const skipWhitespace = (text: string, from: number): number => {
  let at = from
  while (isWhitespace(text.charCodeAt(at))) at += 1
  return at
}

/** The index after the string that begins at `start`. */
const endOfString = (text: string, start: number): number => {
  let at = start + 1
  while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at + 1
}

/** The index after the object or array that begins at `start`. */
const endOfNested = (text: string, start: number): number => {
  let at = start
  let depth = 0
  do {
    const code = text.charCodeAt(at)
    if (isOpening(code)) depth += 1
    if (isClosing(code)) depth -= 1
    at = code === QUOTE ? endOfString(text, at) : at + 1
  } while (depth > 0)
  return at
}

/** The index after the number, `true`, `false` or `null` that begins at `start`. */
const endOfScalar = (text: string, start: number): number => {
  let at = start
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === COMMA || isClosing(code) || isWhitespace(code)) break
    at += 1
  }
  return at
}

const endOfValue = (text: string, start: number): number => {
  const code = text.charCodeAt(start)
  if (code === QUOTE) return endOfString(text, start)
  return isOpening(code) ? endOfNested(text, start) : endOfScalar(text, start)
}

/** The string at a span. */
const stringIn = (text: string, { end, start }: Span): string => String(JSON.parse(text.slice(start, end)))

const isKey = (text: string, key: Span, token: string): boolean =>
  // Keys are at least as long as the token, longer if they are escaped.
  key.end - key.start >= token.length + 2 && stringIn(text, key) === token

/** An object or array on the path of the pointer. `next`: the index of an array's next element. */
interface Container {
  readonly isArray: boolean
  next: number
}

const skipComma = (text: string, from: number): number => {
  const at = skipWhitespace(text, from)
  return text.charCodeAt(at) === COMMA ? skipWhitespace(text, at + 1) : at
}

/**
 * Finds what the tokens of a JSON pointer refer to (RFC 6901, section 4), in one pass without recursion. Undefined: nothing.
 * Of members with the same name the last one counts, as in the parsers that programs use.
 */
const spanAt = (text: string, tokens: ReadonlyArray<string>): Span | undefined => {
  let at = skipWhitespace(text, 0)
  if (tokens.length === 0) return { start: at, end: endOfValue(text, at) }

  let found: Span | undefined
  const path: Array<Container> = []
  const enter = (): void => {
    if (!isOpening(text.charCodeAt(at))) {
      at = endOfValue(text, at)
      return
    }
    path.push({ isArray: text[at] === "[", next: 0 })
    at += 1
  }

  enter()
  for (let inner = path.at(-1); inner !== undefined; inner = path.at(-1)) {
    at = skipComma(text, at)
    if (isClosing(text.charCodeAt(at))) {
      path.pop()
      at += 1
      continue
    }
    const token = tokens[path.length - 1] ?? ""
    let isMatch = inner.isArray && String(inner.next) === token
    if (!inner.isArray) {
      const key = { start: at, end: endOfString(text, at) }
      isMatch = isKey(text, key, token)
      at = skipWhitespace(text, skipWhitespace(text, key.end) + 1)
    }
    inner.next += 1
    if (!isMatch) {
      at = endOfValue(text, at)
      continue
    }
    // A later member replaces an earlier one with the same name.
    found = undefined
    if (path.length < tokens.length) {
      enter()
    } else {
      const start = at
      at = endOfValue(text, start)
      found = { start, end: at }
    }
  }
  return found
}

/** How many positions are remembered per value, and for pointers of up to which length: a few kilobytes per value. */
const MAX_KNOWN = 32
const MAX_POINTER = 256

/** Whether a text is JSON. The parsed value is dropped: it lacks digits, and takes several times the memory of the text. */
export const isJsonText = (text: string): boolean =>
  Result.isSuccess(Result.try((): unknown => JSON.parse(text)))

const toPointer = (tokens: ReadonlyArray<string>): string =>
  tokens.map((token) => `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")

const cut = (text: string, span: Span): Field =>
  text[span.start] === '"'
    ? { body: stringIn(text, span), isJson: false }
    : { body: text.slice(span.start, span.end), isJson: true }

/** Makes the finder of the fields of a text. It validates the text once, and remembers where fields are. */
export const fieldsOf = (text: string): FieldAt => {
  if (!isJsonText(text)) return () => Result.fail("the value is not JSON")

  const known = new Map<string, Span | undefined>()

  return (tokens) => {
    const pointer = toPointer(tokens)
    const span = known.has(pointer) ? known.get(pointer) : spanAt(text, tokens)
    if (known.size < MAX_KNOWN && pointer.length <= MAX_POINTER) known.set(pointer, span)
    return span === undefined
      ? Result.fail(`the value has nothing at ${JSON.stringify(pointer)}`)
      : Result.succeed(cut(text, span))
  }
}
