/**
 * A YAML document: its value, and the positions of everything in it for messages. Every scalar is the text that was written:
 * `007`, `1.50`, `0x10`, `true`, `2020-01-01`, `null` and `~` are texts, as in the Go sample.
 *
 * `readPlain` and `parseYaml` make documents: the first reads the YAML that most files use, the second reads all of it.
 */
import * as Predicate from "effect/Predicate"
import { type Fault, type Path, quoteText } from "./ConfigInvalid.ts"

export interface Position {
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number
}

/** The positions of a key (of an item: the item itself) and its value. */
export interface Place {
  readonly key: Position
  readonly value: Position
  /** The file, and the path in it, if that is an included one. */
  readonly file?: string
  readonly path?: Path
}

/** A text, a list, a mapping, or null if nothing follows a key or a dash. */
export type YamlValue = string | null | ReadonlyArray<YamlValue> | YamlMapping
export interface YamlMapping {
  readonly [key: string]: YamlValue
}

export interface YamlDocument {
  readonly value: YamlValue
  /** The position of the value at a path, or of the nearest existing one around it. Values behind an alias are at its anchor. */
  readonly locate: (path: Path) => Place
  /**
   * Whether there is no value at a path where a list or a mapping belongs: none at all, or an unquoted `null` or `~`. Where
   * a text belongs, those are texts.
   */
  readonly isNothing: (path: Path, value: YamlValue) => boolean
  /** The text as written at a path, if variables in it have been replaced. */
  readonly writtenAt?: (path: Path) => string | undefined
  /** What was wrong with its variables, or with the file that it includes. */
  readonly textFaults?: ReadonlyArray<Fault>
}

export const isMapping = (value: unknown): value is YamlMapping => Predicate.isObject(value)

/** The value at a path inside a value. */
export const valueAt = (value: YamlValue | undefined, [part, ...rest]: Path): YamlValue | undefined => {
  if (part === undefined) return value
  if (isMapping(value)) return Object.hasOwn(value, part) ? valueAt(value[String(part)], rest) : undefined
  return Array.isArray(value) ? valueAt(value[Number(part)], rest) : undefined
}

/** YAML's words for nothing, in their unquoted form (https://yaml.org/spec/1.2.2/#10211-null). */
export const NULL_WORDS: ReadonlySet<unknown> = new Set(["~", "null", "Null", "NULL"])

/** A shorter text has fewer tokens and values than `parseYaml` and `LibraryDocument` allow. In UTF-16 code units. */
export const SHORT_TEXT = 100_000

/** Describes a value for a message. */
export const describe = (value: YamlValue | undefined): string => {
  if (typeof value === "string") return quoteText(value)
  if (value === null || value === undefined) return "nothing"
  return isMapping(value) ? "a mapping" : "a list"
}
