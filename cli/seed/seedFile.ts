/**
 * Reads a seed file: what local AWS holds at the start, in YAML or JSON. `seedFields.ts` has its keys, and this file the rules
 * that concern several of them. `seed.ts` puts a seed into local AWS.
 */
import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { parse } from "yaml"
import { inOrderOfLines } from "../../src/config/ConfigFile.ts"
import { decodeAt, faultAt } from "../../src/config/fields/decode.ts"
import { BASE64 } from "../../src/config/fields/grammar.ts"
import { ConfigInvalid, type Fault, type Path } from "../../src/config/yaml/ConfigInvalid.ts"
import { parseYaml } from "../../src/config/yaml/parseYaml.ts"
import { describe, isMapping, type YamlDocument } from "../../src/config/yaml/YamlDocument.ts"
import type { Seed } from "../../local/aws/seed.ts"
import { toAttribute } from "../../local/aws/seedItems.ts"
import { SeedFile } from "./seedFields.ts"

type Secret = NonNullable<Seed["secrets"]>[number]
type Configuration = NonNullable<Seed["appconfig"]>[number]
type StoredObject = NonNullable<Seed["objects"]>[number]
type Table = NonNullable<Seed["tables"]>[number]
type Item = NonNullable<Table["items"]>[number]

/** An entry has its content in exactly one of these keys. */
const contentFaults = (
  document: YamlDocument,
  path: Path,
  entry: Secret | Configuration | StoredObject,
  keys: ReadonlyArray<string>,
): ReadonlyArray<Fault> => {
  const given = keys.filter((key) => Object.hasOwn(entry, key))
  const found = given.length === 0 ? "none of them" : given.join(" and ")
  const several =
    given.length === 1 ? [] : [faultAt(document, path, found, `one of the keys ${keys.join(", ")}`)]
  const isBase64 = entry.binary === undefined || BASE64.test(entry.binary)
  const bytes = isBase64
    ? []
    : [faultAt(document, [...path, "binary"], describe(entry.binary), "bytes in base64")]
  return [...several, ...bytes]
}

/** An item has every attribute of the primary key, in its type. */
const itemFaults = (
  document: YamlDocument,
  path: Path,
  item: unknown,
  { hashKey, sortKey }: Table,
): ReadonlyArray<Fault> => {
  if (!Predicate.isObject(item)) {
    return [faultAt(document, path, "no mapping", "an item: a mapping of attributes")]
  }
  return [hashKey, sortKey].flatMap((key) => {
    if (key === undefined) return []
    const { name, type = "S" } = key
    const attribute = Object.hasOwn(item, name) ? toAttribute(Reflect.get(item, name)) : undefined
    if (attribute !== undefined && Object.hasOwn(attribute, type)) return []
    const found = attribute === undefined ? "nothing" : `an attribute of type ${Object.keys(attribute)[0]}`
    return [faultAt(document, [...path, name], found, `the key attribute, of type ${type}`)]
  })
}

const SECTIONS = ["parameters", "secrets", "tables", "appconfig", "objects", "databases"] as const

type Entry = NonNullable<Seed[(typeof SECTIONS)[number]]>[number]

const nameOf = (entry: Entry): ReadonlyArray<string> => {
  if ("cluster" in entry) return [entry.cluster, entry.name]
  if ("name" in entry) return [entry.name]
  if ("bucket" in entry) return [entry.bucket, entry.key]
  return [entry.application, entry.environment, entry.profile]
}

/** Each name once per region; of two, it would be left to chance which one wins. */
const duplicateFaults = (document: YamlDocument, seed: Seed): ReadonlyArray<Fault> =>
  SECTIONS.flatMap((section) => {
    const lines = new Map<string, number>()
    return (seed[section] ?? []).flatMap((entry, index): ReadonlyArray<Fault> => {
      const name = nameOf(entry)
      const id = JSON.stringify([entry.region ?? seed.region, ...name])
      const first = lines.get(id)
      if (first !== undefined) {
        const found = `${describe(name.join("/"))} a second time (first in line ${first})`
        return [faultAt(document, [section, index], found, "each name once per region")]
      }
      lines.set(id, document.locate([section, index]).value.line)
      return []
    })
  })

const faultsOf = (document: YamlDocument, seed: Seed): ReadonlyArray<Fault> => [
  ...(seed.secrets ?? []).flatMap((secret, index) =>
    contentFaults(document, ["secrets", index], secret, ["value", "json", "binary"]),
  ),
  ...(seed.appconfig ?? []).flatMap((configuration, index) =>
    contentFaults(document, ["appconfig", index], configuration, ["content", "json", "binary"]),
  ),
  ...(seed.objects ?? []).flatMap((object, index) =>
    contentFaults(document, ["objects", index], object, ["content", "json", "binary"]),
  ),
  ...(seed.tables ?? []).flatMap((table, index) =>
    (table.items ?? []).flatMap((item, number) =>
      itemFaults(document, ["tables", index, "items", number], item, table),
    ),
  ),
  ...duplicateFaults(document, seed),
]

/** Items and `json` with the types of YAML (numbers, booleans, null). Everything else is text as written. */
const withTypedValues = (seed: Seed, typed: unknown): Seed => {
  const entryOf = (section: (typeof SECTIONS)[number], index: number): Item => {
    const list: unknown = Predicate.isObject(typed) ? Reflect.get(typed, section) : undefined
    const entry: unknown = Array.isArray(list) ? list[index] : undefined
    return Predicate.isObject(entry) ? (entry as Item) : {}
  }
  const json = (section: "secrets" | "appconfig" | "objects", entry: object, index: number) =>
    Object.hasOwn(entry, "json") ? { json: entryOf(section, index)["json"] } : {}
  return {
    ...seed,
    ...(seed.secrets && {
      secrets: seed.secrets.map((each, i) => ({ ...each, ...json("secrets", each, i) })),
    }),
    ...(seed.appconfig && {
      appconfig: seed.appconfig.map((each, i) => ({ ...each, ...json("appconfig", each, i) })),
    }),
    ...(seed.objects && {
      objects: seed.objects.map((each, i) => ({ ...each, ...json("objects", each, i) })),
    }),
    ...(seed.tables && {
      tables: seed.tables.map((each, index) => ({
        ...each,
        ...(each.items && { items: entryOf("tables", index)["items"] as ReadonlyArray<Item> }),
      })),
    }),
  }
}

const SYNTAX = { key: "syntax", allowed: "YAML or JSON" } as const

/** Reads the text of a seed file. Fails with all faults, each with its line. */
export const parseSeed = (file: string, text: string): Result.Result<Seed, ConfigInvalid> => {
  const invalid = (faults: ReadonlyArray<Fault>) =>
    Result.fail(new ConfigInvalid({ file, faults: inOrderOfLines(faults) }))
  const read = parseYaml(text)
  if (Result.isFailure(read)) return invalid(read.failure)
  const document = read.success
  const { value } = document
  // A section without entries is as good as none.
  const root = isMapping(value)
    ? Object.fromEntries(Object.entries(value).filter(([key, each]) => !document.isNothing([key], each)))
    : document.isNothing([], value)
      ? {}
      : value
  const decoded = decodeAt(SeedFile, document, [], root)
  if (Result.isFailure(decoded)) return invalid(decoded.failure)
  const typed = Result.try((): unknown => parse(text, { merge: true }))
  if (Result.isFailure(typed)) return invalid([{ ...SYNTAX, found: String(typed.failure) }])
  const seed = withTypedValues(decoded.success as Seed, typed.success)
  const faults = faultsOf(document, seed)
  return faults.length > 0 ? invalid(faults) : Result.succeed(seed)
}

const READ_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: "nothing at this path",
  EISDIR: "a directory",
  EACCES: "a file that may not be read",
}

/** Reads a seed from a YAML or JSON file. Fails with all its faults. */
export const readSeed = Effect.fn("readSeed")(function* (file: string) {
  const text = yield* Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (cause) => {
      const code = Predicate.hasProperty(cause, "code") ? String(cause.code) : "unknown"
      const found = READ_FAULTS[code] ?? `a file that cannot be read (${code})`
      return new ConfigInvalid({ file, faults: [{ key: "the file", found, allowed: "a seed file" }] })
    },
  })
  return yield* Effect.fromResult(parseSeed(file, text))
})
