/**
 * A section of config.yaml: the list of one kind of source, with the fields of its items, the rules that no single field
 * can express, and the conversion of items to entries.
 *
 * Each kind has one in its folder. `config/configFields.ts` combines their fields, `config/ConfigFile.ts` reads them all.
 */
import * as Result from "effect/Result"
import type { Address, AddressOf, Kind } from "../domain/Address.ts"
import type { NumberForm } from "./dynamodb/address.ts"
import type { EntryKey } from "../domain/Entry.ts"
import { decodeAt, faultAt } from "../config/fields/decode.ts"
import type { Decoded, Field, List } from "../config/fields/Field.ts"
import { list } from "../config/fields/fields.ts"
import type { Fault, Path } from "../config/yaml/ConfigInvalid.ts"
import {
  describe,
  isMapping,
  type YamlDocument,
  type YamlMapping,
  type YamlValue,
} from "../config/yaml/YamlDocument.ts"
import type { PolicyKeys } from "../config/fields/policies.ts"

/** What the sections need from the rest of the configuration. */
export interface SectionContext {
  /** The function's region, for items without one. */
  readonly region: string | undefined
  /** How numbers are written if a section does not say. */
  readonly numbers: NumberForm
}

/** An entry before its policy is resolved. */
export interface Draft {
  /** Its key, if that does not follow from its name. */
  readonly key?: EntryKey
  /** The name that functions request. */
  readonly name: string
  readonly address: Address
  /** The policy keys of its item. */
  readonly policy: PolicyKeys
  /** Where it is listed, for warnings. */
  readonly path: Path
}

/** A fault in an item. */
export interface ItemFault {
  /** Relative to the item. The fault of a missing key is at the item itself. */
  readonly path: Path
  readonly found: string
  readonly allowed: string
}

/** An item as written, whatever is wrong with it. */
export interface WrittenItem {
  readonly values: YamlMapping
  /** From the top level of the file. */
  readonly path: Path
  /** The line of the value at a key. */
  readonly lineOf: (key: string) => number
}

export interface Reading {
  readonly drafts: ReadonlyArray<Draft>
  readonly faults: ReadonlyArray<Fault>
}

/** A text in an item, and its path relative to the item. */
export interface ListedText {
  readonly text: string
  readonly path: Path
}

/** The texts in an item's lists at these keys, even if other parts of the item have faults. */
export const listed = ({ values }: WrittenItem, ...keys: ReadonlyArray<string>): ReadonlyArray<ListedText> =>
  keys.flatMap((key) => {
    const list = values[key]
    if (!Array.isArray(list)) return []
    return list.flatMap((text: YamlValue, index) =>
      typeof text === "string" ? [{ text, path: [key, index] }] : [],
    )
  })

/**
 * The version of a value that a request selects, by the keys of its kind's `query`. Empty: the entry's own version, or
 * AWS's default.
 */
export type VersionSelector = Readonly<Partial<Record<string, string>>>

/** A version of a value: its address and its cache key. */
export interface Version<K extends Kind = Kind> {
  readonly key: EntryKey
  readonly name: string
  readonly address: AddressOf<K>
}

/** What a request names in a collection. */
export interface Member<K extends Kind = Kind> extends Version<K> {
  /** Why the request cannot name anything there: shown after the name. Absent: it can. */
  readonly fault?: string
}

/** A declared collection: its name, and an address that stands for all of its values. */
export interface Collection<K extends Kind> {
  readonly name: string
  readonly address: AddressOf<K>
}

/**
 * Collections of values that need not be listed one by one: whoever knows the key of a value may ask for it. config.yaml
 * declares them at its top level, like a section.
 */
export interface Collections<K extends Kind> extends Pick<Section<K>, "field" | "read"> {
  /** The key in config.yaml. Each draft that `read` returns is a collection. */
  readonly key: string
  /** The value in a collection that a request names; undefined if it names none of this collection. */
  readonly memberOf: (
    collection: Collection<K>,
    name: string,
    selector: VersionSelector,
  ) => Member<K> | undefined
}

export interface Section<K extends Kind> {
  /** The whole section, as part of the file's fields. */
  readonly field: List<Field>
  /** Reads the section of a file that has one. A section without a value is empty, as in the Go sample. */
  readonly read: (document: YamlDocument, section: YamlValue, context: SectionContext) => Reading
  /** The address of an unlisted name, if the name alone determines it. */
  readonly addressOf: (name: string, context: SectionContext) => AddressOf<K> | undefined
  /** Why AWS cannot have a value at an unlisted address; undefined if it may. */
  readonly faultOf: (address: AddressOf<K>) => string | undefined
  /** Splits a name that includes a version; undefined if it does not. */
  readonly splitName: (name: string) => readonly [name: string, selector: VersionSelector] | undefined
  /** Another version of the value at an address, by the selectors of the kind's `query`; undefined if there is none. */
  readonly versionOf: (address: AddressOf<K>, selector: VersionSelector) => Version<K> | undefined
  /** Absent for a kind without them. */
  readonly collections?: Collections<K>
}

const SECTION_ALLOWED = "a list, each item after a dash"

interface ListParts<Item extends Field> {
  readonly description: string
  readonly item: Item
  /** The faults of an item that no single field can express. Its keys may be missing or malformed. */
  readonly rules: (written: WrittenItem, context: SectionContext) => ReadonlyArray<ItemFault>
  /** The entries of an item without faults. `path` is its place in the file. */
  readonly drafts: (item: Decoded<Item>, path: Path, context: SectionContext) => ReadonlyArray<Draft>
}

/** A list at the top level of the file, at `key`. */
export const defineList = <Item extends Field>(
  key: string,
  parts: ListParts<Item>,
): Pick<Section<Kind>, "field" | "read"> => {
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
    field: list(parts.item, parts.description, SECTION_ALLOWED),
    read: (document, section, context) => {
      const path = [key]
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

/** Builds a section from its parts. */
export const defineSection = <K extends Kind, Item extends Field>(
  parts: ListParts<Item> & {
    /** The key of the section. */
    readonly kind: K
    /** Default: a name alone determines no address. */
    readonly addressOf?: Section<K>["addressOf"]
    /** Default: only listed names can be requested. */
    readonly faultOf?: Section<K>["faultOf"]
    /** Default: no name includes a version. */
    readonly splitName?: Section<K>["splitName"]
    /** Default: there are no other versions. Required if the kind's `query` has selectors of versions. */
    readonly versionOf?: Section<K>["versionOf"]
    /** Default: there are none. */
    readonly collections?: Collections<K>
  },
): Section<K> => ({
  addressOf: parts.addressOf ?? (() => undefined),
  faultOf: parts.faultOf ?? (() => undefined),
  splitName: parts.splitName ?? (() => undefined),
  versionOf: parts.versionOf ?? (() => undefined),
  ...(parts.collections === undefined ? {} : { collections: parts.collections }),
  ...defineList(parts.kind, parts),
})
