/**
 * Builds the primary keys of requests, and matches the items and keys of a reply to the requested addresses.
 *
 * A reply is matched by the values of its key attributes. One with an item or a key that was not requested is not used.
 * Pure.
 */
import type { ItemAddress, KeyAttribute, KeyType } from "../address.ts"
import { makePlaceholders, projectionExpression } from "../attributePath.ts"
import type { Attribute, Attributes } from "./attributes.ts"
import type { ReplyOf } from "./replies.ts"

const keyAttributes = ({ hash, sort }: ItemAddress): ReadonlyArray<KeyAttribute> =>
  sort === undefined ? [hash] : [hash, sort]

/** A key attribute in the SDK's form. */
export const toSdkAttribute = ({ type, value }: KeyAttribute) => {
  switch (type) {
    case "S":
      return { S: value }
    case "N":
      return { N: value }
    case "B":
      return { B: Buffer.from(value, "base64") }
  }
}

/** The primary key of an address in the SDK's form. `Object.fromEntries` treats `__proto__` like any other name. */
export const primaryKey = (address: ItemAddress) =>
  Object.fromEntries(keyAttributes(address).map((attribute) => [attribute.name, toSdkAttribute(attribute)]))

/** Maps equal numbers to the same text: DynamoDB treats `1`, `1.0` and `10E-1` as equal, and replies with the shortest form. */
const canonicalNumber = (digits: string): string => {
  const [, sign = "", integer = "", fraction = "", exponent = "0"] =
    /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/.exec(digits) ?? []
  const all = `${integer}${fraction}`.replace(/^0+/, "")
  const significant = all.replace(/0+$/, "")
  if (significant === "") return "0"
  const magnitude = Number(exponent) - fraction.length + (all.length - significant.length)
  return `${sign === "-" ? "-" : ""}${significant}e${magnitude}`
}

/** Maps values that DynamoDB treats as equal to the same text. */
const canonicalValue = (type: KeyType, value: string): string => {
  switch (type) {
    case "S":
      return value
    case "N":
      return canonicalNumber(value)
    case "B":
      return Buffer.from(value, "base64").toString("base64")
  }
}

const keyValue = (attribute: Attribute, type: KeyType): string | undefined => {
  switch (type) {
    case "S":
      return "S" in attribute ? attribute.S : undefined
    case "N":
      return "N" in attribute ? attribute.N : undefined
    case "B":
      return "B" in attribute ? attribute.B : undefined
  }
}

/** A primary key as text: names, types and canonical values. */
const keyText = (key: ReadonlyArray<KeyAttribute>): string =>
  JSON.stringify(key.map(({ name, type, value }) => [name, type, canonicalValue(type, value)]))

const addressKey = (address: ItemAddress): string => keyText(keyAttributes(address))

type KeySchema = ReadonlyArray<Pick<KeyAttribute, "name" | "type">>

/** The primary key of an item as text, by the names and types of its key attributes; undefined if one is missing. */
const itemKey = (item: Attributes, schema: KeySchema): string | undefined => {
  const key = schema.flatMap(({ name, type }) => {
    const attribute = Object.hasOwn(item, name) ? item[name] : undefined
    const value = attribute && keyValue(attribute, type)
    return value === undefined ? [] : [{ name, type, value }]
  })
  return key.length === schema.length ? keyText(key) : undefined
}

/** Whether an item has these values of its key attributes. */
export const hasKey = (item: Attributes, key: ReadonlyArray<KeyAttribute>): boolean =>
  itemKey(item, key) === keyText(key)

/** Whether an item has the key of an address. */
export const isAt = (item: Attributes, address: ItemAddress): boolean => hasKey(item, keyAttributes(address))

const schemaText = (address: ItemAddress): string =>
  JSON.stringify(keyAttributes(address).map(({ name, type }) => [name, type]))

type ItemsByKey = ReadonlyMap<string, Attributes>
type Tables = Iterable<readonly [table: string, items: ReadonlyArray<Attributes>]>

/** The items of one table by key; undefined if one of them was not requested. */
const itemsByKey = (
  items: ReadonlyArray<Attributes>,
  addresses: ReadonlyArray<ItemAddress>,
): ItemsByKey | undefined => {
  const requested = new Set(addresses.map(addressKey))
  // All addresses of a table have the same key schema, unless one of them is mistaken.
  const schemas = Array.from(
    new Map(addresses.map((address) => [schemaText(address), keyAttributes(address)])).values(),
  )
  const byKey = new Map<string, Attributes>()
  for (const item of items) {
    const found = schemas.map((schema) => itemKey(item, schema)).filter((key) => requested.has(key ?? ""))
    if (found.length === 0) return undefined
    for (const key of found) byKey.set(String(key), item)
  }
  return byKey
}

/** Looks up the items of several tables by address; undefined if one of them was not requested. */
const itemLookup = (
  tables: Tables,
  requested: ReadonlyMap<string, ReadonlyArray<ItemAddress>>,
): ((address: ItemAddress) => Attributes | undefined) | undefined => {
  const byTable = new Map<string, ItemsByKey>()
  for (const [table, items] of tables) {
    const byKey = itemsByKey(items, requested.get(table) ?? [])
    if (byKey === undefined || !requested.has(table)) return undefined
    byTable.set(table, byKey)
  }
  return (address) => byTable.get(address.table)?.get(addressKey(address))
}

/** What a reply of BatchGetItem says about the requested addresses. */
interface Round {
  readonly itemAt: (address: ItemAddress) => Attributes | undefined
  /** Whether DynamoDB left the key unprocessed, so that it must be requested again. */
  readonly isUnprocessed: (address: ItemAddress) => boolean
}

/** Reads a reply of BatchGetItem; undefined if it contains a table, an item or a key that was not requested. */
export const readRound = (
  { Responses, UnprocessedKeys = {} }: ReplyOf<"BatchGetItem">,
  addresses: ReadonlyArray<ItemAddress>,
): Round | undefined => {
  const requested = Map.groupBy(addresses, ({ table }) => table)
  const itemAt = itemLookup(Object.entries(Responses), requested)
  const unprocessed = Object.entries(UnprocessedKeys).map(([table, { Keys }]) => [table, Keys] as const)
  const keyAt = itemLookup(unprocessed, requested)
  if (itemAt === undefined || keyAt === undefined) return undefined
  return { itemAt, isUnprocessed: (address) => itemAt(address) === undefined && keyAt(address) !== undefined }
}

/** What is read of the items of a table. All addresses have the same `attributes`. Their keys are read too, to match the reply. */
export const projection = (addresses: ReadonlyArray<ItemAddress>) => {
  const attributes = addresses[0]?.attributes
  if (attributes === undefined) return {}
  const placeholders = makePlaceholders()
  const keys = addresses.flatMap((address) => keyAttributes(address).map(({ name }) => name))
  return {
    ProjectionExpression: projectionExpression(attributes, keys, placeholders),
    ExpressionAttributeNames: placeholders.names(),
  }
}

/** The `RequestItems` of BatchGetItem, which refuses duplicate keys. */
export const requestItems = (addresses: ReadonlyArray<ItemAddress>) =>
  Object.fromEntries(
    Array.from(
      Map.groupBy(addresses, ({ table }) => table),
      ([table, inTable]) => [
        table,
        {
          Keys: Array.from(
            new Map(inTable.map((address) => [addressKey(address), primaryKey(address)])).values(),
          ),
          ConsistentRead: inTable[0]?.consistentRead,
          ...projection(inTable),
        },
      ],
    ),
  )
