/**
 * Fetches items from DynamoDB by primary key, and queries (`queries.ts`).
 *
 * One item is a GetItem, several are a BatchGetItem of up to 100 keys. A reply has at most 16 MB, or about 1 MB from one
 * partition. Keys beyond that stay unprocessed and are requested again in further rounds; the items of each round are
 * served when it ends.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
import { BatchGetItemCommand, type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { accessText } from "../../../domain/Address.ts"
import { isQuery, type ItemAddress, type QueryAddress } from "../address.ts"
import { SourceError, Throttled } from "../../../domain/SourceError.ts"
import type { Attributes } from "./attributes.ts"
import { AwsClients } from "../../../aws/AwsClients.ts"
import { notFound, unavailable } from "../../../aws/awsErrors.ts"
import { itemRenderer } from "./itemJson.ts"
import { isAt, primaryKey, projection, requestItems, readRound } from "./itemKeys.ts"
import { checked, withTable } from "./replies.ts"
import { DYNAMODB } from "../service.ts"
import type { Attempt, Fetched, Rounds, Source } from "../../Source.ts"
import { makeClient, type ServiceProtocol } from "../../../aws/client.ts"
import { jsonProtocol } from "../../../aws/jsonProtocol.ts"

/** As in the SDK: `runtimeConfig.shared` of its client. */
export const PROTOCOL: ServiceProtocol = {
  make: () => jsonProtocol("1.0", "DynamoDB_20120810"),
}

/** The maximum number of keys in a BatchGetItem. */
const BATCH_SIZE = 100

/** The pauses after rounds that returned no item. After the last one, the batch fails. */
const pauses = Schedule.exponential("50 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 5 }))

const toResult = (address: ItemAddress, item: Attributes | undefined): Fetched =>
  item === undefined
    ? Result.fail(notFound(`no item in table ${address.table} with this key`))
    : Result.succeed({
        body: Redacted.make(itemRenderer(address)(item)),
        contentType: "application/json",
      })

const unexpectedReply = (operation: string) =>
  unavailable(`the reply to ${operation} is about something that was not asked for`)

/** An address and its index in the batch. */
interface Wanted {
  readonly address: ItemAddress
  readonly index: number
}

/** ConsistentRead and the projection apply to a whole table in one call. A query is a call of its own. */
const groupOf = (address: ItemAddress | QueryAddress): string =>
  isQuery(address)
    ? JSON.stringify(address)
    : JSON.stringify([accessText(address), address.consistentRead, address.attributes])

const leftUnprocessed = new SourceError({
  reason: new Throttled({ detail: "DynamoDB left keys of BatchGetItem unprocessed" }),
})

export const make: Effect.Effect<Source<"dynamodb">, never, AwsClients | Scope.Scope> = Effect.gen(
  function* () {
    const clients = yield* AwsClients
    const call = yield* clients.caller(DYNAMODB, (options) =>
      makeClient<DynamoDBClient>(DYNAMODB, PROTOCOL, options),
    )

    const fetchOne = (address: ItemAddress) =>
      call(address, "GetItem", (client, options) =>
        client
          .send(
            new GetItemCommand({
              TableName: address.table,
              Key: primaryKey(address),
              ConsistentRead: address.consistentRead,
              ...projection([address]),
            }),
            options,
          )
          .then(checked("GetItem")),
      ).pipe(
        Effect.mapError(withTable(address)),
        Effect.flatMap(({ Item }) =>
          Item === undefined || isAt(Item, address)
            ? Effect.succeed(toResult(address, Item))
            : Effect.fail(unexpectedReply("GetItem")),
        ),
      )

    /** Makes one call, settles the addresses that it answers, and returns those that are left unprocessed. */
    const fetchRound = Effect.fnUntraced(function* (
      wanted: Arr.NonEmptyReadonlyArray<Wanted>,
      attempt: Attempt,
      { settle }: Rounds,
    ) {
      const [{ address: first }] = wanted
      const addresses = wanted.map(({ address }) => address)
      const request = new BatchGetItemCommand({ RequestItems: requestItems(addresses) })
      const ask = Effect.gen(function* () {
        const askedAt = yield* Clock.currentTimeMillis
        const reply = yield* call(first, "BatchGetItem", (client, options) =>
          client.send(request, options).then(checked("BatchGetItem")),
        )
        const round = readRound(reply, addresses)
        return round === undefined ? yield* unexpectedReply("BatchGetItem") : { askedAt, ...round }
      })
      const { askedAt, isUnprocessed, itemAt } = yield* attempt(ask)
      return wanted.filter(({ address, index }) => {
        if (isUnprocessed(address)) return true
        const item = itemAt(address)
        settle(
          index,
          Result.map(toResult(address, item), (value) => ({ ...value, askedAt })),
        )
        return false
      })
    })

    /** Fetches a batch in rounds. Each round requests only what is left, because reading an item again consumes capacity. */
    const fetchMany = Effect.fnUntraced(function* (
      addresses: Arr.NonEmptyReadonlyArray<ItemAddress>,
      attempt: Attempt,
      rounds: Rounds,
    ) {
      let left: ReadonlyArray<Wanted> = addresses.map((address, index) => ({ address, index }))
      /** Repeats a round that returned nothing, as long as somebody waits for the items. */
      const untilSomeCame = Effect.suspend(() => {
        if (!rounds.isWanted()) return Effect.fail(leftUnprocessed)
        return Arr.isReadonlyArrayNonEmpty(left) ? fetchRound(left, attempt, rounds) : Effect.succeed([])
      }).pipe(
        Effect.filterOrFail(
          (after) => after.length < left.length || left.length === 0,
          () => leftUnprocessed,
        ),
        Effect.retry({
          schedule: pauses,
          while: (error) => error === leftUnprocessed && rounds.isWanted(),
        }),
      )
      while (left.length > 0) left = yield* untilSomeCame
      return []
    })

    const fetchItems = (
      addresses: Arr.NonEmptyReadonlyArray<ItemAddress>,
      attempt: Attempt,
      rounds: Rounds,
    ): Effect.Effect<ReadonlyArray<Fetched>, SourceError> =>
      addresses.length === 1
        ? attempt(Effect.map(fetchOne(addresses[0]), Arr.of))
        : fetchMany(addresses, attempt, rounds)

    /** What fetches queries is imported with the first. */
    const fetchFound = (address: QueryAddress, attempt: Attempt, rounds: Rounds) =>
      Effect.flatMap(
        Effect.promise(() => import("./queries.ts")),
        ({ fetchQuery }) => fetchQuery(call, address, attempt, rounds),
      )

    return {
      kind: "dynamodb",
      batchSize: BATCH_SIZE,
      groupOf,
      fetch: (addresses, attempt, _held, rounds) => {
        const [first] = addresses
        // A group has items only, or one and the same query.
        return isQuery(first)
          ? Effect.map(fetchFound(first, attempt, rounds), (value) =>
              addresses.map(() => Result.succeed(value)),
            )
          : fetchItems(addresses as Arr.NonEmptyReadonlyArray<ItemAddress>, attempt, rounds)
      },
    }
  },
)
