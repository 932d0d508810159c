/**
 * Keeps the shared tier in a DynamoDB table: an item for each record and each lease. Needs no VPC.
 *
 * The table has the partition key `key` (a string) and the TTL attribute `expires`. The store's clock is the `Date` of
 * DynamoDB's replies. Leases expire by it, however wrong the clocks of their holders are. `SharedTier.ts` imports this module,
 * and with it the SDK's client, only if config.yaml names such a store.
 */
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
} from "@aws-sdk/client-dynamodb"
import { HttpResponse } from "@smithy/core/protocols"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { AwsClients } from "../../aws/AwsClients.ts"
import { makeClient } from "../../aws/client.ts"
import type { SendOptions } from "../../aws/send.ts"
import type { StorePlan } from "../../config/SharedPlan.ts"
import { MAX_IDLE } from "../../domain/defaults.ts"
import type { SourceError } from "../../domain/SourceError.ts"
import type { Attributes } from "../../kinds/dynamodb/fetch/attributes.ts"
import { PROTOCOL } from "../../kinds/dynamodb/fetch/items.ts"
import { checked } from "../../kinds/dynamodb/fetch/replies.ts"
import { DYNAMODB } from "../../kinds/dynamodb/service.ts"
import type { AwsService } from "../../kinds/Kind.ts"
import { type SharedStore, type StoredRecord, StoreError } from "../SharedStore.ts"

/** DynamoDB as a store: its endpoint is that of the kind, its calls are not counted as fetches. */
export const TABLE_SERVICE: AwsService = { ...DYNAMODB, isTier: true }

/** The attributes of an item. `docs/shared-engines.md` and the templates of the table name `key` and `expires`. */
export const ATTRIBUTES = {
  key: "key",
  body: "body",
  askedAt: "askedAt",
  owner: "owner",
  until: "until",
  expires: "expires",
} as const

/** The maximum number of keys in a BatchGetItem. */
const BATCH_SIZE = 100

/** How many items are written at once. */
const CONCURRENT_WRITES = 25

/** `Date` counts whole seconds, so a reply is this much later on average, in milliseconds. */
const HALF_A_SECOND = 500

/** How far the store's clock may be off: a second of `Date`, with the time on the way. */
const CLOCK_ERROR = 1_000

/** How long an ended lease stays in the table, in milliseconds. */
const LEASE_KEPT = 3_600_000

const CONDITION_FAILED = "ConditionalCheckFailedException"

const isConditionFailed = (cause: unknown): boolean =>
  cause instanceof Error && cause.name === CONDITION_FAILED

const epochSeconds = (milliseconds: number): string => String(Math.ceil(milliseconds / 1_000))

const numberIn = (item: Attributes | undefined, name: string): number | undefined => {
  const attribute = item?.[name]
  return attribute !== undefined && "N" in attribute ? Number(attribute.N) : undefined
}

const textIn = (item: Attributes | undefined, name: string): string | undefined => {
  const attribute = item?.[name]
  return attribute !== undefined && "S" in attribute ? attribute.S : undefined
}

/** The record of an item; undefined for any other item, and for one that has expired but has not been deleted yet. */
const recordIn = (item: Attributes | undefined, now: number): StoredRecord | undefined => {
  const askedAt = numberIn(item, ATTRIBUTES.askedAt)
  const body = textIn(item, ATTRIBUTES.body)
  const expiresAt = (numberIn(item, ATTRIBUTES.expires) ?? 0) * 1_000
  return askedAt === undefined || body === undefined || expiresAt <= now ? undefined : { askedAt, body }
}

const storeError = (operation: string) => (error: SourceError) =>
  new StoreError({ detail: `${operation}: ${error.message}` })

const unprocessed = new StoreError({ detail: "BatchGetItem: DynamoDB throttles reads of the table" })

/** A `Date` header in epoch milliseconds; undefined if it is not one. */
const dateIn = (response: unknown): number | undefined => {
  if (!HttpResponse.isInstance(response)) return undefined
  const time = Date.parse(response.headers["date"] ?? "")
  return Number.isNaN(time) ? undefined : time
}

/** Makes a store of a table. The scope destroys its client. */
export const makeDynamoDbStore = ({
  region,
  table,
}: Extract<StorePlan, { readonly _tag: "DynamoDb" }>): Effect.Effect<
  SharedStore,
  never,
  AwsClients | Scope.Scope
> =>
  Effect.gen(function* () {
    const clients = yield* AwsClients
    const clock = yield* Clock.Clock
    /** How much the store's clock is ahead of this environment's. */
    let ahead = 0
    let isTold = false
    /** When the connection last brought a reply; undefined after a call without one. */
    let repliedAt: number | undefined

    const noteDate = (date: number | undefined) => {
      const now = clock.currentTimeMillisUnsafe()
      repliedAt = now
      if (date === undefined) return
      const difference = date + HALF_A_SECOND - now
      isTold = true
      ahead = Math.abs(difference) > CLOCK_ERROR ? difference : 0
    }

    const call = yield* clients.caller(TABLE_SERVICE, (options) => {
      const client = makeClient<DynamoDBClient>(TABLE_SERVICE, PROTOCOL, options)
      client.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args)
          noteDate(dateIn(result.response))
          return result
        },
        { step: "finalizeRequest", name: "clockOfTheStore" },
      )
      return client
    })

    const storeNow = (): number => clock.currentTimeMillisUnsafe() + ahead

    const send = <Reply>(
      operation: string,
      request: (client: DynamoDBClient, options: SendOptions) => Promise<Reply>,
    ): Effect.Effect<Reply, StoreError> =>
      call({ region }, operation, request).pipe(
        Effect.onExit((exit) =>
          Effect.sync(() => {
            if (exit._tag === "Failure") repliedAt = undefined
          }),
        ),
        Effect.mapError(storeError(operation)),
      )

    /** The items at up to a hundred keys. */
    const readBatch = (keys: ReadonlyArray<string>, isConsistent: boolean) =>
      send("BatchGetItem", (client, options) =>
        client
          .send(
            new BatchGetItemCommand({
              RequestItems: {
                [table]: {
                  Keys: keys.map((key) => ({ [ATTRIBUTES.key]: { S: key } })),
                  ConsistentRead: isConsistent,
                },
              },
            }),
            options,
          )
          .then(checked("BatchGetItem")),
      ).pipe(
        Effect.flatMap(({ Responses, UnprocessedKeys = {} }) =>
          // A key that DynamoDB has not read is not one that is missing.
          Object.keys(UnprocessedKeys).length > 0
            ? Effect.fail(unprocessed)
            : Effect.succeed(Responses[table] ?? []),
        ),
      )

    const read: SharedStore["read"] = ({ keys, leases }) =>
      Effect.gen(function* () {
        const wanted = Arr.dedupe([...keys, ...leases])
        // Whoever sees that a lease is free must also see what its holder has written.
        const batches = yield* Effect.forEach(
          Arr.chunksOf(wanted, BATCH_SIZE),
          (batch) => readBatch(batch, leases.length > 0),
          { concurrency: "unbounded" },
        )
        const items = new Map(batches.flat().map((item) => [textIn(item, ATTRIBUTES.key), item]))
        const now = storeNow()
        return {
          records: keys.map((key) => recordIn(items.get(key), now)),
          isHeld: leases.map((key) => (numberIn(items.get(key), ATTRIBUTES.until) ?? 0) > now),
          now: isTold ? now : undefined,
        }
      })

    /** Puts an item on a condition. False if the condition does not hold. */
    const put = (input: Omit<PutItemCommandInput, "TableName">): Effect.Effect<boolean, StoreError> =>
      send("PutItem", (client, options) =>
        client.send(new PutItemCommand({ TableName: table, ...input }), options).then(
          () => true,
          (cause: unknown) => (isConditionFailed(cause) ? false : Promise.reject(cause)),
        ),
      )

    const write: SharedStore["write"] = (records) =>
      Effect.forEach(
        records,
        ({ askedAt, body, expiresAt, key }) =>
          put({
            Item: {
              [ATTRIBUTES.key]: { S: key },
              [ATTRIBUTES.askedAt]: { N: String(askedAt) },
              [ATTRIBUTES.body]: { S: body },
              [ATTRIBUTES.expires]: { N: epochSeconds(expiresAt) },
            },
            ConditionExpression: "attribute_not_exists(#askedAt) OR #askedAt < :askedAt",
            ExpressionAttributeNames: { "#askedAt": ATTRIBUTES.askedAt },
            ExpressionAttributeValues: { ":askedAt": { N: String(askedAt) } },
          }),
        { concurrency: CONCURRENT_WRITES, discard: true },
      )

    const acquire: SharedStore["acquire"] = ({ key, owner }, milliseconds) =>
      Effect.suspend(() => {
        const now = storeNow()
        const until = now + milliseconds
        return put({
          Item: {
            [ATTRIBUTES.key]: { S: key },
            [ATTRIBUTES.owner]: { S: owner },
            [ATTRIBUTES.until]: { N: String(until) },
            [ATTRIBUTES.expires]: { N: epochSeconds(until + LEASE_KEPT) },
          },
          ConditionExpression: "attribute_not_exists(#until) OR #until < :now OR #owner = :owner",
          ExpressionAttributeNames: { "#until": ATTRIBUTES.until, "#owner": ATTRIBUTES.owner },
          ExpressionAttributeValues: { ":now": { N: String(now) }, ":owner": { S: owner } },
        })
      })

    const release: SharedStore["release"] = ({ key, owner }) =>
      send("DeleteItem", (client, options) =>
        client
          .send(
            new DeleteItemCommand({
              TableName: table,
              Key: { [ATTRIBUTES.key]: { S: key } },
              ConditionExpression: "#owner = :owner",
              ExpressionAttributeNames: { "#owner": ATTRIBUTES.owner },
              ExpressionAttributeValues: { ":owner": { S: owner } },
            }),
            options,
          )
          .then(
            () => {},
            (cause: unknown) => (isConditionFailed(cause) ? undefined : Promise.reject(cause)),
          ),
      )

    return {
      clockError: CLOCK_ERROR,
      // The transport uses no connection that was idle for longer.
      isConnected: Effect.sync(
        () => repliedAt !== undefined && clock.currentTimeMillisUnsafe() - repliedAt < MAX_IDLE,
      ),
      read,
      write,
      acquire,
      release,
    }
  })
