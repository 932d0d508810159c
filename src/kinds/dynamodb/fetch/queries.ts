/**
 * Fetches what a query finds as one value: a JSON array of the items, in the order of the sort key.
 *
 * A page has at most 1 MB and the key to start the next from, so pages come one after the other. A read's budget starts
 * again with each. A result beyond `max_items` or `max_bytes` is refused as soon as that is known.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
 */
import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from "@aws-sdk/client-dynamodb"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Caller } from "../../../aws/AwsClients.ts"
import { unavailable } from "../../../aws/awsErrors.ts"
import type { Value } from "../../../domain/Entry.ts"
import { SourceError, TooLarge } from "../../../domain/SourceError.ts"
import { EMPTY_PAGES, furtherPage } from "../../../sources/retry.ts"
import type { Attempt, Rounds } from "../../Source.ts"
import type { KeyAttribute, QueryAddress } from "../address.ts"
import { makePlaceholders, type Placeholders, projectionExpression } from "../attributePath.ts"
import type { Attributes } from "./attributes.ts"
import { itemRenderer } from "./itemJson.ts"
import { hasKey, toSdkAttribute } from "./itemKeys.ts"
import { checked, type ReplyOf, withTable } from "./replies.ts"

type Page = ReplyOf<"Query">

/** The condition on the sort key as text, with the values `:sort` and `:to`. */
const sortExpression = ({ query: { sort } }: QueryAddress, { of }: Placeholders): string => {
  if (sort === undefined) return ""
  const name = of(sort.name)
  switch (sort.operator) {
    case "between":
      return ` AND ${name} BETWEEN :sort AND :to`
    case "begins_with":
      return ` AND begins_with(${name}, :sort)`
    default:
      return ` AND ${name} ${sort.operator} :sort`
  }
}

const valuesOf = ({ hash, query: { sort } }: QueryAddress) => ({
  ":hash": toSdkAttribute(hash),
  ...(sort === undefined ? {} : { ":sort": toSdkAttribute(sort) }),
  ...(sort?.to === undefined ? {} : { ":to": toSdkAttribute({ ...sort, value: sort.to }) }),
})

/** The part of the input that all pages of a query share. */
const inputOf = (address: QueryAddress) => {
  const { attributes, consistentRead, hash, query, table } = address
  const placeholders = makePlaceholders()
  const KeyConditionExpression = `${placeholders.of(hash.name)} = :hash${sortExpression(address, placeholders)}`
  const ProjectionExpression = attributes && projectionExpression(attributes, [hash.name], placeholders)
  return {
    TableName: table,
    IndexName: query.index,
    KeyConditionExpression,
    ProjectionExpression,
    ExpressionAttributeNames: placeholders.names(),
    ExpressionAttributeValues: valuesOf(address),
    ConsistentRead: consistentRead,
    ScanIndexForward: query.isDescending !== true,
  }
}

const tooLarge = (bound: string): SourceError =>
  new SourceError({ reason: new TooLarge({ detail: `the query finds more than ${bound}` }) })

/** The key that the next page starts behind; undefined if there is none. */
const startOf = ({ LastEvaluatedKey: key }: Page): Attributes | undefined =>
  key === undefined || Object.keys(key).length === 0 ? undefined : key

const isSameKey = (left: Attributes, right: Attributes | undefined): boolean =>
  right !== undefined && JSON.stringify(left) === JSON.stringify(right)

/** The JSON texts of the items so far, which may not exceed the bounds of the query. */
const makeResult = (address: QueryAddress) => {
  const { limit = Infinity, maxBytes, maxItems } = address.query
  const render = itemRenderer(address)
  const texts: Array<string> = []
  // The brackets; each item has a comma or none.
  let bytes = 2
  return {
    /** How many items the next page may bring. One item beyond the bound shows that there are too many. */
    left: () => Math.min(limit, maxItems + 1) - texts.length,
    /** Why the result is refused with these items; undefined if it is not. */
    add: (items: ReadonlyArray<Attributes>): SourceError | undefined => {
      for (const item of items.slice(0, limit - texts.length)) {
        const text = render(item)
        bytes += Buffer.byteLength(text) + (texts.length === 0 ? 0 : 1)
        texts.push(text)
        if (texts.length > maxItems) return tooLarge(`${maxItems} items (query.max_items)`)
        if (bytes > maxBytes) return tooLarge(`${maxBytes} bytes of JSON (query.max_bytes)`)
      }
      return undefined
    },
    json: () => `[${texts.join(",")}]`,
  }
}

/** Fetches all pages of a query. Each is a separate attempt. The age counts from the first. */
export const fetchQuery = Effect.fnUntraced(function* (
  call: Caller<DynamoDBClient>,
  address: QueryAddress,
  attempt: Attempt,
  rounds: Rounds,
) {
  const input = inputOf(address)
  const partition: ReadonlyArray<KeyAttribute> = [address.hash]
  const result = makeResult(address)

  const page = (
    start: Attributes | undefined,
  ): Effect.Effect<Page & { readonly askedAt: number }, SourceError> =>
    attempt(
      Effect.gen(function* () {
        const askedAt = yield* Clock.currentTimeMillis
        const request = new QueryCommand({
          ...input,
          Limit: result.left(),
          // As the reply has it: bytes are in base64, which is what is sent.
          ExclusiveStartKey: start as QueryCommandInput["ExclusiveStartKey"],
        })
        const reply = yield* call(address, "Query", (client, options) =>
          client.send(request, options).then(checked("Query")),
        ).pipe(Effect.mapError(withTable(address)))
        return reply.Items.every((item) => hasKey(item, partition))
          ? { ...reply, askedAt }
          : yield* unavailable("the reply to Query is about something that was not asked for")
      }),
    )

  const first = yield* page(undefined)
  let items = first.Items
  let start = startOf(first)
  let emptyPages = 0
  for (;;) {
    const refusal = result.add(items)
    if (refusal !== undefined) return yield* refusal
    if (start === undefined || result.left() <= 0) break
    rounds.moved()
    const next = yield* furtherPage(page(start), rounds, `the query of ${address.table}`)
    emptyPages = next.Items.length === 0 ? emptyPages + 1 : 0
    const after = startOf(next)
    if (isSameKey(start, after) || emptyPages > EMPTY_PAGES)
      return yield* unavailable(`DynamoDB does not stop sending pages of the query of ${address.table}`)
    items = next.Items
    start = after
  }
  const value: Value = {
    body: Redacted.make(result.json()),
    contentType: "application/json",
    askedAt: first.askedAt,
  }
  return value
})
