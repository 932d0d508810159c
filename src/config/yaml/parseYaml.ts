/**
 * YAML text as a tree in which every scalar is the text that was written: `007`, `1.50`, `0x10`, `true`,
 * `2020-01-01`, `null`, `~` are texts, as they were to the original.
 *
 * First step of reading config.yaml; `ConfigFile` checks the tree against the Schema. Anchors, aliases and merge
 * keys (`<<`, https://yaml.org/type/merge.html) are resolved here. What stands behind an alias is shared, not
 * copied, and counted, so that a few lines cannot grow into millions of nodes.
 */
import * as Result from "effect/Result"
import * as Yaml from "yaml"
import { cut, type Fault, quoteText } from "./ConfigInvalid.ts"
import { type Reflowed, reflow } from "./reflow.ts"
import { hasTooManyPieces, MAX_PIECES } from "./yamlPieces.ts"
import {
  describeNode,
  formatPath,
  type ListNode,
  type MapNode,
  type MapPair,
  type Path,
  type Position,
  type YamlNode,
} from "./YamlTree.ts"

/** The key of a fault that concerns the text as a whole. */
export const SYNTAX_KEY = "syntax"

/** A config.yaml needs five levels; a limit keeps every walk over the tree within the stack. */
const MAX_DEPTH = 40
/** How many nodes the file may have once its aliases are written out. A list of 10,000 names has as many. */
const MAX_NODES = 200_000

/** How many keys merge keys may copy in all. Each copy is work although the key may be there already. */
const MAX_MERGED_KEYS = 200_000

const MERGE_KEY = "<<"
const ALLOWED_TAGS: ReadonlySet<string | undefined> = new Set([
  undefined,
  "tag:yaml.org,2002:str",
  "tag:yaml.org,2002:seq",
  "tag:yaml.org,2002:map",
])

const positionAt = (lines: Yaml.LineCounter, offset: number): Position => {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/** Walks the library's document once, in the order of the text. */
class TreeBuilder {
  readonly faults: Array<Fault> = []
  private readonly positionOf: (offset: number) => Position
  private readonly anchors = new Map<string, Yaml.Node>()
  private readonly built = new Map<Yaml.Node, YamlNode>()
  private mergedKeys = 0

  constructor(positionOf: (offset: number) => Position) {
    this.positionOf = positionOf
  }

  build(node: unknown, path: Path, at: Position): YamlNode {
    if (!Yaml.isNode(node)) return { kind: "nothing", size: 1, line: at.line, column: at.column }
    const position = node.range ? this.positionOf(node.range[0]) : at
    if (Yaml.isAlias(node)) return this.buildAlias(node, path, position)
    if (node.anchor !== undefined) this.anchors.set(node.anchor, node)
    if (!ALLOWED_TAGS.has(node.tag)) {
      this.report(
        position,
        path,
        `the tag ${cut(String(node.tag))}`,
        "no tag: every value is read as it is written",
      )
    }
    const built = this.buildContent(node, path, position)
    this.built.set(node, built)
    return built
  }

  private buildContent(node: Yaml.Node, path: Path, position: Position): YamlNode {
    if (Yaml.isSeq(node)) return this.buildList(node, path, position)
    if (Yaml.isMap(node)) return this.buildMap(node, path, position)
    const scalar = Yaml.isScalar(node) ? node : undefined
    const text = String(scalar?.value ?? "")
    const isPlain = scalar?.type === undefined || scalar.type === "PLAIN"
    return isPlain && text === ""
      ? { kind: "nothing", size: 1, ...position }
      : { kind: "text", text, isPlain, size: 1, ...position }
  }

  private buildAlias(alias: Yaml.Alias, path: Path, position: Position): YamlNode {
    const anchored = this.anchors.get(alias.source)
    const target = anchored === undefined ? undefined : this.built.get(anchored)
    if (target !== undefined) return target
    const name = cut(`*${alias.source}`)
    if (anchored === undefined) {
      this.report(position, path, name, `an alias of an anchor that stands before it (&${cut(alias.source)})`)
    } else {
      this.report(
        position,
        path,
        `${name}, which contains itself`,
        "an alias that stands outside of its anchor",
      )
    }
    return { kind: "nothing", size: 1, ...position }
  }

  private buildList(node: Yaml.YAMLSeq, path: Path, position: Position): ListNode {
    const items = node.items.map((item, index) => this.build(item, [...path, index], position))
    return { kind: "list", items, size: this.sizeOf(items, path, position), ...position }
  }

  private buildMap(node: Yaml.YAMLMap, path: Path, position: Position): MapNode {
    const own = new Map<string, MapPair>()
    const sources: Array<MapNode> = []
    for (const pair of node.items) {
      const keyNode = this.build(pair.key, path, position)
      if (keyNode.kind !== "text") {
        this.report(keyNode, path, `${describeNode(keyNode)} as a key`, "a text as a key")
        continue
      }
      const key = keyNode.text
      const value = this.build(pair.value, [...path, key], keyNode)
      if (key === MERGE_KEY && keyNode.isPlain) {
        this.mergeSources(value, path, sources)
        continue
      }
      const first = own.get(key)
      if (first === undefined) own.set(key, { key: keyNode, value })
      else {
        const found = `the key a second time (first in line ${first.key.line})`
        this.report(keyNode, [...path, key], found, "each key once")
      }
    }
    const pairs = mergeInto(own, sources)
    const size = this.sizeOf(
      Array.from(pairs.values(), ({ value }) => value),
      path,
      position,
    )
    return { kind: "map", pairs, size, ...position }
  }

  /** Adds the mappings of a merge key to `sources`, as long as all of the file's merge keys together are within their bound. */
  private mergeSources(value: YamlNode, path: Path, sources: Array<MapNode>): void {
    const place = [...path, MERGE_KEY]
    for (const candidate of value.kind === "list" ? value.items : [value]) {
      if (candidate.kind !== "map") {
        this.report(candidate, place, describeNode(candidate), "a mapping or a list of mappings")
        continue
      }
      const isWithin = this.mergedKeys <= MAX_MERGED_KEYS
      // A mapping without keys is work, too.
      this.mergedKeys += candidate.pairs.size + 1
      if (this.mergedKeys <= MAX_MERGED_KEYS) sources.push(candidate)
      else if (isWithin) {
        const found = `more than ${MAX_MERGED_KEYS} keys that ${MERGE_KEY} copies, counted over the whole file`
        this.report(value, place, found, `at most ${MAX_MERGED_KEYS}`)
      }
    }
  }

  private sizeOf(nodes: ReadonlyArray<YamlNode>, path: Path, position: Position): number {
    const size = nodes.reduce((sum, node) => sum + node.size, 1)
    if (size <= MAX_NODES) return size
    this.report(position, path, `${size} values, with all aliases written out`, `at most ${MAX_NODES}`)
    return 1 // Reported once: what encloses it starts counting anew.
  }

  private report(position: Position, path: Path, found: string, allowed: string): void {
    this.faults.push({ line: position.line, column: position.column, key: formatPath(path), found, allowed })
  }
}

/** A mapping's own keys win over merged ones, and an earlier source over a later one. */
const mergeInto = (
  own: ReadonlyMap<string, MapPair>,
  sources: ReadonlyArray<MapNode>,
): ReadonlyMap<string, MapPair> => {
  const pairs = new Map(own)
  for (const source of sources) {
    for (const [key, pair] of source.pairs) if (!pairs.has(key)) pairs.set(key, pair)
  }
  return pairs
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
  // Keys are compared and merged below, with better words and positions than the library's.
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
 * Reads a text. The failures are what makes it no YAML, or else what cannot be resolved in it; the tree of an
 * empty text is `nothing`.
 */
export const parseYaml = (text: string): Result.Result<YamlNode, ReadonlyArray<Fault>> => {
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
  const builder = new TreeBuilder(read.positionOf)
  const tree = builder.build(document?.contents, [], WHOLE_FILE)
  return builder.faults.length > 0 ? Result.fail(builder.faults) : Result.succeed(tree)
}
