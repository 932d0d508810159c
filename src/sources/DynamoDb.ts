/**
 * The source of items: DynamoDB, by primary key.
 *
 * One item goes out as GetItem, several as BatchGetItem (100 at most); the keys that DynamoDB leaves
 * unprocessed are asked for again. Replies are matched by the values of the key attributes.
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
import type { Fetched, Source } from "./Source.ts"

/** The most keys that BatchGetItem takes. */
const BATCH_SIZE = 100

/** How keys that DynamoDB left unprocessed are asked for again; the caller's time budget ends it earlier. */
const unprocessedSchedule = Schedule.exponential("50 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 5 }),
)

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

const isAt = (item: Item, address: ItemAddress): boolean =>
  keyAttributes(address).every(
    (attribute) => fingerprint(item[attribute.name]) === fingerprint(attributeOf(attribute)),
  )

const fetched = (address: ItemAddress, item: Item | undefined): Fetched =>
  item === undefined
    ? Result.fail(notFound(`no item in table ${address.table} with this key`))
    : Result.succeed({
        body: Redacted.make(itemJson(item, address.numbers)),
        contentType: "application/json",
      })

const requestFor = (addresses: ReadonlyArray<ItemAddress>): RequestItems =>
  Object.fromEntries(
    Object.entries(Arr.groupBy(addresses, ({ table }) => table)).map(([table, inTable]) => [
      table,
      { Keys: inTable.map(keyOf), ConsistentRead: inTable[0].consistentRead },
    ]),
  )

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

    const fetchMany = Effect.fnUntraced(function* (addresses: Arr.NonEmptyReadonlyArray<ItemAddress>) {
      const items = new Map<string, Array<Item>>()
      let pending = requestFor(addresses)

      yield* Effect.suspend(() =>
        call(addresses[0], "BatchGetItem", (client, options) =>
          client.send(new BatchGetItemCommand({ RequestItems: pending }), options),
        ),
      ).pipe(
        Effect.flatMap(({ Responses = {}, UnprocessedKeys = {} }) => {
          for (const [table, found] of Object.entries(Responses))
            items.set(table, [...(items.get(table) ?? []), ...found])
          pending = UnprocessedKeys
          return Object.keys(pending).length === 0 ? Effect.void : Effect.fail(leftUnprocessed)
        }),
        Effect.retry({ schedule: unprocessedSchedule, while: (error) => error === leftUnprocessed }),
        // What was left unprocessed to the end fails alone, below.
        Effect.catchIf(
          (error) => error === leftUnprocessed,
          () => Effect.void,
        ),
      )

      const isPending = (address: ItemAddress) =>
        (pending[address.table]?.Keys ?? []).some((key) => isAt(key, address))
      return addresses.map((address): Fetched => {
        const item = items.get(address.table)?.find((candidate) => isAt(candidate, address))
        return item === undefined && isPending(address)
          ? Result.fail(leftUnprocessed)
          : fetched(address, item)
      })
    })

    return {
      kind: "dynamodb",
      batchSize: BATCH_SIZE,
      // ConsistentRead is a property of a whole table within one call.
      groupOf: (address) => `${accessText(address)} ${address.consistentRead}`,
      fetch: (addresses, attempt) =>
        attempt(addresses.length === 1 ? Effect.map(fetchOne(addresses[0]), Arr.of) : fetchMany(addresses)),
    }
  },
)
