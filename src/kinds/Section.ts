/**
 * What a section of config.yaml is: a kind of source's own list, with the Schema of its items, the rules that no
 * Schema of single keys can state, and how an item becomes entries.
 *
 * Each kind has one in its folder. `config/Sections.ts` puts them into one file, `config/ConfigFile.ts` reads them all alike.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Address, AddressOf, Kind } from "../domain/Address.ts"
import type { NumberForm } from "./dynamodb/address.ts"
import type { EntryKey } from "../domain/Entry.ts"
import type { Fault } from "../config/yaml/ConfigInvalid.ts"
import { decodeNode, faultAt } from "../config/yaml/decodeNode.ts"
import {
  describeNode,
  isNothing,
  type MapNode,
  type Path,
  type Position,
  type YamlNode,
} from "../config/yaml/YamlTree.ts"
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
  readonly at: Position
}

/** One item of a section, in its place. */
export interface Place {
  readonly node: MapNode
  readonly path: Path
}

export interface Reading {
  readonly drafts: ReadonlyArray<Draft>
  readonly faults: ReadonlyArray<Fault>
}

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
  /** Reads the section that stands at its key; one that holds nothing is empty, as it was to the original. */
  readonly read: (node: YamlNode, context: SectionContext) => Reading
  /** Where a name that is not listed would be, if its name is enough to know. */
  readonly addressOf: (name: string, context: SectionContext) => AddressOf<K> | undefined
  /** Why AWS cannot have what is at an address that is not listed; undefined where it may. */
  readonly faultOf: (address: AddressOf<K>) => string | undefined
  /** A name that says a version, in its parts; undefined for one that says none. */
  readonly splitName: (name: string) => readonly [name: string, selector: VersionSelector] | undefined
  /** Another version of what is at an address; undefined where there is no such selector, or one already. */
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
  readonly rules: (place: Place, context: SectionContext) => ReadonlyArray<Fault>
  /** The entries of an item that has no fault. */
  readonly drafts: (item: Item, place: Place, context: SectionContext) => ReadonlyArray<Draft>
  /** Default: a name is not enough. */
  readonly addressOf?: Section<K>["addressOf"]
  /** Default: nothing can be asked for without being listed. */
  readonly faultOf?: Section<K>["faultOf"]
  /** Default: no name says a version. */
  readonly splitName?: Section<K>["splitName"]
  /** Default: there is one version. */
  readonly versionOf?: Section<K>["versionOf"]
}): Section<K> => {
  const readItem = (node: YamlNode, path: Path, context: SectionContext): Reading => {
    const decoded = decodeNode(parts.item, node, path)
    const place = node.kind === "map" ? { node, path } : undefined
    const faults = [
      ...(Result.isFailure(decoded) ? decoded.failure : []),
      ...(place === undefined ? [] : parts.rules(place, context)),
    ]
    const isSound = Result.isSuccess(decoded) && place !== undefined && faults.length === 0
    return { drafts: isSound ? parts.drafts(decoded.success, place, context) : [], faults }
  }

  return {
    addressOf: parts.addressOf ?? (() => undefined),
    faultOf: parts.faultOf ?? (() => undefined),
    splitName: parts.splitName ?? (() => undefined),
    versionOf: parts.versionOf ?? (() => undefined),
    schema: Schema.NullOr(
      Schema.Array(parts.item).annotate({ description: parts.description, expected: SECTION_ALLOWED }),
    ),
    read: (node, context) => {
      if (isNothing(node)) return { drafts: [], faults: [] }
      if (node.kind !== "list") {
        return { drafts: [], faults: [faultAt(node, [parts.kind], describeNode(node), SECTION_ALLOWED)] }
      }
      const readings = node.items.map((item, index) => readItem(item, [parts.kind, index], context))
      return {
        drafts: readings.flatMap(({ drafts }) => drafts),
        faults: readings.flatMap(({ faults }) => faults),
      }
    },
  }
}
