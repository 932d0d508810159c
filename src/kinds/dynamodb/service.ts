/**
 * DynamoDB, as the service behind a kind.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html: 400 KB per item, 16 MB per batch,
 * 1 MB per page of a query.
 */
import { KIB, MIB } from "../../domain/defaults.ts"
import type { AwsService } from "../Kind.ts"
import { METADATA, members } from "../replyLength.ts"

/** The factor for attribute types, quotes and commas around values: a list of small numbers becomes four times as long. */
const TYPED = 4

export const DYNAMODB: AwsService = {
  id: "DYNAMODB",
  host: "dynamodb",
  longestReplies: {
    GetItem: members(1, 400 * KIB),
    BatchGetItem: 16 * MIB * TYPED + 100 * METADATA,
    Query: members(1, MIB) + METADATA,
  },
}
