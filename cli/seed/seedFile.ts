/**
 * The seed file: what local AWS holds at the start, in YAML or JSON. docs/seed.md describes it for users.
 *
 * Its keys are data, as those of config.yaml are (`src/config/fields`), so that faults have their lines and editors a JSON
 * Schema (`schema/seed.schema.json`). `seed.ts` puts a seed into local AWS.
 */
import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { parse } from "yaml"
import { inOrderOfLines } from "../../src/config/ConfigFile.ts"
import { decodeAt, faultAt } from "../../src/config/fields/decode.ts"
import * as fields from "../../src/config/fields/fields.ts"
import { fileSchema } from "../../src/config/jsonSchema.ts"
import { ConfigInvalid, type Fault, type Path } from "../../src/config/yaml/ConfigInvalid.ts"
import { parseYaml } from "../../src/config/yaml/parseYaml.ts"
import { describe, isMapping, type YamlDocument } from "../../src/config/yaml/YamlDocument.ts"
import { regionField } from "../../src/kinds/access.ts"
import { bucketFault, keyFault } from "../../src/kinds/s3/objectName.ts"
import type { Seed } from "../../local/aws/seed.ts"
import { toAttribute } from "../../local/aws/seedItems.ts"

const region = fields.optional(regionField("The region of this entry. Default: that of the seed."))

const keyField = fields.mapping(
  {
    name: fields.name("The attribute's name.", "the name of an attribute"),
    type: fields.optional(fields.word("Its type. Default S.", ["S", "N", "B"])),
  },
  "An attribute of the primary key.",
)

const json = fields.optional(fields.anything)
const binary = fields.optional(fields.value("Bytes in base64.", "bytes in base64"))

const parameter = fields.mapping(
  {
    name: fields.name("The parameter's name.", "a parameter's name, such as /shop/db-url"),
    value: fields.value("Its value, as written.", "a text that is not empty"),
    type: fields.optional(fields.word("Its type. Default String.", ["String", "StringList", "SecureString"])),
    labels: fields.optional(
      fields.list(
        fields.name("A label.", "a label such as prod"),
        "Labels of this version.",
        "a list of labels",
      ),
    ),
    region,
  },
  "A parameter of Parameter Store.",
)

const secret = fields.mapping(
  {
    name: fields.name("The secret's name.", "a secret's name, such as db/main"),
    value: fields.optional(fields.value("Its text, as written.", "a text that is not empty")),
    json,
    binary,
    region,
  },
  "A secret of Secrets Manager. It has one of value, json and binary.",
)

const index = fields.mapping(
  {
    name: fields.name("The index's name.", "an index's name"),
    hashKey: keyField,
    sortKey: fields.optional(keyField),
    local: fields.optional(
      fields.flag("Whether it is a local secondary index, which can be read consistently. Default false."),
    ),
  },
  "An index of the table, with all attributes of the items.",
)

const table = fields.mapping(
  {
    name: fields.name("The table's name.", "a table's name"),
    hashKey: keyField,
    sortKey: fields.optional(keyField),
    indexes: fields.optional(fields.list(index, "The table's indexes.", "a list of indexes")),
    items: fields.optional(fields.list(fields.anything, "The table's items.", "a list of items")),
    region,
  },
  "A table of DynamoDB.",
)

const configuration = fields.mapping(
  {
    application: fields.name("Name or id of the application.", "an application's name or id"),
    environment: fields.name("Name or id of the environment.", "an environment's name or id"),
    profile: fields.name("Name or id of the profile.", "a profile's name or id"),
    content: fields.optional(fields.value("The configuration, as written.", "a text that is not empty")),
    json,
    binary,
    type: fields.optional(
      fields.name("Its media type. Default application/json.", "a media type such as text/plain"),
    ),
    label: fields.optional(fields.name("The version's label.", "a label such as v1")),
    pollInterval: fields.optional(
      fields.count("The fewest seconds between two polls. Default: what the client asks for."),
    ),
    region,
  },
  "A deployed configuration of AppConfig. It has one of content, json and binary.",
)

const object = fields.mapping(
  {
    bucket: fields.named("The bucket's name.", "a bucket's name, such as shop-data", bucketFault),
    key: fields.named("The object's key.", "an object's key, such as rates.csv", keyFault),
    content: fields.optional(fields.value("The object, as written.", "a text that is not empty")),
    json,
    binary,
    type: fields.optional(
      fields.name(
        "Its media type. Default: application/json for json, else S3's.",
        "a media type such as text/csv",
      ),
    ),
    encoding: fields.optional(fields.name("Its content coding.", "a content coding such as gzip")),
    region,
  },
  "An object of S3. It has one of content, json and binary.",
)

const database = fields.mapping(
  {
    cluster: fields.name("The id of its cluster, as at the end of the ARN.", "the id of a cluster"),
    name: fields.name("The database's name.", "a database's name"),
    sql: fields.optional(fields.value("A script that fills it: SQL of PostgreSQL.", "SQL")),
    region,
  },
  "A database behind the RDS Data API.",
)

/** The keys of a seed file. */
export const SeedFile = fields.mapping(
  {
    region: fields.optional(
      regionField("The region of entries without one. Default: the function's region."),
    ),
    parameters: fields.optional(
      fields.list(parameter, "Parameters of Parameter Store.", "a list of parameters"),
    ),
    secrets: fields.optional(fields.list(secret, "Secrets of Secrets Manager.", "a list of secrets")),
    tables: fields.optional(fields.list(table, "Tables of DynamoDB.", "a list of tables")),
    appconfig: fields.optional(
      fields.list(configuration, "Configurations of AppConfig.", "a list of configurations"),
    ),
    objects: fields.optional(fields.list(object, "Objects of S3.", "a list of objects")),
    databases: fields.optional(
      fields.list(database, "Databases behind the RDS Data API.", "a list of databases"),
    ),
  },
  "What local AWS holds when the extension is tried out.",
)

type Secret = NonNullable<Seed["secrets"]>[number]
type Configuration = NonNullable<Seed["appconfig"]>[number]
type StoredObject = NonNullable<Seed["objects"]>[number]
type Table = NonNullable<Seed["tables"]>[number]
type Item = NonNullable<Table["items"]>[number]

/** The JSON Schema of a seed file, for editors. `npm run generate` writes it to `schema/seed.schema.json`. */
export const makeSeedSchema = (): Record<string, unknown> => fileSchema("seed.yaml", SeedFile)

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

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
