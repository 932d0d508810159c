/**
 * The shapes of DynamoDB's replies, as in the API reference.
 */
import { checkedBy } from "../../../aws/replies.ts"
import { absentOr, listOf, mapOf, object, type Shaped } from "../../../aws/shapes.ts"
import { attributes } from "./attributes.ts"

export const SHAPES = {
  // Without Item, there is none with this key. DynamoDB never sends null, so that is refused.
  GetItem: object({ Item: absentOr(attributes) }, {}),
  BatchGetItem: object(
    {
      Responses: mapOf(listOf(attributes)),
      UnprocessedKeys: absentOr(mapOf(object({ Keys: listOf(attributes) }, {}))),
    },
    {},
  ),
} as const

export type ReplyOf<O extends keyof typeof SHAPES> = Shaped<(typeof SHAPES)[O]>

export const checked = checkedBy(SHAPES)
