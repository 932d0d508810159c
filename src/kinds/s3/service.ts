/**
 * S3, as the service behind a kind. A request has a limit of its own for the length of the reply: `max_bytes` of the entry.
 */
import type { AwsService } from "../Kind.ts"

export const S3: AwsService = {
  id: "S3",
  host: "s3",
  longestReplies: {},
  operationOf: (method) => (method === "GET" ? "GetObject" : undefined),
  servesContent: true,
}
