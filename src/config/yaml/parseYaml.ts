/**
 * Parses any YAML with the package `yaml`, within limits on time and stack. Reports all syntax faults at once, with their
 * lines. `ConfigFile` imports this module for a text that `readPlain` does not read.
 */
import * as Result from "effect/Result"
import * as Yaml from "yaml"
import { cut, type Fault, quoteText } from "./ConfigInvalid.ts"
import { type Reflowed, reflow } from "./reflow.ts"
import { LibraryDocument } from "./LibraryDocument.ts"
import { type Position, SHORT_TEXT, type YamlDocument } from "./YamlDocument.ts"

/** The key of faults of the whole text. */
const SYNTAX_KEY = "syntax"

/** Keeps every recursion within the stack. A config.yaml needs five levels. */
const MAX_DEPTH = 40

/**
 * How many tokens (words, dashes, blanks, line ends, ...) a text may have: as many as a list of 50,000 names. The library
 * takes about ten microseconds for each, and INIT is short.
 */
const MAX_TOKENS = 300_000

/** Whether a text has too many tokens. Counting takes a hundredth of the time of parsing. */
const hasTooManyTokens = (text: string): boolean => {
  if (text.length <= SHORT_TEXT) return false
  let count = 0
  for (const _ of new Yaml.Lexer().lex(text)) {
    count += 1
    if (count > MAX_TOKENS) return true
  }
  return false
}

const positionAt = (lines: Yaml.LineCounter, offset: number): Position => {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

const WHOLE_FILE: Position = { line: 1, column: 1 }

/** How many characters of the library's message a fault repeats. */
const MAX_REASON = 160
/** More would not help, because one syntax fault usually causes the next. */
const MAX_SYNTAX_FAULTS = 20

/** What the library says of each token once it has lost the structure of the file. */
const LOST = /^Unexpected .* (?:in YAML stream|at node end)/s

/** Errors without those that an earlier one has caused: tokens behind it in its line, and whatever follows the lost structure. */
const causes = (errors: ReadonlyArray<Yaml.YAMLError>, lineAt: (offset: number) => number) =>
  errors.filter(({ message, pos: [at] }, index) => {
    if (index === 0 || !LOST.test(message)) return true
    const earlier = errors.slice(0, index)
    return !(
      earlier.some((error) => lineAt(error.pos[0]) === lineAt(at)) ||
      (message.includes("in YAML stream") && earlier.some((error) => LOST.test(error.message)))
    )
  })

const syntaxFaults = (text: string, { errors, toPosition }: Composed): ReadonlyArray<Fault> => {
  const textOfLines = text.split(/\r?\n/)
  const end = text.trimEnd().length
  const faults = causes(errors.slice(0, MAX_SYNTAX_FAULTS), (offset) => toPosition(offset).line)
  return faults.map((error) => {
    const { line, column } = toPosition(error.pos[0])
    const reason = cut(error.message.replaceAll(/\s+/g, " "), MAX_REASON)
    const textOfLine = (textOfLines[line - 1] ?? "").trimEnd()
    const found = error.pos[0] >= end ? "the end of the file" : quoteText(textOfLine)
    return { line, column, key: SYNTAX_KEY, found, allowed: `YAML (${reason})` }
  })
}

/** The depth of the library's tokens, without recursion. */
const maxDepth = (tokens: ReadonlyArray<Yaml.CST.Token>): number => {
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

/** The library's result for a text. `toPosition` maps its offsets to positions in the file. */
interface Composed {
  readonly documents: ReadonlyArray<Yaml.Document.Parsed>
  readonly errors: ReadonlyArray<Yaml.YAMLError>
  readonly toPosition: (offset: number) => Position
}

/** The tokens of a text; undefined if the library overflows the stack, as it does on thousands of keys in one line. */
const tokenize = (text: string, lines: Yaml.LineCounter): ReadonlyArray<Yaml.CST.Token> | undefined =>
  Result.getOrUndefined(Result.try(() => Array.from(new Yaml.Parser(lines.addNewLine).parse(text))))

/** Parses a text, unless it has too many levels. */
const compose = ({ shiftAt, text }: Reflowed): Composed | "too deep" => {
  const lines = new Yaml.LineCounter()
  const tokens = tokenize(text, lines)
  // From here on everything recurses: a text of only brackets would overflow the stack.
  if (tokens === undefined || maxDepth(tokens) > MAX_DEPTH) return "too deep"
  // `LibraryDocument` compares and merges keys, with better messages and positions.
  const options = { schema: "failsafe", merge: false, uniqueKeys: false, prettyErrors: false } as const
  const documents = Array.from(new Yaml.Composer(options).compose(tokens, true, text.length))
  const toPosition = (offset: number): Position => {
    const { column, line } = positionAt(lines, offset)
    return { line, column: Math.max(column - shiftAt(line), 1) }
  }
  return { documents, errors: documents.flatMap(({ errors }) => errors), toPosition }
}

const asWritten = (text: string): Reflowed => ({ text, shiftAt: () => 0 })

/** Whether a document is empty, such as the one after a `---` at the end of the file. */
const isEmpty = ({ contents }: Yaml.Document.Parsed): boolean =>
  contents === null || (Yaml.isScalar(contents) && contents.type === "PLAIN" && contents.source === "")

/** A lone carriage return ends a line, as in the Go sample's parser. */
const LONE_CARRIAGE_RETURN = /\r(?!\n)/g

const refused = (found: string, allowed: string) =>
  Result.fail([{ ...WHOLE_FILE, key: SYNTAX_KEY, found, allowed }])

/**
 * Parses a text. Fails with its syntax faults or, if there are none, with those of aliases, keys and tags. The value of an
 * empty text is null.
 */
export const parseYaml = (text: string): Result.Result<YamlDocument, ReadonlyArray<Fault>> => {
  const written = text.replaceAll(LONE_CARRIAGE_RETURN, "\n")
  if (hasTooManyTokens(written)) {
    return refused(`more than ${MAX_TOKENS} words, marks and line ends`, `at most ${MAX_TOKENS}`)
  }
  const first = compose(asWritten(written))
  if (first === "too deep") return refused("too many levels of lists and mappings", `at most ${MAX_DEPTH}`)
  const second = first.errors.length > 0 ? compose(reflow(written)) : first
  // If both have faults, report the one with fewer.
  const read = second === "too deep" || second.errors.length >= first.errors.length ? first : second
  if (read.errors.length > 0) return Result.fail(syntaxFaults(written, read))

  const [document, ...others] = read.documents
  const other = others.find((each) => !isEmpty(each))
  if (other !== undefined) {
    const { column, line } = read.toPosition(other.range[0])
    return Result.fail([
      { line, column, key: SYNTAX_KEY, found: "a second document", allowed: "one document" },
    ])
  }
  return LibraryDocument.make(document?.contents, read.toPosition)
}
