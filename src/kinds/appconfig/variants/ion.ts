/**
 * Reads Amazon Ion as text, as far as AppConfig writes it: annotations, lists, s-expressions, strings, symbols, numbers,
 * timestamps, booleans, null. Structs, blobs and clobs are faults. Pure.
 *
 * Ion's own package is too large for the little that an archive may still grow before a direct upload is impossible.
 * https://amazon-ion.github.io/ion-docs/docs/spec.html
 */
import * as Result from "effect/Result"

/** A value. `annotations` are the symbols before it: `a::b::value`. */
export type Ion = { readonly annotations: ReadonlyArray<string> } & (
  | { readonly type: "list" | "sexp"; readonly items: ReadonlyArray<Ion> }
  | { readonly type: "string" | "symbol" | "number" | "timestamp"; readonly text: string }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "null" }
)

/** Deeper rules are refused: recursion must end before the stack does. */
const MAX_DEPTH = 100

class Unreadable {
  readonly fault: string
  constructor(fault: string) {
    this.fault = fault
  }
}

const BLANK = /(?:\s|\/\/[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*/y
const IDENTIFIER = /[A-Za-z_$][\w$]*/y
const TIMESTAMP =
  /\d{4}(?:T|-\d\d(?:T|-\d\d(?:T(?:\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)?))(?![\w.:-])/y
const NUMBER = /-?(?:0|[1-9](?:_?\d)*)(?:\.(?:\d(?:_?\d)*)?)?(?:[eEdD][+-]?\d+)?(?![\w.:-])/y
const SHORT_STRING = /"((?:[^"\\\n]+|\\[^])*)"/y
const LONG_STRING = /'''((?:[^'\\]+|\\[^]|'(?!''))*)'''/y
const QUOTED_SYMBOL = /'((?:[^'\\\n]+|\\[^])*)'/y
/** Symbols that only an s-expression may contain bare. */
const OPERATOR = /[!#%&*+./;<=>?@^`|~-]+/y

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  v: "\v",
  "0": "\0",
  "\n": "",
}

const ESCAPE = /\\(?:x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|(\r\n|[^]))/g

const LAST_CODE_POINT = 0x10ffff

const unescape = (text: string): string =>
  text.replaceAll(ESCAPE, (_, x?: string, u?: string, long?: string, other = "") => {
    const digits = x ?? u ?? long
    if (digits === undefined) return other === "\r\n" ? "" : (SIMPLE[other] ?? other)
    const point = Number.parseInt(digits, 16)
    if (point > LAST_CODE_POINT) throw new Unreadable("there is no such character")
    return u === undefined ? String.fromCodePoint(point) : String.fromCharCode(point)
  })

const makeReader = (text: string) => {
  let at = 0

  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text) ?? undefined
    if (found !== undefined) at += found[0].length
    return found
  }
  const fail = (fault: string): never => {
    throw new Unreadable(`${fault} at character ${at}`)
  }
  const isNext = (token: string): boolean => (take(BLANK), text.startsWith(token, at))
  const skip = (token: string): boolean => {
    const isThere = isNext(token)
    if (isThere) at += token.length
    return isThere
  }

  /** Adjacent long strings are one. */
  const longString = (): string | undefined => {
    let found = take(LONG_STRING)
    if (found === undefined) return undefined
    let whole = ""
    while (found !== undefined) {
      whole += unescape((found[1] ?? "").replaceAll("\r\n", "\n"))
      take(BLANK)
      found = text.startsWith("'''", at) ? take(LONG_STRING) : undefined
    }
    return whole
  }

  const symbol = (): string | undefined => {
    const quoted = take(QUOTED_SYMBOL)
    return quoted === undefined ? take(IDENTIFIER)?.[0] : unescape(quoted[1] ?? "")
  }

  const sequence = (close: string, depth: number, isSexp: boolean): ReadonlyArray<Ion> => {
    const items: Array<Ion> = []
    while (!skip(close)) {
      items.push(value(depth + 1, isSexp))
      if (!isSexp && !skip(",") && !isNext(close)) fail(`a comma or ${close} is missing`)
    }
    return items
  }

  const unannotated = (depth: number, isInSexp: boolean, annotations: ReadonlyArray<string>): Ion => {
    if (skip("[")) return { annotations, type: "list", items: sequence("]", depth, false) }
    if (skip("(")) return { annotations, type: "sexp", items: sequence(")", depth, true) }
    const long = longString()
    if (long !== undefined) return { annotations, type: "string", text: long }
    const short = take(SHORT_STRING)
    if (short !== undefined) return { annotations, type: "string", text: unescape(short[1] ?? "") }
    const timestamp = take(TIMESTAMP)
    if (timestamp !== undefined) return { annotations, type: "timestamp", text: timestamp[0] }
    const number = take(NUMBER)
    if (number !== undefined) return { annotations, type: "number", text: number[0].replaceAll("_", "") }
    const operator = isInSexp ? take(OPERATOR) : undefined
    return operator === undefined
      ? fail("no value begins")
      : { annotations, type: "symbol", text: operator[0] }
  }

  const value = (depth: number, isInSexp: boolean): Ion => {
    if (depth > MAX_DEPTH) fail(`it is more than ${MAX_DEPTH} levels deep`)
    const annotations: Array<string> = []
    for (;;) {
      take(BLANK)
      const start = at
      const isQuoted = text[at] === "'"
      const name = text.startsWith("'''", at) ? undefined : symbol()
      if (name === undefined) return unannotated(depth, isInSexp, annotations)
      if (skip("::")) {
        annotations.push(name)
        continue
      }
      at = start
      symbol()
      if (!isQuoted && (name === "true" || name === "false"))
        return { annotations, type: "boolean", value: name === "true" }
      return !isQuoted && name === "null"
        ? { annotations, type: "null" }
        : { annotations, type: "symbol", text: name }
    }
  }

  return (): ReadonlyArray<Ion> => {
    const values: Array<Ion> = []
    for (take(BLANK); at < text.length; take(BLANK)) values.push(value(0, false))
    return values
  }
}

/** The top-level values of a text, or why it cannot be read. Version markers (`$ion_1_0`) are symbols. */
export const readIon = (text: string): Result.Result<ReadonlyArray<Ion>, string> =>
  Result.try({
    try: makeReader(text),
    catch: (cause) => {
      if (cause instanceof Unreadable) return cause.fault
      throw cause
    },
  })
