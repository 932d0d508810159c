/**
 * Whether a text of config.yaml has more pieces than its reading may cost.
 *
 * `parseYaml` asks before anything else is done with the text: to split a text costs little, to parse what was split a hundred
 * times as much. Pure.
 */
import { Lexer } from "yaml"

/** A text so short is within the next bound whatever it holds. In UTF-16 code units. */
const SHORT_TEXT = 100_000
/**
 * How many pieces (words, dashes, blanks, line ends, ...) a text may have: a list of 50,000 names has as many. The library's
 * work grows with them, at some ten microseconds each, and INIT is short.
 */
export const MAX_PIECES = 300_000

/** Whether a text has more pieces than may be parsed. */
export const hasTooManyPieces = (text: string): boolean => {
  if (text.length <= SHORT_TEXT) return false
  let pieces = 0
  for (const _ of new Lexer().lex(text)) {
    pieces += 1
    if (pieces > MAX_PIECES) return true
  }
  return false
}
