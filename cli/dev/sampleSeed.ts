/**
 * Sample values for what a config.yaml lists, for a run without a seed file. They are made from the names, so that
 * each answer shows what was read. Pure.
 */
import type { Seed } from "../../local/aws/seed.ts"
import type { PlanShape } from "../../src/config/Plan.ts"
import type { Address } from "../../src/domain/Address.ts"
import { isQuery, type KeyAttribute, type SortCondition } from "../../src/kinds/dynamodb/address.ts"
import { SECRET_REFERENCE } from "../../src/kinds/parameters/address.ts"

type AddressOf<K extends Address["kind"]> = Extract<Address, { readonly kind: K }>
type Sample<K extends keyof Seed> = NonNullable<Seed[K]> extends ReadonlyArray<infer Entry> ? Entry : never

/** `arn:aws:ssm:eu-west-1:123456789012:parameter/name`, and the same for secrets. */
const PARAMETER_ARN = /^arn:[^:]+:ssm:([^:]*):[^:]*:parameter(\/[^:]+)((?::.+)?)$/
const SECRET_ARN = /^arn:[^:]+:secretsmanager:([^:]*):[^:]*:secret:(.+)$/

const isNumber = (text: string): boolean => /^\d+$/.test(text)

/** Of a secret's ARN the whole end is the name: local AWS finds it by an ARN to which it has added a suffix of its own. */
const secretOf = (id: string, region: string): Sample<"secrets"> => {
  const [, arnRegion, arnName] = SECRET_ARN.exec(id) ?? []
  const name = arnName ?? id
  return { name, region: arnRegion ?? region, json: { username: "sample", password: `sample of ${name}` } }
}

interface Samples {
  readonly parameters?: ReadonlyArray<Sample<"parameters">>
  readonly secrets?: ReadonlyArray<Sample<"secrets">>
  readonly tables?: ReadonlyArray<Sample<"tables">>
  readonly appconfig?: ReadonlyArray<Sample<"appconfig">>
  readonly objects?: ReadonlyArray<Sample<"objects">>
}

const parameterOf = (address: AddressOf<"parameters">): Samples => {
  const { region } = address
  if ("path" in address) {
    const name = `${address.path.replace(/\/$/, "")}/sample`
    return { parameters: [{ name, value: `sample of ${name}`, region }] }
  }
  if (address.name.startsWith(SECRET_REFERENCE)) {
    const [id = ""] = address.name.slice(SECRET_REFERENCE.length).split(":", 1)
    return { secrets: [secretOf(id, region)] }
  }
  const [, arnRegion, arnName, arnSelector = ""] = PARAMETER_ARN.exec(address.name) ?? []
  const [plainName = "", plainSelector = ""] = address.name.split(":")
  const name = arnName ?? plainName
  const selector = arnName === undefined ? plainSelector : arnSelector.slice(1)
  const labels = selector === "" || isNumber(selector) ? {} : { labels: [selector] }
  return { parameters: [{ name, value: `sample of ${name}`, region: arnRegion ?? region, ...labels }] }
}

/** A value that a type B has in base64. */
const bytes = (base64: string, change: (bytes: Buffer) => Buffer): string =>
  change(Buffer.from(base64, "base64")).toString("base64")

/** A value next to another, on the given side. */
const neighbour = ({ type, value }: KeyAttribute, isAbove: boolean): string => {
  switch (type) {
    case "N":
      return String(Number(value) + (isAbove ? 1 : -1))
    case "S":
      return isAbove ? `${value}0` : value.slice(0, -1) || " "
    case "B":
      return bytes(value, (all) => (isAbove ? Buffer.concat([all, Buffer.of(0)]) : all.subarray(0, -1)))
  }
}

/** The value of a sort key that meets a condition. */
const meeting = ({ operator, ...key }: SortCondition): KeyAttribute =>
  operator === "<" || operator === ">" ? { ...key, value: neighbour(key, operator === ">") } : key

/** The sample item of a declared table has these keys. */
const ANY_VALUE = { S: "sample", N: "1", B: "AQ==" } as const

const withValue = (key: KeyAttribute): KeyAttribute =>
  key.value === "" ? { ...key, value: ANY_VALUE[key.type] } : key

/** The key of a sample item. A query finds it by the key of the table, or of an index. */
const keyOf = (address: AddressOf<"dynamodb">): readonly [KeyAttribute, KeyAttribute?] => {
  const sort = isQuery(address) ? address.query.sort && meeting(address.query.sort) : address.sort
  const hash = withValue(address.hash)
  return sort === undefined ? [hash] : [hash, withValue(sort)]
}

/** The name of the partition key of a table of which only an index is known. */
const UNKNOWN_KEY = { name: "sampleId" } as const

const itemOf = (address: AddressOf<"dynamodb">): Samples => {
  const [hash, sort] = keyOf(address)
  const keys = sort === undefined ? [hash] : [hash, sort]
  const nameAndType = ({ name, type }: KeyAttribute) => ({ name, type })
  const schema = {
    hashKey: nameAndType(hash),
    ...(sort === undefined ? {} : { sortKey: nameAndType(sort) }),
  }
  const values = keys.map(({ name, type, value }) => [name, type === "S" ? value : { [`$${type}`]: value }])
  const item = {
    ...Object.fromEntries(values),
    Data: `sample of ${keys.map(({ value }) => value).join("-")}`,
  }
  // A table may be named by its ARN.
  const name = address.table.split("/").at(-1) ?? address.table
  const index = isQuery(address) ? address.query.index : undefined
  return index === undefined
    ? { tables: [{ name, ...schema, items: [item] }] }
    : { tables: [{ name, hashKey: UNKNOWN_KEY, indexes: [{ name: index, ...schema }], items: [item] }] }
}

type SampleTable = Sample<"tables">

/** What two addresses in a table need of it. The key of the table itself is that of an address that knows it. */
const bothTables = (first: SampleTable, other: SampleTable): SampleTable => {
  const [known, more] =
    first.hashKey === UNKNOWN_KEY ||
    (first.sortKey === undefined && other.sortKey !== undefined && other.hashKey !== UNKNOWN_KEY)
      ? [other, first]
      : [first, other]
  const indexes = new Map(both(known.indexes, more.indexes).map((index) => [index.name, index]))
  return { ...known, indexes: [...indexes.values()], items: both(known.items, more.items) }
}

/** A table whose items all have its key. */
const withKeys = (table: SampleTable): SampleTable => {
  const keys = table.sortKey === undefined ? [table.hashKey] : [table.hashKey, table.sortKey]
  const sampleKey = (type = "S", index: number) =>
    type === "S"
      ? `sample-${index}`
      : { [`$${type}`]: type === "N" ? String(index) : bytes("", () => Buffer.of(index)) }
  return {
    ...table,
    items: both(table.items).map((item, index) =>
      Object.assign(Object.fromEntries(keys.map(({ name, type }) => [name, sampleKey(type, index)])), item),
    ),
  }
}

const sampleOf = (address: Address): Samples => {
  switch (address.kind) {
    case "parameters":
      return parameterOf(address)
    case "secrets":
      return { secrets: [secretOf(address.secretId, address.region)] }
    case "dynamodb":
      return itemOf(address)
    case "appconfig": {
      const { application, environment, profile, region } = address
      return { appconfig: [{ application, environment, profile, region, json: { sample: profile } }] }
    }
    case "http":
      return {
        secrets: address.headers.flatMap((header) =>
          "secret" in header ? [secretOf(header.secret.secretId, header.secret.region)] : [],
        ),
      }
    case "s3": {
      const { bucket, key, region } = address
      return { objects: [{ bucket, key, region, json: { sample: key } }] }
    }
    // A statement tells nothing about its tables: only a seed file has databases.
    case "sql":
      return {}
  }
}

/** One entry for each name in a region. */
const merged = <A extends { readonly region?: string }>(
  entries: ReadonlyArray<A>,
  nameOf: (entry: A) => string,
  merge: (first: A, other: A) => A,
): ReadonlyArray<A> => {
  const all = new Map<string, A>()
  for (const entry of entries) {
    const id = `${entry.region ?? ""} ${nameOf(entry)}`
    const first = all.get(id)
    all.set(id, first === undefined ? entry : merge(first, entry))
  }
  return [...all.values()]
}

const both = <A>(left: ReadonlyArray<A> = [], right: ReadonlyArray<A> = []): ReadonlyArray<A> => [
  ...left,
  ...right,
]

/** A seed with a value for every entry of a plan. */
export const sampleSeed = ({
  collections = [],
  entries,
}: Pick<PlanShape, "collections" | "entries">): Seed => {
  const samples = [...entries.values(), ...collections].map(({ address }) => sampleOf(address))
  const parameters = merged(
    samples.flatMap((each) => each.parameters ?? []),
    ({ name }) => name,
    (first, other) => ({ ...first, labels: [...new Set(both(first.labels, other.labels))] }),
  )
  const secrets = merged(
    samples.flatMap((each) => each.secrets ?? []),
    ({ name }) => name,
    (first) => first,
  )
  const tables = merged(
    samples.flatMap((each) => each.tables ?? []),
    ({ name }) => name,
    bothTables,
  ).map(withKeys)
  const appconfig = merged(
    samples.flatMap((each) => each.appconfig ?? []),
    ({ application, environment, profile }) => JSON.stringify([application, environment, profile]),
    (first) => first,
  )
  const objects = merged(
    samples.flatMap((each) => each.objects ?? []),
    ({ bucket, key }) => JSON.stringify([bucket, key]),
    (first) => first,
  )
  return { parameters, secrets, tables, appconfig, objects }
}
