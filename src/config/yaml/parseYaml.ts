/**
 * YAML text to a document: parsed by the library within bounds on time and stack; all syntax faults at once, with their
 * lines.
 *
 * First step of reading config.yaml; `ConfigFile` checks the document's values against the Schema.
 */
import * as Result from "effect/Result"
import * as Yaml from "yaml"
import { cut, type Fault, quoteText } from "./ConfigInvalid.ts"
import { type Reflowed, reflow } from "./reflow.ts"
import { type Position, YamlDocument } from "./YamlDocument.ts"

/** The key of a fault that concerns the text as a whole. */
const SYNTAX_KEY = "syntax"

/** A config.yaml needs five levels; a limit keeps every walk over the document within the stack. */
const MAX_DEPTH = 40

/** A text so short is within the next bound whatever it holds. In UTF-16 code units. */
const SHORT_TEXT = 100_000
/**
 * How many pieces (words, dashes, blanks, line ends, ...) a text may have: a list of 50,000 names has as many. The library's
 * work grows with them, at some ten microseconds each, and INIT is short.
 */
const MAX_PIECES = 300_000

/** Whether a text has more pieces than may be parsed. To split it takes a hundredth of the time that parsing takes. */
const hasTooManyPieces = (text: string): boolean => {
  if (text.length <= SHORT_TEXT) return false
  let pieces = 0
  for (const _ of new Yaml.Lexer().lex(text)) {
    pieces += 1
    if (pieces > MAX_PIECES) return true
  }
  return false
}

const positionAt = (lines: Yaml.LineCounter, offset: number): Position => {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

const WHOLE_FILE: Position = { line: 1, column: 1 }

/** The longest explanation of the library that a message repeats, in characters. */
const MAX_REASON = 160
/** Nobody fixes a thousand syntax faults at a time, and one usually causes the next. */
const MAX_SYNTAX_FAULTS = 20

const syntaxFaults = (text: string, { errors, positionOf }: Composed): ReadonlyArray<Fault> => {
  const textOfLines = text.split(/\r?\n/)
  const end = text.trimEnd().length
  return errors.slice(0, MAX_SYNTAX_FAULTS).map((error) => {
    const { line, column } = positionOf(error.pos[0])
    const reason = cut(error.message.replaceAll(/\s+/g, " "), MAX_REASON)
    const textOfLine = (textOfLines[line - 1] ?? "").trimEnd()
    const found = error.pos[0] >= end ? "the end of the file" : quoteText(textOfLine)
    return { line, column, key: SYNTAX_KEY, found, allowed: `YAML (${reason})` }
  })
}

/** The levels of the library's tokens, counted without recursion. */
const depthOf = (tokens: ReadonlyArray<Yaml.CST.Token>): number => {
  let deepest = 0
  const open: Array<readonly [Yaml.CST.Token | null | undefined, number]> = tokens.map((token) => [token, 0])
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [token, depth] = next
    if (token === null || token === undefined) continue
    deepest = Math.max(deepest, depth)
    if (token.type === "document") open.push([token.value, depth])
    if (!("items" in token)) continue
    for (const item of token.items) open.push([item.key, depth + 1], [item.value, depth + 1])
  }
  return deepest
}

/** What the library makes of a text: its documents and, in positions, where things stand in the file. */
interface Composed {
  readonly documents: ReadonlyArray<Yaml.Document.Parsed>
  readonly errors: ReadonlyArray<Yaml.YAMLError>
  readonly positionOf: (offset: number) => Position
}

/** The tokens of a text; undefined where the library ends the stack on them, as it does by thousands of keys in one line. */
const tokensOf = (text: string, lines: Yaml.LineCounter): ReadonlyArray<Yaml.CST.Token> | undefined =>
  Result.getOrUndefined(Result.try(() => Array.from(new Yaml.Parser(lines.addNewLine).parse(text))))

/** Whether a text has more levels than may be walked, or what the library makes of it. */
const compose = ({ shiftOf, text }: Reflowed): Composed | "too deep" => {
  const lines = new Yaml.LineCounter()
  const tokens = tokensOf(text, lines)
  // The library's next step recurses, and so does everything after it: a text of nothing but brackets would end the stack.
  if (tokens === undefined || depthOf(tokens) > MAX_DEPTH) return "too deep"
  // `YamlDocument` compares and merges keys, with better words and positions than the library's.
  const options = { schema: "failsafe", merge: false, uniqueKeys: false, prettyErrors: false } as const
  const documents = Array.from(new Yaml.Composer(options).compose(tokens, true, text.length))
  const positionOf = (offset: number): Position => {
    const { column, line } = positionAt(lines, offset)
    return { line, column: Math.max(column - shiftOf(line), 1) }
  }
  return { documents, errors: documents.flatMap(({ errors }) => errors), positionOf }
}

const asWritten = (text: string): Reflowed => ({ text, shiftOf: () => 0 })

/** Whether a document holds nothing: what a `---` at the end of a file begins. */
const isEmpty = ({ contents }: Yaml.Document.Parsed): boolean =>
  contents === null || (Yaml.isScalar(contents) && contents.type === "PLAIN" && contents.source === "")

/** A carriage return alone ends a line, as it did to the original. */
const LONE_CARRIAGE_RETURN = /\r(?!\n)/g

const refused = (found: string, allowed: string) =>
  Result.fail([{ ...WHOLE_FILE, key: SYNTAX_KEY, found, allowed }])

/**
 * Reads a text. The failures are what makes it no YAML, or else what cannot be resolved in it. The value of an empty
 * text is null.
 */
export const parseYaml = (text: string): Result.Result<YamlDocument, ReadonlyArray<Fault>> => {
  const written = text.replaceAll(LONE_CARRIAGE_RETURN, "\n")
  if (hasTooManyPieces(written)) {
    return refused(`more than ${MAX_PIECES} words, marks and line ends`, `at most ${MAX_PIECES}`)
  }
  const first = compose(asWritten(written))
  if (first === "too deep") return refused("too many levels of lists and mappings", `at most ${MAX_DEPTH}`)
  const second = first.errors.length > 0 ? compose(reflow(written)) : first
  // If neither reading works, the one with fewer faults explains why.
  const read = second === "too deep" || second.errors.length >= first.errors.length ? first : second
  if (read.errors.length > 0) return Result.fail(syntaxFaults(written, read))

  const [document, ...others] = read.documents
  const other = others.find((each) => !isEmpty(each))
  if (other !== undefined) {
    const { column, line } = read.positionOf(other.range[0])
    return Result.fail([
      { line, column, key: SYNTAX_KEY, found: "a second document", allowed: "one document" },
    ])
  }
  return YamlDocument.make(document?.contents, read.positionOf)
}
