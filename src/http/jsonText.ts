/**
 * Finds the part of a JSON text that a JSON pointer leads to, without building anything of the text.
 *
 * `JSON.parse` has found the text to be JSON (RFC 8259), so every character is where it must be and nothing is checked again.
 * One pass without recursion: the time grows with the text alone, whatever the pointer. Pure; under `jsonField.ts`.
 */

/** A part of the text, without the blanks around it. */
export interface Span {
  readonly start: number
  readonly end: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

// Comparisons, not sets: they are asked for every character.
const isOpening = (code: number): boolean => code === 0x7b || code === 0x5b
const isClosing = (code: number): boolean => code === 0x7d || code === 0x5d
const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

const afterBlanks = (text: string, from: number): number => {
  let at = from
  while (isBlank(text.charCodeAt(at))) at += 1
  return at
}

/** Behind the closing quote of the string that begins at `start`. */
const endOfString = (text: string, start: number): number => {
  let at = start + 1
  while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at + 1
}

/** Behind the object or list that begins at `start`. */
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

/** Behind the number, `true`, `false` or `null` that begins at `start`. */
const endOfScalar = (text: string, start: number): number => {
  let at = start
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === COMMA || isClosing(code) || isBlank(code)) break
    at += 1
  }
  return at
}

const endOfValue = (text: string, start: number): number => {
  const code = text.charCodeAt(start)
  if (code === QUOTE) return endOfString(text, start)
  return isOpening(code) ? endOfNested(text, start) : endOfScalar(text, start)
}

/** The string that a span stands for. */
export const stringIn = (text: string, { end, start }: Span): string =>
  String(JSON.parse(text.slice(start, end)))

const isKey = (text: string, key: Span, token: string): boolean =>
  // Most texts contain it unescaped; an escape makes it longer.
  key.end - key.start >= token.length + 2 && stringIn(text, key) === token

/** An object or a list that the pointer leads through. `next`: the index of the next element of a list. */
interface Container {
  readonly isList: boolean
  next: number
}

const afterSeparator = (text: string, from: number): number => {
  const at = afterBlanks(text, from)
  return text.charCodeAt(at) === COMMA ? afterBlanks(text, at + 1) : at
}

/**
 * Where the tokens of a JSON pointer (RFC 6901, section 4) lead in a JSON text; undefined where they lead nowhere. Of members
 * with the same name the last one counts, as in every parser that programs use.
 */
export const spanAt = (text: string, tokens: ReadonlyArray<string>): Span | undefined => {
  let at = afterBlanks(text, 0)
  if (tokens.length === 0) return { start: at, end: endOfValue(text, at) }

  let found: Span | undefined
  const way: Array<Container> = []
  const enter = (): void => {
    if (!isOpening(text.charCodeAt(at))) {
      at = endOfValue(text, at)
      return
    }
    way.push({ isList: text[at] === "[", next: 0 })
    at += 1
  }

  enter()
  for (let inner = way.at(-1); inner !== undefined; inner = way.at(-1)) {
    at = afterSeparator(text, at)
    if (isClosing(text.charCodeAt(at))) {
      way.pop()
      at += 1
      continue
    }
    const token = tokens[way.length - 1] ?? ""
    let isOnTheWay = inner.isList && String(inner.next) === token
    if (!inner.isList) {
      const key = { start: at, end: endOfString(text, at) }
      isOnTheWay = isKey(text, key, token)
      at = afterBlanks(text, afterBlanks(text, key.end) + 1)
    }
    inner.next += 1
    if (!isOnTheWay) {
      at = endOfValue(text, at)
      continue
    }
    // An earlier member with the same name no longer counts.
    found = undefined
    if (way.length < tokens.length) {
      enter()
    } else {
      const start = at
      at = endOfValue(text, start)
      found = { start, end: at }
    }
  }
  return found
}
