/**
 * What config.yaml may contain as a statement: a single one, with named parameters. Pure.
 *
 * The database makes sure that it only reads, by a read-only transaction. But a text of several statements could end that
 * transaction, so it is refused here. So is a statement that certainly writes: each of its reads would fail.
 * https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ExecuteStatement.html
 */
import { firstFault, type Grammar, lengthFault } from "../../config/fields/grammar.ts"

/** As in the API reference. */
const MAX_LENGTH = 65_536

/**
 * The parts that are not code: strings, quoted names, dollar-quoted strings, comments. `\` escapes only in strings such as E'...'.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
const NO_CODE =
  /\b[eE]'(?:[^'\\]|\\.|'')*'|'[^']*'|"[^"]*"|`[^`]*`|\$([A-Za-z_]\w*)?\$.*?\$\1\$|--[^\n]*|\/\*.*?\*\//gsu

/** A statement without its strings, quoted names and comments. */
const codeIn = (statement: string): string => statement.replaceAll(NO_CODE, " ")

/** A colon that is neither part of `::` nor of an array slice such as `[1:2]`. */
const PARAMETER = /(?<!:):([A-Za-z_]\w*)/gu

/** The names of the parameters in a statement, each once. */
export const parametersIn = (statement: string): ReadonlyArray<string> => [
  ...new Set(Array.from(codeIn(statement).matchAll(PARAMETER), ([, name = ""]) => name)),
]

/** Statements that end or change the transaction, or may do so in a procedure (in MySQL). */
const LEAVING =
  /^(?:abort|begin|call|commit|deallocate|discard|do|end|execute|lock|prepare|release|reset|rollback|savepoint|set|start|unlock|xa)\b/iu

/** Statements that the database refuses in a read-only transaction. */
const WRITING = /^(?:alter|create|delete|drop|grant|insert|merge|replace|revoke|truncate|update)\b/iu

/** Why a text is not a statement whose result can be cached. */
export const statementFault: Grammar = (text) =>
  firstFault(text, [
    (statement) => lengthFault(statement, MAX_LENGTH),
    (statement) => (statement.includes("\0") ? "there is a null character in it" : undefined),
    (statement) => {
      const [first = "", ...others] = codeIn(statement)
        .split(";")
        .map((part) => part.trim())
      if (others.some((other) => other !== "")) return "there is more than one statement in it"
      if (first === "") return "there is no statement in it"
      const [leaving] = LEAVING.exec(first) ?? []
      if (leaving !== undefined)
        return `it begins with ${leaving.toUpperCase()}, which may end or change the read-only transaction`
      const [writing] = WRITING.exec(first) ?? []
      return writing === undefined ? undefined : `it begins with ${writing.toUpperCase()}, which writes`
    },
  ])
