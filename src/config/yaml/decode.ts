/**
 * Decodes a value of config.yaml by its Schema, and turns every issue into a fault: line, column, key path, what was found,
 * what is allowed.
 *
 * Used for the top level of config.yaml and for each item of a section. The `expected` annotation of a Schema says what is
 * allowed (see `config/fields/fields.ts`).
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import { type Fault, formatPath, type Path } from "./ConfigInvalid.ts"
import { describe, isMapping, type Position, type YamlDocument, type YamlValue } from "./YamlDocument.ts"

/** Reports all faults, and unknown keys as faults. */
const PARSE_OPTIONS: SchemaAST.ParseOptions = { errors: "all", onExcessProperty: "error" }

/** A single issue of the Schema's report. */
interface Finding {
  readonly kind: "missing" | "unknown" | "invalid"
  /** Relative to the decoded value. */
  readonly path: Path
  readonly allowed: string
  /** The known keys, if this one is unknown. */
  readonly knownKeys?: ReadonlyArray<string>
}

const expectedText = (annotations: Schema.Annotations.Annotations | undefined): string =>
  typeof annotations?.["expected"] === "string" ? annotations["expected"] : "another value"

const issueMessage = (issue: SchemaIssue.Issue): string | undefined => {
  const message = issue._tag === "InvalidValue" ? issue.annotations?.message : undefined
  return typeof message === "string" ? message : undefined
}

const structKeys = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => String(name)) : []

const toFindings = (issue: SchemaIssue.Issue, path: Path): ReadonlyArray<Finding> => {
  switch (issue._tag) {
    case "Pointer":
      return toFindings(issue.issue, [...path, ...issue.path])
    case "Composite":
      return issue.issues.flatMap((each) => toFindings(each, path))
    case "Encoding":
      return toFindings(issue.issue, path)
    case "Filter": {
      const reason = issueMessage(issue.issue)
      const expected = expectedText(issue.filter.annotations)
      return [{ kind: "invalid", path, allowed: reason === undefined ? expected : `${expected} (${reason})` }]
    }
    case "MissingKey":
      return [{ kind: "missing", path, allowed: issue.annotations?.messageMissingKey ?? "a value" }]
    case "UnexpectedKey": {
      const knownKeys = structKeys(issue.ast)
      return [{ kind: "unknown", path, allowed: knownKeys.join(", "), knownKeys }]
    }
    case "InvalidType":
    case "AnyOf":
    case "OneOf":
      return [{ kind: "invalid", path, allowed: expectedText(issue.ast.annotations) }]
    case "InvalidValue":
    case "Forbidden":
      return [{ kind: "invalid", path, allowed: expectedText(issue.annotations) }]
  }
}

/** A more distant suggestion would mislead. */
const MAX_EDITS = 3
/** Short keys resemble each other by chance, so at most every third letter may differ. */
const LETTERS_PER_EDIT = 3
/** No known key is this long, so longer ones are not compared. */
const MAX_LENGTH = 40

/** The number of insertions, deletions, replacements and swaps of neighbours between two texts. */
const editDistance = (from: string, to: string): number => {
  let beforePrevious: ReadonlyArray<number> = []
  let previous: ReadonlyArray<number> = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(
        Math.min(
          (previous[column] ?? Infinity) + 1,
          (current[column - 1] ?? Infinity) + 1,
          (previous[column - 1] ?? Infinity) + (isSame ? 0 : 1),
          isSwap ? (beforePrevious[column - 2] ?? Infinity) + 1 : Infinity,
        ),
      )
    }
    beforePrevious = previous
    previous = current
  }
  return previous[to.length] ?? Infinity
}

/** The candidate closest to `word`, if any is close enough. Ignores case, `-` and `_`. */
export const nearest = (word: string, candidates: ReadonlyArray<string>): string | undefined => {
  if (word.length > MAX_LENGTH) return undefined
  const normalise = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, "")
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: editDistance(normalise(word), normalise(candidate)) }))
    .filter(({ candidate, edits }) => edits <= Math.min(MAX_EDITS, candidate.length / LETTERS_PER_EDIT))
    .sort((left, right) => left.edits - right.edits)
  return ranked[0]?.candidate
}

const suggestion = (path: Path, knownKeys: ReadonlyArray<string> = []): string => {
  const guess = nearest(String(path.at(-1)), knownKeys)
  return guess === undefined ? "" : ` (did you mean "${guess}"?)`
}

/** The value at a path inside a value. */
const valueAt = (value: YamlValue | undefined, [part, ...rest]: Path): YamlValue | undefined => {
  if (part === undefined) return value
  if (isMapping(value)) return valueAt(value[String(part)], rest)
  return Array.isArray(value) ? valueAt(value[Number(part)], rest) : undefined
}

const describeFinding = (finding: Finding, value: YamlValue): string => {
  switch (finding.kind) {
    case "missing":
      return "nothing"
    case "unknown":
      return `an unknown key${suggestion(finding.path, finding.knownKeys)}`
    case "invalid":
      return describe(valueAt(value, finding.path))
  }
}

const makeFault = ({ column, line }: Position, path: Path, found: string, allowed: string): Fault => ({
  line,
  column,
  key: formatPath(path),
  found,
  allowed,
})

/** A fault at the position of the value at a path, or of the nearest existing value around it. */
export const faultAt = (document: YamlDocument, path: Path, found: string, allowed: string): Fault =>
  makeFault(document.locate(path).value, path, found, allowed)

/** Decodes the value at `path`. Fails with all its faults. */
export const decodeAt = <A>(
  schema: Schema.ConstraintDecoder<A>,
  document: YamlDocument,
  path: Path,
  value: YamlValue,
): Result.Result<A, ReadonlyArray<Fault>> =>
  Result.mapError(Schema.decodeUnknownResult(schema, PARSE_OPTIONS)(value), ({ issue }) =>
    toFindings(issue, []).map((finding) => {
      const whole = [...path, ...finding.path]
      const place = document.locate(whole)
      // A missing or unknown key is reported at a key, a wrong value at the value.
      const position = finding.kind === "invalid" ? place.value : place.key
      return makeFault(position, whole, describeFinding(finding, value), finding.allowed)
    }),
  )
