/**
 * A document of the package `yaml`: its values and their positions. `parseYaml` makes it.
 *
 * Anchors, aliases and merge keys (`<<`, https://yaml.org/type/merge.html) are resolved here. The value of an alias is
 * shared, not copied, but counted each time, so that a few lines cannot grow into millions of values. Positions come from
 * the library's nodes when a message needs one.
 */
import * as Result from "effect/Result"
import * as Yaml from "yaml"
import { cut, type Fault, formatPath, type Path } from "./ConfigInvalid.ts"
import {
  describe,
  NULL_WORDS,
  type Place,
  type Position,
  type YamlDocument,
  type YamlValue,
} from "./YamlDocument.ts"

/** How many values the file may have, with aliases written out. A list of 10,000 names has as many. */
const MAX_VALUES = 200_000
/** How many keys all merge keys may copy in total. Each copy takes time, even if the key exists already. */
const MAX_MERGED_KEYS = 200_000

const MERGE_KEY = "<<"
const ALLOWED_TAGS: ReadonlySet<string | undefined> = new Set([
  undefined,
  "tag:yaml.org,2002:str",
  "tag:yaml.org,2002:seq",
  "tag:yaml.org,2002:map",
])

/** A value and its number of values, with aliases written out. */
interface Counted {
  readonly value: YamlValue
  readonly size: number
}

const NOTHING: Counted = { value: null, size: 1 }

/** An entry of a mapping. Offsets count from the beginning of the text that the library parsed. */
interface Entry {
  readonly keyOffset: number
  readonly node: unknown
  readonly counted: Counted
}

type Entries = ReadonlyMap<string, Entry>

const startOffset = (node: unknown, otherwise: number): number =>
  Yaml.isNode(node) ? (node.range?.[0] ?? otherwise) : otherwise

const isPlain = (node: unknown): boolean =>
  Yaml.isScalar(node) && (node.type === undefined || node.type === "PLAIN")

export class LibraryDocument implements YamlDocument {
  readonly value: YamlValue
  private readonly root: unknown
  private readonly toPosition: (offset: number) => Position
  private readonly faults: Array<Fault> = []
  private readonly anchors = new Map<string, Yaml.Node>()
  private readonly targets = new Map<Yaml.Alias, Yaml.Node>()
  private readonly counted = new Map<Yaml.Node, Counted>()
  private readonly entries = new Map<Yaml.Node, Entries>()
  private mergedKeys = 0

  private constructor(root: unknown, toPosition: (offset: number) => Position) {
    this.root = root
    this.toPosition = toPosition
    this.value = this.read(root, [], 0).value
  }

  /** Reads a node of the library and everything below it. `toPosition` maps an offset to a position in the file. */
  static make(
    root: unknown,
    toPosition: (offset: number) => Position,
  ): Result.Result<LibraryDocument, ReadonlyArray<Fault>> {
    const document = new LibraryDocument(root, toPosition)
    return document.faults.length > 0 ? Result.fail(document.faults) : Result.succeed(document)
  }

  locate(path: Path): Place {
    const { keyOffset, offset } = this.find(path)
    return { key: this.toPosition(keyOffset), value: this.toPosition(offset) }
  }

  isNothing(path: Path, value: YamlValue): boolean {
    return value === null || (NULL_WORDS.has(value) && isPlain(this.find(path).node))
  }

  private find(path: Path) {
    let found = { keyOffset: startOffset(this.root, 0), offset: startOffset(this.root, 0), node: this.root }
    for (const part of path) {
      const node = this.target(found.node)
      if (Yaml.isSeq(node)) {
        if (!(Number(part) in node.items)) return found
        const item = this.target(node.items[Number(part)])
        const offset = startOffset(item, found.offset)
        found = { keyOffset: offset, offset, node: item }
      } else {
        const entry = Yaml.isNode(node) ? this.entries.get(node)?.get(String(part)) : undefined
        if (entry === undefined) return found
        const value = this.target(entry.node)
        found = { keyOffset: entry.keyOffset, offset: startOffset(value, entry.keyOffset), node: value }
      }
    }
    return found
  }

  private target(node: unknown): unknown {
    return Yaml.isAlias(node) ? (this.targets.get(node) ?? node) : node
  }

  private read(node: unknown, path: Path, around: number): Counted {
    if (!Yaml.isNode(node)) return NOTHING
    const offset = startOffset(node, around)
    if (Yaml.isAlias(node)) return this.readAlias(node, path, offset)
    if (node.anchor !== undefined) this.anchors.set(node.anchor, node)
    if (!ALLOWED_TAGS.has(node.tag)) {
      const found = `the tag ${cut(String(node.tag))}`
      this.report(offset, path, found, "no tag: every value is read as it is written")
    }
    const counted = this.readContent(node, path, offset)
    this.counted.set(node, counted)
    return counted
  }

  private readContent(node: Yaml.Node, path: Path, offset: number): Counted {
    if (Yaml.isSeq(node)) return this.readList(node, path, offset)
    if (Yaml.isMap(node)) return this.readMapping(node, path, offset)
    const text = Yaml.isScalar(node) ? String(node.value ?? "") : ""
    return text === "" && isPlain(node) ? NOTHING : { value: text, size: 1 }
  }

  private readAlias(alias: Yaml.Alias, path: Path, offset: number): Counted {
    const anchored = this.anchors.get(alias.source)
    const counted = anchored === undefined ? undefined : this.counted.get(anchored)
    if (anchored !== undefined && counted !== undefined) {
      this.targets.set(alias, anchored)
      return counted
    }
    const name = cut(`*${alias.source}`)
    if (anchored === undefined) {
      this.report(offset, path, name, `an alias of an anchor that stands before it (&${cut(alias.source)})`)
    } else {
      const found = `${name}, which contains itself`
      this.report(offset, path, found, "an alias that stands outside of its anchor")
    }
    return NOTHING
  }

  private readList(list: Yaml.YAMLSeq, path: Path, offset: number): Counted {
    const items = list.items.map((item, index) => this.read(item, [...path, index], offset))
    return { value: items.map(({ value }) => value), size: this.countValues(items, path, offset) }
  }

  private readMapping(mapping: Yaml.YAMLMap, path: Path, offset: number): Counted {
    const entries = new Map<string, Entry>()
    const sources: Array<Entries> = []
    for (const { key: keyNode, value: node } of mapping.items) {
      const key = this.read(keyNode, path, offset).value
      const keyOffset = startOffset(this.target(keyNode), offset)
      if (typeof key !== "string") {
        this.report(keyOffset, path, `${describe(key)} as a key`, "a text as a key")
        continue
      }
      const place = [...path, key]
      const counted = this.read(node, place, keyOffset)
      const first = entries.get(key)
      if (key === MERGE_KEY && isPlain(this.target(keyNode))) this.merge(node, place, keyOffset, sources)
      else if (first === undefined) entries.set(key, { keyOffset, node, counted })
      else {
        const { line } = this.toPosition(first.keyOffset)
        this.report(keyOffset, place, `the key a second time (first in line ${line})`, "each key once")
      }
    }
    // A mapping's own keys win over merged ones, and an earlier source over a later one.
    for (const source of sources) {
      for (const [key, entry] of source) if (!entries.has(key)) entries.set(key, entry)
    }
    this.entries.set(mapping, entries)
    const values = Array.from(entries, ([key, { counted }]) => [key, counted.value] as const)
    const all = Array.from(entries.values(), ({ counted }) => counted)
    return { value: Object.fromEntries(values), size: this.countValues(all, path, offset) }
  }

  /** Adds the mappings of a merge key to `sources`, as long as all merge keys of the file together are within their bound. */
  private merge(node: unknown, path: Path, keyOffset: number, sources: Array<Entries>): void {
    const merged = this.target(node)
    const at = startOffset(merged, keyOffset)
    for (const each of Yaml.isSeq(merged) ? merged.items : [merged]) {
      const candidate = this.target(each)
      const source = Yaml.isNode(candidate) ? this.entries.get(candidate) : undefined
      if (source === undefined) {
        const found = describe(Yaml.isNode(candidate) ? this.counted.get(candidate)?.value : null)
        this.report(startOffset(candidate, at), path, found, "a mapping or a list of mappings")
        continue
      }
      const isWithin = this.mergedKeys <= MAX_MERGED_KEYS
      // An empty mapping takes time, too.
      this.mergedKeys += source.size + 1
      if (this.mergedKeys <= MAX_MERGED_KEYS) sources.push(source)
      else if (isWithin) {
        const found = `more than ${MAX_MERGED_KEYS} keys that ${MERGE_KEY} copies, counted over the whole file`
        this.report(at, path, found, `at most ${MAX_MERGED_KEYS}`)
      }
    }
  }

  private countValues(parts: ReadonlyArray<Counted>, path: Path, offset: number): number {
    const size = parts.reduce((sum, part) => sum + part.size, 1)
    if (size <= MAX_VALUES) return size
    this.report(offset, path, `${size} values, with all aliases written out`, `at most ${MAX_VALUES}`)
    return 1 // Counted as one value from here on, so that it is reported only once.
  }

  private report(offset: number, path: Path, found: string, allowed: string): void {
    this.faults.push({ ...this.toPosition(offset), key: formatPath(path), found, allowed })
  }
}
