/**
 * The keys of items: how they are asked for, and which of the asked addresses an item or a key of a reply belongs to.
 *
 * `DynamoDb` matches replies by the values of the key attributes. A reply with an item or a key that was not asked for
 * contradicts the question. Pure.
 */
import type { ItemAddress, KeyAttribute, KeyType } from "../address.ts"
import type { Attribute, Attributes } from "./attributes.ts"
import type { ReplyOf } from "./replies.ts"

const keyAttributes = ({ hash, sort }: ItemAddress): ReadonlyArray<KeyAttribute> =>
  sort === undefined ? [hash] : [hash, sort]

/** A key attribute as the SDK takes it. */
const attributeOf = ({ type, value }: KeyAttribute) => {
  switch (type) {
    case "S":
      return { S: value }
    case "N":
      return { N: value }
    case "B":
      return { B: Buffer.from(value, "base64") }
  }
}

/** The primary key of an item, as the SDK takes it. `Object.fromEntries` takes `__proto__` for a name like others. */
export const keyOf = (address: ItemAddress) =>
  Object.fromEntries(keyAttributes(address).map((attribute) => [attribute.name, attributeOf(attribute)]))

/** `1`, `1.0` and `10E-1` are one number to DynamoDB, which answers with the shortest form. */
const canonical = (digits: string): string => {
  const [, sign = "", integer = "", fraction = "", exponent = "0"] =
    /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/.exec(digits) ?? []
  const all = `${integer}${fraction}`.replace(/^0+/, "")
  const significant = all.replace(/0+$/, "")
  if (significant === "") return "0"
  const magnitude = Number(exponent) - fraction.length + (all.length - significant.length)
  return `${sign === "-" ? "-" : ""}${significant}e${magnitude}`
}

/** A value of a key, the same text for what is the same value to DynamoDB. */
const canonicalText = (type: KeyType, value: string): string => {
  switch (type) {
    case "S":
      return value
    case "N":
      return canonical(value)
    case "B":
      return Buffer.from(value, "base64").toString("base64")
  }
}

const valueOf = (attribute: Attribute, type: KeyType): string | undefined => {
  switch (type) {
    case "S":
      return "S" in attribute ? attribute.S : undefined
    case "N":
      return "N" in attribute ? attribute.N : undefined
    case "B":
      return "B" in attribute ? attribute.B : undefined
  }
}

/** A place in a table, as text: the names, types and values of a key. */
const placeText = (key: ReadonlyArray<KeyAttribute>): string =>
  JSON.stringify(key.map(({ name, type, value }) => [name, type, canonicalText(type, value)]))

const placeOf = (address: ItemAddress): string => placeText(keyAttributes(address))

type KeyShape = ReadonlyArray<Pick<KeyAttribute, "name" | "type">>

/** Where an item is, by key attributes of these names and types; undefined where it lacks one. */
const placeIn = (item: Attributes, shape: KeyShape): string | undefined => {
  const key = shape.flatMap(({ name, type }) => {
    const attribute = Object.hasOwn(item, name) ? item[name] : undefined
    const value = attribute && valueOf(attribute, type)
    return value === undefined ? [] : [{ name, type, value }]
  })
  return key.length === shape.length ? placeText(key) : undefined
}

/** Whether an item is the one at an address of the same table. */
export const isAt = (item: Attributes, address: ItemAddress): boolean =>
  placeIn(item, keyAttributes(address)) === placeOf(address)

const shapeText = (address: ItemAddress): string =>
  JSON.stringify(keyAttributes(address).map(({ name, type }) => [name, type]))

type Places = ReadonlyMap<string, Attributes>
type Tables = Iterable<readonly [table: string, items: ReadonlyArray<Attributes>]>

/** The items of one table by their places; undefined if one of them is at none of the addresses. */
const placesIn = (
  items: ReadonlyArray<Attributes>,
  addresses: ReadonlyArray<ItemAddress>,
): Places | undefined => {
  const asked = new Set(addresses.map(placeOf))
  // The addresses of a table name the same attributes, unless one of them is mistaken.
  const shapes = Array.from(
    new Map(addresses.map((address) => [shapeText(address), keyAttributes(address)])).values(),
  )
  const places = new Map<string, Attributes>()
  for (const item of items) {
    const found = shapes.map((shape) => placeIn(item, shape)).filter((place) => asked.has(place ?? ""))
    if (found.length === 0) return undefined
    for (const place of found) places.set(String(place), item)
  }
  return places
}

/** The same for several tables. */
const placesOf = (
  tables: Tables,
  asked: ReadonlyMap<string, ReadonlyArray<ItemAddress>>,
): ((address: ItemAddress) => Attributes | undefined) | undefined => {
  const byTable = new Map<string, Places>()
  for (const [table, items] of tables) {
    const places = placesIn(items, asked.get(table) ?? [])
    if (places === undefined || !asked.has(table)) return undefined
    byTable.set(table, places)
  }
  return (address) => byTable.get(address.table)?.get(placeOf(address))
}

/** What a reply of BatchGetItem says of the addresses that it was asked for. */
export interface Round {
  readonly itemAt: (address: ItemAddress) => Attributes | undefined
  /** Whether the key was left unprocessed. */
  readonly isLeft: (address: ItemAddress) => boolean
}

/** Reads a reply; undefined if it is about a table, an item or a key that was not asked for. */
export const roundOf = (
  { Responses, UnprocessedKeys = {} }: ReplyOf<"BatchGetItem">,
  addresses: ReadonlyArray<ItemAddress>,
): Round | undefined => {
  const asked = Map.groupBy(addresses, ({ table }) => table)
  const itemAt = placesOf(Object.entries(Responses), asked)
  const left = Object.entries(UnprocessedKeys).map(([table, { Keys }]) => [table, Keys] as const)
  const keyAt = placesOf(left, asked)
  if (itemAt === undefined || keyAt === undefined) return undefined
  return { itemAt, isLeft: (address) => itemAt(address) === undefined && keyAt(address) !== undefined }
}

/** What BatchGetItem is asked with. It refuses a key that is there twice. */
export const requestFor = (addresses: ReadonlyArray<ItemAddress>) =>
  Object.fromEntries(
    Array.from(
      Map.groupBy(addresses, ({ table }) => table),
      ([table, inTable]) => [
        table,
        {
          Keys: Array.from(new Map(inTable.map((address) => [placeOf(address), keyOf(address)])).values()),
          ConsistentRead: inTable[0]?.consistentRead,
        },
      ],
    ),
  )
