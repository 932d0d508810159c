/**
 * Joins config.yaml with the file that its key `include` names, to one document: sections of both, and keys of config.yaml
 * before those of the other. Places in the second file keep its name, so that faults show where they are.
 *
 * `readDocument` imports this only for a file with the key.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { COLLECTIONS, KINDS } from "../kinds/kinds.ts"
import { INCLUDE_KEY, NULLABLE_KEYS } from "./configFields.ts"
import { faultAt } from "./fields/decode.ts"
import type { ConfigContext } from "./ConfigFile.ts"
import type { FileRead } from "./readConfigFile.ts"
import { type ReadDocument, textOf } from "./readDocument.ts"
import { type ConfigInvalid, type Fault, type Path, quoteText } from "./yaml/ConfigInvalid.ts"
import {
  describe,
  isMapping,
  type YamlDocument,
  type YamlMapping,
  type YamlValue,
} from "./yaml/YamlDocument.ts"

/** Keys whose mappings are joined key by key. */
const JOINED: ReadonlySet<string> = new Set([...NULLABLE_KEYS, "shared"])
const SECTIONS: ReadonlySet<string> = new Set([...KINDS, ...COLLECTIONS.keys()])

/** The path of a file that another one names: absolute, or from a folder. */
export const pathFrom = (folder: string, named: string): string => {
  if (named.startsWith("/") || folder === "") return named
  return `${folder.replace(/\/$/, "")}/${named.replace(/^(?:\.\/)+/, "")}`
}

/** The folder of a file, as its path has it. */
export const folderOf = (file: string): string => file.slice(0, file.lastIndexOf("/") + 1)

/** The document with the faults of an included file that could not be read. They are about the key. */
const withUnreadable = (own: YamlDocument, file: string, { faults }: ConfigInvalid): YamlDocument =>
  withFaults(
    own,
    faults.map(({ found }) =>
      faultAt(
        own,
        [INCLUDE_KEY],
        `${quoteText(file)} (${found})`,
        "the path of a second file, from the folder of this one",
      ),
    ),
  )

/** The document with the syntax faults of an included file. */
const withInvalid = (own: YamlDocument, file: string, { faults }: ConfigInvalid): YamlDocument =>
  withFaults(
    own,
    faults.map((fault) => Object.assign({}, fault, { file })),
  )

const withFaults = (own: YamlDocument, faults: ReadonlyArray<Fault>): YamlDocument => ({
  value: own.value,
  locate: (path) => own.locate(path),
  isNothing: (path, value) => own.isNothing(path, value),
  writtenAt: (path) => own.writtenAt?.(path),
  textFaults: [...(own.textFaults ?? []), ...faults],
})

/** The top level of a document; a document that is no mapping has none. */
const rootOf = (document: YamlDocument): YamlMapping => (isMapping(document.value) ? document.value : {})

/** A document that belongs to a file, with its top level. */
interface Part {
  readonly document: YamlDocument
  readonly root: YamlMapping
}

const has = ({ root }: Part, key: PropertyKey): boolean => Object.hasOwn(root, key)

/** The value of a key; an empty section is an empty list, other empty keys are empty mappings. */
const filled = ({ document, root }: Part, key: string): YamlValue => {
  const value = root[key] ?? null
  if (!document.isNothing([key], value)) return value
  return SECTIONS.has(key) ? [] : {}
}

const joinedValue = (own: Part, other: Part, key: string): YamlValue => {
  const [first, second] = [filled(own, key), filled(other, key)]
  if (SECTIONS.has(key) && Array.isArray(first) && Array.isArray(second)) return [...first, ...second]
  if (JOINED.has(key) && isMapping(first) && isMapping(second)) return { ...second, ...first }
  return own.root[key] ?? null
}

const wrongRoot = (other: YamlDocument): ReadonlyArray<Fault> => {
  const { value } = other
  if (isMapping(value))
    return Object.hasOwn(value, INCLUDE_KEY)
      ? [
          faultAt(
            other,
            [INCLUDE_KEY],
            "the key in an included file",
            "the key in config.yaml alone, which includes one file",
          ),
        ]
      : []
  return other.isNothing([], value)
    ? []
    : [faultAt(other, [], describe(value), "a mapping, as in config.yaml")]
}

/** The document of both files. `file` is the second one. */
export const join = (ownDocument: YamlDocument, otherDocument: YamlDocument, file: string): YamlDocument => {
  const own: Part = { document: ownDocument, root: rootOf(ownDocument) }
  const other: Part = { document: otherDocument, root: rootOf(otherDocument) }

  const keys = new Set([...Object.keys(own.root), ...Object.keys(other.root)])
  const value = Object.fromEntries(
    Array.from(keys, (key) => {
      if (key === INCLUDE_KEY || !has(other, key)) return [key, own.root[key] ?? null]
      return [key, has(own, key) ? joinedValue(own, other, key) : (other.root[key] ?? null)]
    }),
  )

  /** The path in the second file, if that is where a path of the joined document leads. */
  const otherPath = (path: Path): Path | undefined => {
    const [key, inner, ...rest] = path
    if (key === undefined || key === INCLUDE_KEY || !has(other, key)) return undefined
    if (!has(own, key)) return path
    const mine = filled(own, String(key))
    const theirs = filled(other, String(key))
    if (typeof inner === "number" && Array.isArray(mine) && Array.isArray(theirs))
      return inner >= mine.length ? [key, inner - mine.length, ...rest] : undefined
    const isJoined = JOINED.has(String(key)) && inner !== undefined && isMapping(mine) && isMapping(theirs)
    return isJoined && !Object.hasOwn(mine, inner) && Object.hasOwn(theirs, inner) ? path : undefined
  }

  const ofOther = (fault: Fault): Fault => ({ ...fault, file })

  return {
    value,
    locate: (path) => {
      const inner = otherPath(path)
      return inner === undefined
        ? ownDocument.locate(path)
        : { ...otherDocument.locate(inner), file, path: inner }
    },
    isNothing: (path, found) => {
      const inner = otherPath(path)
      return inner === undefined ? ownDocument.isNothing(path, found) : otherDocument.isNothing(inner, found)
    },
    writtenAt: (path) => {
      const inner = otherPath(path)
      return inner === undefined ? ownDocument.writtenAt?.(path) : otherDocument.writtenAt?.(inner)
    },
    textFaults: [
      ...(ownDocument.textFaults ?? []),
      ...(otherDocument.textFaults ?? []).map(ofOther),
      ...wrongRoot(otherDocument).map(ofOther),
    ],
  }
}

const NO_FILE: FileRead = { _tag: "Unreadable", cause: { code: "ENOENT" } }

/** The document together with that of the file that it includes, or with what is wrong with that file. */
export const withIncluded = Effect.fnUntraced(function* (
  own: YamlDocument,
  named: string,
  { folder, readFile, ...context }: ConfigContext,
  readDocument: ReadDocument,
) {
  const file = pathFrom(folder ?? folderOf(context.file), named)
  const found = readFile === undefined ? NO_FILE : yield* readFile(file)
  const text = yield* Effect.result(textOf(file, found))
  if (Result.isFailure(text)) return withUnreadable(own, file, text.failure)
  const other = yield* Effect.result(readDocument(text.success, { ...context, file }))
  return Result.isFailure(other) ? withInvalid(own, file, other.failure) : join(own, other.success, file)
})
