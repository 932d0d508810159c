/**
 * The source of items: DynamoDB, by primary key.
 *
 * One item goes out as GetItem, several as BatchGetItem (100 at most). That gives 16 MB, or about 1 MB of a partition, and
 * leaves the other keys unprocessed: they are asked for in further rounds, and each round's items are served as it ends.
 * Replies are matched by the values of the key attributes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  DynamoDBClient,
  GetItemCommand,
} from "@aws-sdk/client-dynamodb"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { accessText, type ItemAddress, type KeyAttribute } from "../domain/Address.ts"
import { SourceError, Throttled } from "../domain/SourceError.ts"
import { AwsClients } from "./AwsClients.ts"
import { notFound } from "./awsErrors.ts"
import { itemJson } from "./itemJson.ts"
import type { Attempt, Fetched, Rounds, Source } from "./Source.ts"

/** The most keys that BatchGetItem takes. */
const BATCH_SIZE = 100

/** The pauses after rounds that brought nothing; the last of them is the end. */
const pauses = Schedule.exponential("50 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 5 }))

type Item = Readonly<Record<string, AttributeValue>>
type Key = Record<string, AttributeValue>
type RequestItems = NonNullable<BatchGetItemCommandInput["RequestItems"]>

const attributeOf = ({ type, value }: KeyAttribute): AttributeValue => {
  switch (type) {
    case "S":
      return { S: value }
    case "N":
      return { N: value }
    case "B":
      return { B: Buffer.from(value, "base64") }
  }
}

const keyAttributes = ({ hash, sort }: ItemAddress): ReadonlyArray<KeyAttribute> =>
  sort === undefined ? [hash] : [hash, sort]

const keyOf = (address: ItemAddress): Key =>
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

const fingerprint = (attribute: AttributeValue | undefined): string => {
  if (attribute?.N !== undefined) return `N${canonical(attribute.N)}`
  if (attribute?.B !== undefined) return `B${Buffer.from(attribute.B).toString("base64")}`
  return `S${attribute?.S}`
}

/** Where an item is in its table, as text: the values of the key attributes that an address names. */
const placeOf = (item: Item, address: ItemAddress): string =>
  JSON.stringify(keyAttributes(address).map(({ name }) => [name, fingerprint(item[name])]))

/** Finds what is at an address among the items of one table. Addresses of a table name the same attributes. */
const finderIn = (items: ReadonlyArray<Item> = []): ((address: ItemAddress) => Item | undefined) => {
  const byNames = new Map<string, ReadonlyMap<string, Item>>()
  return (address) => {
    const names = keyAttributes(address).map(({ name }) => name)
    const places =
      byNames.get(names.join()) ?? new Map(items.map((item) => [placeOf(item, address), item] as const))
    byNames.set(names.join(), places)
    return places.get(placeOf(keyOf(address), address))
  }
}

/** The same for several tables. */
const finderOf = (
  tables: Iterable<readonly [table: string, items: ReadonlyArray<Item> | undefined]>,
): ((address: ItemAddress) => Item | undefined) => {
  const finders = new Map(Array.from(tables, ([table, items]) => [table, finderIn(items)] as const))
  return (address) => finders.get(address.table)?.(address)
}

const fetched = (address: ItemAddress, item: Item | undefined): Fetched =>
  item === undefined
    ? Result.fail(notFound(`no item in table ${address.table} with this key`))
    : Result.succeed({
        body: Redacted.make(itemJson(item, address.numbers)),
        contentType: "application/json",
      })

/** An address of a batch, and its place in it. */
interface Wanted {
  readonly address: ItemAddress
  readonly index: number
}

/** Two addresses may be of one item, say with its numbers as text: DynamoDB refuses a key that is there twice. */
const uniqueKeys = (addresses: ReadonlyArray<ItemAddress>): Array<Key> =>
  Array.from(
    new Map(
      addresses.map((address) => {
        const key = keyOf(address)
        return [placeOf(key, address), key]
      }),
    ).values(),
  )

const requestFor = (wanted: Arr.NonEmptyReadonlyArray<Wanted>): RequestItems => {
  const addresses = wanted.map(({ address }) => address)
  return Object.fromEntries(
    Object.entries(Arr.groupBy(addresses, ({ table }) => table)).map(([table, inTable]) => [
      table,
      { Keys: uniqueKeys(inTable), ConsistentRead: inTable[0].consistentRead },
    ]),
  )
}

const leftUnprocessed = new SourceError({
  reason: new Throttled({ detail: "DynamoDB left keys of BatchGetItem unprocessed" }),
})

export const make: Effect.Effect<Source<"dynamodb">, never, AwsClients | Scope.Scope> = Effect.gen(
  function* () {
    const clients = yield* AwsClients
    const call = yield* clients.caller("DYNAMODB", (options) => new DynamoDBClient(options))

    const fetchOne = (address: ItemAddress) =>
      call(address, "GetItem", (client, options) =>
        client.send(
          new GetItemCommand({
            TableName: address.table,
            Key: keyOf(address),
            ConsistentRead: address.consistentRead,
          }),
          options,
        ),
      ).pipe(Effect.map(({ Item }) => fetched(address, Item)))

    /** One round: tells what came, and gives what DynamoDB left unprocessed. */
    const fetchRound = Effect.fnUntraced(function* (
      wanted: Arr.NonEmptyReadonlyArray<Wanted>,
      attempt: Attempt,
      { settle }: Rounds,
    ) {
      const [{ address: first }] = wanted
      const request = new BatchGetItemCommand({ RequestItems: requestFor(wanted) })
      const ask = Effect.gen(function* () {
        const askedAt = yield* Clock.currentTimeMillis
        const reply = yield* call(first, "BatchGetItem", (client, options) => client.send(request, options))
        return { askedAt, reply }
      })
      const { askedAt, reply } = yield* attempt(ask)
      const itemAt = finderOf(Object.entries(reply.Responses ?? {}))
      const keyAt = finderOf(
        Object.entries(reply.UnprocessedKeys ?? {}).map(([table, { Keys }]) => [table, Keys] as const),
      )
      return wanted.filter(({ address, index }) => {
        const item = itemAt(address)
        if (item === undefined && keyAt(address) !== undefined) return true
        settle(
          index,
          Result.map(fetched(address, item), (value) => ({ ...value, askedAt })),
        )
        return false
      })
    })

    /** What is left of a batch after all its rounds, and was told so. Never the items that came: they cost capacity. */
    const fetchMany = Effect.fnUntraced(function* (
      addresses: Arr.NonEmptyReadonlyArray<ItemAddress>,
      attempt: Attempt,
      rounds: Rounds,
    ) {
      let left: ReadonlyArray<Wanted> = addresses.map((address, index) => ({ address, index }))
      const untilSomeCame = Effect.suspend(() =>
        Arr.isReadonlyArrayNonEmpty(left) ? fetchRound(left, attempt, rounds) : Effect.succeed([]),
      ).pipe(
        Effect.filterOrFail(
          (after) => after.length < left.length || left.length === 0,
          () => leftUnprocessed,
        ),
        Effect.retry({
          schedule: pauses,
          while: (error) => error === leftUnprocessed && rounds.isWanted(),
        }),
      )
      while (left.length > 0) {
        if (!rounds.isWanted()) return yield* leftUnprocessed
        left = yield* untilSomeCame
      }
      return []
    })

    return {
      kind: "dynamodb",
      batchSize: BATCH_SIZE,
      // ConsistentRead is a property of a whole table within one call.
      groupOf: (address) => `${accessText(address)} ${address.consistentRead}`,
      fetch: (addresses, attempt, _held, rounds) =>
        addresses.length === 1
          ? attempt(Effect.map(fetchOne(addresses[0]), Arr.of))
          : fetchMany(addresses, attempt, rounds),
    }
  },
)
