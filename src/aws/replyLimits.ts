/**
 * The longest reply that AWS may send: what the service documents for the operation (`kinds/<kind>/service.ts`), else 1
 * MiB. So nothing that answers in AWS's place, such as a proxy, can fill the function's memory with an endless body.
 */
import { MIB } from "../domain/defaults.ts"
import type { AwsService } from "../kinds/Kind.ts"

/** For all other replies: errors, sessions, credentials. */
const DEFAULT_LIMIT = MIB

/** The longest allowed reply to an operation, in bytes. */
export const replyLimit = ({ longestReplies }: AwsService, operation: string | undefined): number => {
  const limit =
    operation !== undefined && Object.hasOwn(longestReplies, operation)
      ? longestReplies[operation]
      : undefined
  return Math.max(DEFAULT_LIMIT, limit ?? DEFAULT_LIMIT)
}

interface Request {
  readonly headers: Readonly<Record<string, string>>
  readonly method: string
  readonly path: string
}

/** The operation of a signed request. JSON protocols name it in a header. */
export const operationName = (
  { operationOf }: AwsService,
  { headers, method, path }: Request,
): string | undefined => headers["x-amz-target"]?.split(".").at(-1) ?? operationOf?.(method, path)
