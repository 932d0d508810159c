/**
 * The tree that config.yaml is read into: it remembers where everything stands, and every scalar in it is the
 * text that was written.
 *
 * `parseYaml` grows it, `ConfigFile` checks it against the Schema, the sections' rules look into it.
 */
import { cut, quoteText } from "./ConfigInvalid.ts"

export interface Position {
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number
}

interface Located extends Position {
  /** How many nodes there are in it when each alias is written out. */
  readonly size: number
}

/** A scalar. `isPlain` tells unquoted text, which a section reads as nothing when it is `null` or `~`. */
export interface TextNode extends Located {
  readonly kind: "text"
  readonly text: string
  readonly isPlain: boolean
}
/** Nothing at all after a key or a dash. */
export interface NothingNode extends Located {
  readonly kind: "nothing"
}
export interface ListNode extends Located {
  readonly kind: "list"
  readonly items: ReadonlyArray<YamlNode>
}
export interface MapNode extends Located {
  readonly kind: "map"
  readonly pairs: ReadonlyMap<string, MapPair>
}
export interface MapPair {
  /** Where the key stands. */
  readonly key: Position
  readonly value: YamlNode
}

export type YamlNode = TextNode | NothingNode | ListNode | MapNode

/** Keys and indices from the top of the file. */
export type Path = ReadonlyArray<PropertyKey>

/** Keys that need no quotes in a message. */
const PLAIN_KEY = /^[\w<-]+$/

const formatKey = (key: string): string => (PLAIN_KEY.test(key) ? cut(key) : quoteText(key))

/** `parameters`, `parameters[0]`, `parameters[0].names`: how messages name a place. */
export const formatPath = (path: Path): string => {
  const join = (before: string, part: PropertyKey): string => {
    if (typeof part === "number") return `${before}[${part}]`
    return before === "" ? formatKey(String(part)) : `${before}.${formatKey(String(part))}`
  }
  return path.reduce(join, "") || "the file"
}

/** What a message says was found at a node. */
export const describeNode = (node: YamlNode): string => {
  switch (node.kind) {
    case "text":
      return quoteText(node.text)
    case "nothing":
      return "nothing"
    case "list":
      return "a list"
    case "map":
      return "a mapping"
  }
}

/** The tree as plain values: texts, arrays, records, and null for nothing. */
export const toPlain = (node: YamlNode): unknown => {
  switch (node.kind) {
    case "text":
      return node.text
    case "nothing":
      return null
    case "list":
      return node.items.map(toPlain)
    case "map":
      return Object.fromEntries(Array.from(node.pairs, ([key, { value }]) => [key, toPlain(value)]))
  }
}

/** YAML's words for nothing, in their unquoted form (https://yaml.org/spec/1.2.2/#10211-null). */
const NOTHING_WORDS: ReadonlySet<string> = new Set(["~", "null", "Null", "NULL"])

/**
 * Whether a node holds nothing where a list or a mapping belongs. Where a text belongs, `~` and `null` are texts.
 */
export const isNothing = (node: YamlNode): boolean =>
  node.kind === "nothing" || (node.kind === "text" && node.isPlain && NOTHING_WORDS.has(node.text))
