/**
 * The shapes of DynamoDB's replies, as in the API reference.
 */
import { checkedBy } from "../../../aws/replies.ts"
import { absentOr, listOf, mapOf, object, type Shaped } from "../../../aws/shapes.ts"
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
