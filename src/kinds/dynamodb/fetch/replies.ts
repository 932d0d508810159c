/**
 * The shapes of DynamoDB's replies, as in the API reference, and what its errors leave out.
 */
import { notFound } from "../../../aws/awsErrors.ts"
import { checkedBy } from "../../../aws/replies.ts"
import { absentOr, listOf, mapOf, object, type Shaped } from "../../../aws/shapes.ts"
import type { SourceError } from "../../../domain/SourceError.ts"
import type { ItemAddress } from "../address.ts"
import { attributes } from "./attributes.ts"

export const SHAPES = {
  // A missing Item means that none has this key. DynamoDB never sends null, so null is refused.
  GetItem: object({ Item: absentOr(attributes) }, {}),
  BatchGetItem: object(
    {
      Responses: mapOf(listOf(attributes)),
      UnprocessedKeys: absentOr(mapOf(object({ Keys: listOf(attributes) }, {}))),
    },
    {},
  ),
  // Only the last page has no LastEvaluatedKey.
  Query: object({ Items: listOf(attributes), LastEvaluatedKey: absentOr(attributes) }, {}),
} as const

export type ReplyOf<O extends keyof typeof SHAPES> = Shaped<(typeof SHAPES)[O]>

export const checked = checkedBy(SHAPES)

/** DynamoDB does not say which table it does not find. */
export const withTable =
  ({ region, table }: Pick<ItemAddress, "region" | "table">) =>
  (error: SourceError): SourceError =>
    error.reason._tag === "NotFound"
      ? notFound(`${error.message}: there is no table ${table} in ${region}`)
      : error
