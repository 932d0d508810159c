/**
 * Indents the continuation lines of flow collections and quoted scalars beyond the column where they begin. YAML 1.2 and
 * the library require that. The Go sample's parser (libyaml) did not, so there are files like this:
 *
 *   parameters: [{
 *   names: [A]
 *   }]
 *
 * `parseYaml` uses this if it cannot parse a text as it is. The number of lines stays the same, and the shift of each line
 * is known, so that faults name the right place in the file. Pure, one pass.
 */

export interface Reflowed {
  readonly text: string
  /** By how many columns a line was moved, counted from 1. */
  readonly shiftAt: (line: number) => number
}

const BLANK = /^[ \t]*/
const DOCUMENT_MARK = /^(?:---|\.\.\.)(?:[ \t]|$)/
const BLOCK_SCALAR = /^[|>][+\-0-9]{0,2}[ \t]*(?:#.*)?$/
const PROPERTY = /^[&!][^ \t,[\]{}]*/

/** The state of the scanner at a position. */
interface State {
  /** How many flow collections are open. */
  depth: number
  quote: '"' | "'" | undefined
  /** Continuation lines must start after this column, counted from 0. */
  column: number
  /** In a block scalar: lines with a larger indent belong to it and are skipped. */
  blockScalar: number | undefined
}

const indentWidth = (line: string): number => (BLANK.exec(line)?.[0] ?? "").length

/** The offset after the closing quote; undefined if the scalar continues on the next line. */
const endOfQuote = (line: string, from: number, quote: '"' | "'"): number | undefined => {
  for (let at = from; at < line.length; at++) {
    if (quote === '"' && line[at] === "\\") at += 1
    else if (line[at] === quote) {
      if (quote === "'" && line[at + 1] === "'") at += 1
      else return at + 1
    }
  }
  return undefined
}

const isBlank = (character: string | undefined): boolean =>
  character === undefined || character === " " || character === "\t"

/** The end of a plain scalar: before the colon of a key, a comment or, in a flow collection, an indicator. */
const endOfPlain = (line: string, from: number, isFlow: boolean): number => {
  for (let at = from; at < line.length; at++) {
    const character = line[at]
    if (character === ":" && (isBlank(line[at + 1]) || (isFlow && /[,[\]{}]/.test(line[at + 1] ?? ""))))
      return at
    if (character === "#" && isBlank(line[at - 1])) return at
    if (isFlow && /[,[\]{}]/.test(character ?? "")) return at
  }
  return line.length
}

/** Scans one line and updates the state; returns the line with a blank before its comment. */
const walk = (line: string, state: State): string => {
  let at = 0
  if (state.quote !== undefined) {
    const end = endOfQuote(line, 0, state.quote)
    if (end === undefined) return line
    state.quote = undefined
    at = end
  }
  while (at < line.length) {
    const character = line[at] ?? ""
    const isFlow = state.depth > 0
    if (character === "#")
      return isBlank(line[at - 1]) || at === 0 ? line : `${line.slice(0, at)} ${line.slice(at)}`
    if (character === '"' || character === "'") {
      if (!isFlow) state.column = at
      const end = endOfQuote(line, at + 1, character)
      if (end === undefined) {
        state.quote = character
        return line
      }
      at = end
    } else if (character === "[" || character === "{") {
      if (!isFlow) state.column = at
      state.depth += 1
      at += 1
    } else if (isFlow && (character === "]" || character === "}")) {
      state.depth -= 1
      at += 1
    } else if (!isFlow && BLOCK_SCALAR.test(line.slice(at))) {
      state.blockScalar = indentWidth(line)
      return line
    } else if (isBlank(character) || character === "," || character === ":") at += 1
    else if (/[-?]/.test(character) && isBlank(line[at + 1])) at += 1
    else if (PROPERTY.test(line.slice(at))) at += PROPERTY.exec(line.slice(at))?.[0].length ?? 1
    else at = Math.max(at + 1, endOfPlain(line, at, isFlow))
  }
  return line
}

/** The text with its continuation lines in place. */
export const reflow = (text: string): Reflowed => {
  const state: State = { depth: 0, quote: undefined, column: 0, blockScalar: undefined }
  const shifts: Array<number> = []
  const lines = text.split("\n").map((line) => {
    const indent = indentWidth(line)
    const isEmpty = line.trim() === ""
    if (state.blockScalar !== undefined) {
      if (isEmpty || indent > state.blockScalar) {
        shifts.push(0)
        return line
      }
      state.blockScalar = undefined
    }
    const isContinued = state.depth > 0 || state.quote !== undefined
    if (!isContinued || isEmpty || DOCUMENT_MARK.test(line)) {
      shifts.push(0)
      return walk(line, state)
    }
    const moved = Math.max(indent, state.column + 1)
    shifts.push(moved - indent)
    // `column` is that of the outermost opening; a continuation line that closes and opens again is after it.
    return walk(`${" ".repeat(moved)}${line.slice(indent)}`, state)
  })
  return { text: lines.join("\n"), shiftAt: (line) => shifts[line - 1] ?? 0 }
}
