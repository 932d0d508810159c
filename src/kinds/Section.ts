/**
 * What a section of config.yaml is: a kind of source's own list, with the Schema of its items, the rules that no
 * Schema of single keys can state, and how an item becomes entries.
 *
 * Each kind has one in its folder. `config/ConfigSchema.ts` puts them into one Schema, `config/ConfigFile.ts` reads them all.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Address, AddressOf, Kind } from "../domain/Address.ts"
import type { NumberForm } from "./dynamodb/address.ts"
import type { EntryKey } from "../domain/Entry.ts"
import { decodeAt, faultAt } from "../config/yaml/decode.ts"
import type { Fault, Path } from "../config/yaml/ConfigInvalid.ts"
import {
  describe,
  isMapping,
  type YamlDocument,
  type YamlMapping,
  type YamlValue,
} from "../config/yaml/YamlDocument.ts"
import type { PolicyKeys } from "../config/fields/policies.ts"

/** What the sections need to know from elsewhere. */
export interface SectionContext {
  /** The function's region, for items that name none. */
  readonly region: string | undefined
  /** How numbers are written where a section does not say. */
  readonly numbers: NumberForm
}

/** An entry before its policy is settled. */
export interface Draft {
  /** What it is kept as, if not by its name. */
  readonly key?: EntryKey
  /** What functions ask for. */
  readonly name: string
  readonly address: Address
  /** The policy keys of its item. */
  readonly policy: PolicyKeys
  /** Where it is listed, for warnings. */
  readonly path: Path
}

/** What is wrong with an item. */
export interface ItemFault {
  /** From the item. What is missing there is at the place of the item. */
  readonly path: Path
  readonly found: string
  readonly allowed: string
}

/** An item as it is written, whatever is wrong with it. */
export interface WrittenItem {
  readonly values: YamlMapping
  /** From the top of the file. */
  readonly path: Path
  /** The line of the value at a key. */
  readonly lineOf: (key: string) => number
}

export interface Reading {
  readonly drafts: ReadonlyArray<Draft>
  readonly faults: ReadonlyArray<Fault>
}

/** A text of an item, and where it stands: from the item. */
export interface ListedText {
  readonly text: string
  readonly path: Path
}

/** The texts of an item's lists at some keys, whatever else may be wrong with them. */
export const listed = ({ values }: WrittenItem, ...keys: ReadonlyArray<string>): ReadonlyArray<ListedText> =>
  keys.flatMap((key) => {
    const list = values[key]
    if (!Array.isArray(list)) return []
    return list.flatMap((text: YamlValue, index) =>
      typeof text === "string" ? [{ text, path: [key, index] }] : [],
    )
  })

/**
 * Which version of a value a request asks for, by the keys that its kind has for that (`query`); nothing: what the entry
 * says, else what AWS serves by default.
 */
export type VersionSelector = Readonly<Partial<Record<string, string>>>

/** A version of something: where it is, and what it is kept as. */
export interface Version<K extends Kind = Kind> {
  readonly key: EntryKey
  readonly name: string
  readonly address: AddressOf<K>
}

export interface Section<K extends Kind> {
  /** The Schema of the whole section, for the file's. */
  readonly schema: Schema.Top
  /** Reads the section of a file that has one; a section that holds nothing is empty, as it was to the original. */
  readonly read: (document: YamlDocument, section: YamlValue, context: SectionContext) => Reading
  /** Where a name that is not listed would be, if its name is enough to know. */
  readonly addressOf: (name: string, context: SectionContext) => AddressOf<K> | undefined
  /** Why AWS cannot have what is at an address that is not listed; undefined where it may. */
  readonly faultOf: (address: AddressOf<K>) => string | undefined
  /** A name that says a version, in its parts; undefined for one that says none. */
  readonly splitName: (name: string) => readonly [name: string, selector: VersionSelector] | undefined
  /** Another version of what is at an address, by the selectors of the kind's `query`; undefined if there is none. */
  readonly versionOf: (address: AddressOf<K>, selector: VersionSelector) => Version<K> | undefined
}

const SECTION_ALLOWED = "a list, each item after a dash"

/** Makes a section of its parts. */
export const defineSection = <K extends Kind, Item>(parts: {
  /** The key of the section. */
  readonly kind: K
  readonly description: string
  readonly item: Schema.Codec<Item, unknown>
  /** The faults of an item that its Schema cannot state. Its keys may be missing or malformed. */
  readonly rules: (written: WrittenItem, context: SectionContext) => ReadonlyArray<ItemFault>
  /** The entries of an item that has no fault. `path` is where it stands in the file. */
  readonly drafts: (item: Item, path: Path, context: SectionContext) => ReadonlyArray<Draft>
  /** Default: a name is not enough. */
  readonly addressOf?: Section<K>["addressOf"]
  /** Default: nothing can be asked for without being listed. */
  readonly faultOf?: Section<K>["faultOf"]
  /** Default: no name says a version. */
  readonly splitName?: Section<K>["splitName"]
  /** Default: there is one version. Needed if the kind's `query` has selectors. */
  readonly versionOf?: Section<K>["versionOf"]
}): Section<K> => {
  const readItem = (
    document: YamlDocument,
    path: Path,
    value: YamlValue,
    context: SectionContext,
  ): Reading => {
    const decoded = decodeAt(parts.item, document, path, value)
    const lineOf = (key: string) => document.locate([...path, key]).value.line
    const broken = isMapping(value) ? parts.rules({ values: value, path, lineOf }, context) : []
    const faults = [
      ...(Result.isFailure(decoded) ? decoded.failure : []),
      ...broken.map(({ allowed, found, path: inner }) =>
        faultAt(document, [...path, ...inner], found, allowed),
      ),
    ]
    if (Result.isFailure(decoded) || faults.length > 0) return { drafts: [], faults }
    return { drafts: parts.drafts(decoded.success, path, context), faults }
  }

  return {
    addressOf: parts.addressOf ?? (() => undefined),
    faultOf: parts.faultOf ?? (() => undefined),
    splitName: parts.splitName ?? (() => undefined),
    versionOf: parts.versionOf ?? (() => undefined),
    schema: Schema.NullOr(
      Schema.Array(parts.item).annotate({ description: parts.description, expected: SECTION_ALLOWED }),
    ),
    read: (document, section, context) => {
      const path = [parts.kind]
      if (document.isNothing(path, section)) return { drafts: [], faults: [] }
      if (!Array.isArray(section))
        return { drafts: [], faults: [faultAt(document, path, describe(section), SECTION_ALLOWED)] }
      const readings = section.map((item: YamlValue, index) =>
        readItem(document, [...path, index], item, context),
      )
      return {
        drafts: readings.flatMap(({ drafts }) => drafts),
        faults: readings.flatMap(({ faults }) => faults),
      }
    },
  }
}
