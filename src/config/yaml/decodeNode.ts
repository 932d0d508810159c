/**
 * Checks a part of the tree against its Schema, and turns every issue into a fault with a place: line, column,
 * key path, what was found, what is allowed.
 *
 * Used for each item of a section and for the top of config.yaml. What is allowed stands in the Schema itself, as
 * the `expected` annotation (see `config/fields/fields.ts`), next to the description that editors show.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import { type Fault } from "./ConfigInvalid.ts"
import { nearest } from "./nearest.ts"
import { describeNode, formatPath, type Path, type Position, toPlain, type YamlNode } from "./YamlTree.ts"

/** A misspelt key is a fault, and all faults are wanted. */
const PARSE_OPTIONS: SchemaAST.ParseOptions = { errors: "all", onExcessProperty: "error" }

/** A leaf of the Schema's report. */
interface Finding {
  readonly kind: "missing" | "unknown" | "invalid"
  /** From the checked node. */
  readonly path: Path
  readonly allowed: string
  /** The keys that would have been known, where one is unknown. */
  readonly knownKeys?: ReadonlyArray<string>
}

const expectedOf = (annotations: Schema.Annotations.Annotations | undefined): string =>
  typeof annotations?.["expected"] === "string" ? annotations["expected"] : "another value"

const messageOf = (issue: SchemaIssue.Issue): string | undefined => {
  const message = issue._tag === "InvalidValue" ? issue.annotations?.message : undefined
  return typeof message === "string" ? message : undefined
}

const keysOf = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => String(name)) : []

const findingsOf = (issue: SchemaIssue.Issue, path: Path): ReadonlyArray<Finding> => {
  switch (issue._tag) {
    case "Pointer":
      return findingsOf(issue.issue, [...path, ...issue.path])
    case "Composite":
      return issue.issues.flatMap((each) => findingsOf(each, path))
    case "Encoding":
      return findingsOf(issue.issue, path)
    case "Filter": {
      const reason = messageOf(issue.issue)
      const expected = expectedOf(issue.filter.annotations)
      return [{ kind: "invalid", path, allowed: reason === undefined ? expected : `${expected} (${reason})` }]
    }
    case "MissingKey":
      return [{ kind: "missing", path, allowed: issue.annotations?.messageMissingKey ?? "a value" }]
    case "UnexpectedKey": {
      const knownKeys = keysOf(issue.ast)
      return [{ kind: "unknown", path, allowed: knownKeys.join(", "), knownKeys }]
    }
    case "InvalidType":
    case "AnyOf":
    case "OneOf":
      return [{ kind: "invalid", path, allowed: expectedOf(issue.ast.annotations) }]
    case "InvalidValue":
    case "Forbidden":
      return [{ kind: "invalid", path, allowed: expectedOf(issue.annotations) }]
  }
}

interface Place {
  /** Where the key stands, or the dash's value. */
  readonly at: Position
  readonly node: YamlNode
}

const childOf = ({ node }: Place, part: PropertyKey): Place | undefined => {
  if (node.kind === "list") {
    const item = node.items[Number(part)]
    return item === undefined ? undefined : { at: item, node: item }
  }
  const pair = node.kind === "map" ? node.pairs.get(String(part)) : undefined
  return pair === undefined ? undefined : { at: pair.key, node: pair.value }
}

/** The place at a path, or the nearest one around it that exists: that of a missing key is its mapping. */
const placeAt = (root: YamlNode, path: Path): Place => {
  let place: Place = { at: root, node: root }
  for (const part of path) {
    const child = childOf(place, part)
    if (child === undefined) return place
    place = child
  }
  return place
}

const suggestion = (path: Path, knownKeys: ReadonlyArray<string> = []): string => {
  const guess = nearest(String(path.at(-1)), knownKeys)
  return guess === undefined ? "" : ` (did you mean "${guess}"?)`
}

const foundOf = (finding: Finding, place: Place): string => {
  switch (finding.kind) {
    case "missing":
      return "nothing"
    case "unknown":
      return `an unknown key${suggestion(finding.path, finding.knownKeys)}`
    case "invalid":
      return describeNode(place.node)
  }
}

/** The fault of a place that is known to be wrong. */
export const faultAt = (position: Position, path: Path, found: string, allowed: string): Fault => ({
  line: position.line,
  column: position.column,
  key: formatPath(path),
  found,
  allowed,
})

/** The fault of what stands at a path of the file, where that is wrong for a reason that no Schema knows. */
export const faultIn = (root: YamlNode, path: Path, found: string, allowed: string): Fault =>
  faultAt(placeAt(root, path).node, path, found, allowed)

/** Decodes the node that stands at `path` of the file; a failure has all its faults. */
export const decodeNode = <A>(
  schema: Schema.ConstraintDecoder<A>,
  node: YamlNode,
  path: Path,
): Result.Result<A, ReadonlyArray<Fault>> =>
  Result.mapError(Schema.decodeUnknownResult(schema, PARSE_OPTIONS)(toPlain(node)), ({ issue }) =>
    findingsOf(issue, []).map((finding) => {
      const place = placeAt(node, finding.path)
      const position = finding.kind === "invalid" ? place.node : place.at
      return faultAt(position, [...path, ...finding.path], foundOf(finding, place), finding.allowed)
    }),
  )
