/**
 * Reads the plain YAML that most files of config.yaml use, without the package `yaml`, which takes longer to load than a
 * file takes to read: block lists and mappings, scalars and flow collections of one line, comments.
 *
 * For everything else it returns undefined, and `parseYaml` decides: anchors, tags, escapes, scalars of several lines,
 * odd indentation, every fault of syntax. Whatever it reads, `parseYaml` reads the same, positions included
 * (test/config/yaml/readPlain.test.ts). Pure.
 */
import type { Path } from "./ConfigInvalid.ts"
import { Line, makeList, makeMapping, MAX_DEPTH, type Node, type Token } from "./plainLine.ts"
import { type Place, type Position, SHORT_TEXT, type YamlDocument } from "./YamlDocument.ts"

const START: Position = { line: 1, column: 1 }

const EMPTY_LINE = /^ *(?:#.*)?$/

/** Control characters and blanks other than the space and the line feed. */
const FOREIGN = /[^\n -~\u00a0-\uffff]|[^\S\n ]/

/** Begins a document; needed only before a second one. */
const DOCUMENT_MARK = "---"

/** Reads the tokens of all lines to a tree. `isPlain` becomes false when it meets something else. */
class Tree {
  isPlain = true
  private readonly tokens: ReadonlyArray<Token>
  private index = 0

  constructor(tokens: ReadonlyArray<Token>) {
    this.tokens = tokens
  }

  read(): Node {
    const root = this.readBlock(1)
    return this.index === this.tokens.length ? root : this.refuse(root.at)
  }

  /** Reads the list or mapping that begins with the next token. */
  private readBlock(depth: number): Node {
    const first = this.tokens[this.index]
    if (first === undefined || first.type === "value" || depth > MAX_DEPTH) return this.refuse(START)
    return first.type === "dash" ? this.readList(first.at, depth) : this.readMapping(first.at, depth)
  }

  private readList(at: Position, depth: number): Node {
    const nodes: Array<Node> = []
    for (let dash = this.next("dash", at); dash !== undefined; dash = this.next("dash", at)) {
      const token = this.tokens[this.index]
      const isEmpty = token === undefined || (token.at.line > dash.at.line && token.at.column <= at.column)
      if (isEmpty) nodes.push({ value: null, at: dash.end })
      else nodes.push(this.valueOnLine(dash.at) ?? this.readBlock(depth + 1))
    }
    return makeList(at, nodes)
  }

  private readMapping(at: Position, depth: number): Node {
    const children = new Map<string, { key: Position; node: Node }>()
    for (let key = this.next("key", at); key !== undefined; key = this.next("key", at)) {
      if (children.has(key.key)) return this.refuse(at)
      children.set(key.key, { key: key.at, node: this.readValue(key, depth) })
    }
    return makeMapping(at, children)
  }

  private readValue(key: Token & { readonly type: "key" }, depth: number): Node {
    const value = this.valueOnLine(key.at)
    const token = this.tokens[this.index]
    if (value !== undefined) return value
    if (token === undefined) return { value: null, at: key.end }
    if (token.at.line === key.at.line) return this.refuse(key.at)
    // The dashes of a list may stand in the column of its key.
    const isInside = token.at.column > key.at.column
    const isList = token.type === "dash" && token.at.column === key.at.column
    return isInside || isList ? this.readBlock(depth + 1) : { value: null, at: key.end }
  }

  /** Takes the next token if it is a value on the line of a dash or key. */
  private valueOnLine({ line }: Position): Node | undefined {
    const token = this.tokens[this.index]
    if (token?.type !== "value" || token.at.line !== line) return undefined
    this.index += 1
    return token.node
  }

  /** Takes the next token if it continues the list or mapping in this column. */
  private next<Type extends Token["type"]>(
    type: Type,
    { column }: Position,
  ): (Token & { readonly type: Type }) | undefined {
    const token = this.tokens[this.index]
    if (token === undefined || !isOfType(token, type) || token.at.column !== column) return undefined
    this.index += 1
    return token
  }

  private refuse(at: Position): Node {
    this.isPlain = false
    return { value: null, at }
  }
}

const isOfType = <Type extends Token["type"]>(
  token: Token,
  type: Type,
): token is Token & { readonly type: Type } => token.type === type

const makeDocument = (root: Node): YamlDocument => ({
  value: root.value,
  locate: (path) => {
    let place: Place = { key: root.at, value: root.at }
    let children = root.children
    for (const part of path) {
      const child = children?.get(String(part))
      if (child === undefined) break
      place = { key: child.key, value: child.node.at }
      children = child.node.children
    }
    return place
  },
  // An unquoted `null` or `~` is left to `parseYaml`.
  isNothing: (_path: Path, value) => value === null,
})

/** The document of a text; undefined for a text that only `parseYaml` can read. */
export const readPlain = (text: string): YamlDocument | undefined => {
  const written = text.replaceAll("\r\n", "\n")
  if (written.length > SHORT_TEXT || FOREIGN.test(written)) return undefined
  const tokens: Array<Token> = []
  let isMarked = false
  for (const [index, line] of written.split("\n").entries()) {
    if (EMPTY_LINE.test(line)) continue
    if (line === DOCUMENT_MARK && tokens.length === 0 && !isMarked) {
      isMarked = true
      continue
    }
    const reader = new Line(line, index + 1)
    for (const token of reader.readTokens()) tokens.push(token)
    if (!reader.isPlain) return undefined
  }
  if (tokens.length === 0) return makeDocument({ value: null, at: START })
  const tree = new Tree(tokens)
  const root = tree.read()
  return tree.isPlain ? makeDocument(root) : undefined
}
