/**
 * The tokens of a line of plain YAML: dashes, keys, and a scalar or a flow collection that ends on the line.
 *
 * `readPlain` makes a tree of them. A line with anything else is not plain. Pure.
 */
import { NULL_WORDS, type Position, type YamlValue } from "./YamlDocument.ts"

/** A value and its positions. */
export interface Node {
  readonly value: YamlValue
  readonly at: Position
  readonly children?: Children
}

/** The nodes of a list by index, or those of a mapping by key, with the positions of their keys. */
type Children = ReadonlyMap<string, { readonly key: Position; readonly node: Node }>

/** A part of a line. `at` is where it begins. */
export type Token = { readonly at: Position } & (
  | { readonly type: "dash"; readonly end: Position }
  | { readonly type: "key"; readonly key: string; readonly end: Position }
  | { readonly type: "value"; readonly node: Node }
)

const INDENT = / */y
const DASH = /-(?: +|$)/y
const KEY = /([A-Za-z_][\w-]{0,99}):(?: +|$)/y
/** A quoted scalar; in double quotes without escapes. */
const QUOTED = /'((?:[^']|'')*)'|"([^"\\]*)"/y
/** An unquoted scalar up to the end of its line: it begins with no indicator of YAML. */
const PLAIN = /(?:[\w./$(+=\\]|-(?=[\w.])).*/y
/** With the characters by which `expand.ts` replaces those of a variable. */
const FLOW_PLAIN = /[\w./$][\w./:@+=!$\uE000-\uE004-]*/y
const FLOW_KEY = /([A-Za-z_][\w-]{0,99}): +/y
const BLANKS = / */y
/** What may follow a value on its line. */
const REST = /(?: +(?:#.*)?)?$/y

/** A config.yaml needs five levels. */
export const MAX_DEPTH = 10

export const makeList = (at: Position, nodes: ReadonlyArray<Node>): Node => ({
  value: nodes.map(({ value }) => value),
  at,
  children: new Map(nodes.map((node, index) => [String(index), { key: node.at, node }])),
})

export const makeMapping = (at: Position, children: Children): Node => ({
  value: Object.fromEntries(Array.from(children, ([key, { node }]) => [key, node.value])),
  at,
  children,
})

/** Reads one line to tokens. `isPlain` becomes false when it meets something else. */
export class Line {
  isPlain = true
  private index = 0
  readonly text: string
  readonly number: number

  constructor(text: string, number: number) {
    this.text = text
    this.number = number
  }

  readTokens(): ReadonlyArray<Token> {
    const tokens: Array<Token> = []
    this.take(INDENT)
    for (;;) {
      const at = this.position()
      const [, key] = this.take(KEY) ?? []
      if (key !== undefined) tokens.push({ type: "key", key, at, end: this.position() })
      else if (this.take(DASH) !== undefined) tokens.push({ type: "dash", at, end: this.position() })
      else break
    }
    // A blank stands before a hash sign here.
    if (this.index < this.text.length && this.text[this.index] !== "#")
      tokens.push({ type: "value", at: this.position(), node: this.readValue() })
    return tokens
  }

  private readValue(): Node {
    const first = this.text[this.index]
    const node = first === "[" || first === "{" ? this.readFlow(1) : (this.readQuoted() ?? this.readPlain())
    return this.take(REST) === undefined ? this.refuse() : node
  }

  private readQuoted(): Node | undefined {
    const at = this.position()
    const [quoted, single, double] = this.take(QUOTED) ?? []
    if (quoted === undefined) return undefined
    return { value: single === undefined ? (double ?? "") : single.replaceAll("''", "'"), at }
  }

  private readPlain(): Node {
    const at = this.position()
    const [rest] = this.take(PLAIN) ?? []
    if (rest === undefined) return this.refuse()
    const comment = rest.indexOf(" #")
    // Only spaces are trimmed: there are no other blanks in the text.
    const value = (comment < 0 ? rest : rest.slice(0, comment)).trimEnd()
    return value.includes(": ") || value.endsWith(":") || NULL_WORDS.has(value)
      ? this.refuse()
      : { value, at }
  }

  private readFlow(depth: number): Node {
    const at = this.position()
    if (depth > MAX_DEPTH) return this.refuse()
    if (this.takeText("[")) {
      const nodes: Array<Node> = []
      this.take(BLANKS)
      if (this.takeText("]")) return makeList(at, nodes)
      do {
        this.take(BLANKS)
        nodes.push(this.readFlowValue(depth))
        this.take(BLANKS)
      } while (this.takeText(","))
      return this.takeText("]") ? makeList(at, nodes) : this.refuse()
    }
    this.takeText("{")
    const children = new Map<string, { key: Position; node: Node }>()
    this.take(BLANKS)
    if (this.takeText("}")) return makeMapping(at, children)
    do {
      this.take(BLANKS)
      const key = this.position()
      const [, name] = this.take(FLOW_KEY) ?? []
      if (name === undefined || children.has(name)) return this.refuse()
      children.set(name, { key, node: this.readFlowValue(depth) })
      this.take(BLANKS)
    } while (this.takeText(","))
    return this.takeText("}") ? makeMapping(at, children) : this.refuse()
  }

  private readFlowValue(depth: number): Node {
    const at = this.position()
    const first = this.text[this.index]
    if (first === "[" || first === "{") return this.readFlow(depth + 1)
    const quoted = this.readQuoted()
    if (quoted !== undefined) return quoted
    const [value] = this.take(FLOW_PLAIN) ?? []
    return value === undefined || value.endsWith(":") || NULL_WORDS.has(value) ? this.refuse() : { value, at }
  }

  private refuse(): Node {
    this.isPlain = false
    return { value: null, at: this.position() }
  }

  private position(): Position {
    return { line: this.number, column: this.index + 1 }
  }

  private take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.index
    const match = pattern.exec(this.text) ?? undefined
    if (match !== undefined) this.index = pattern.lastIndex
    return match
  }

  private takeText(text: string): boolean {
    const isNext = this.text.startsWith(text, this.index)
    if (isNext) this.index += text.length
    return isNext
  }
}
