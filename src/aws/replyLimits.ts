/**
 * How long a reply of AWS may be, by operation: the service's documented maximum, with room for what JSON adds. So nothing
 * that answers in AWS's place, such as a proxy, can fill the function's memory with an endless body.
 */
import { KIB, MIB } from "../domain/defaults.ts"
import type { AwsService } from "./send.ts"

/** An escaped character such as `\u0001` is six times as long. */
const ESCAPED = 6

/** Attribute types, quotes and commas: a list of small numbers is four times as long. */
const TYPED = 4

/** Everything of one member but its value: name, dates, ARN. */
const METADATA = 16 * KIB

const members = (count: number, bytes: number): number => count * (bytes * ESCAPED + METADATA)

/** For all other replies: errors, sessions, credentials. */
const DEFAULT_LIMIT = MIB

const LIMITS: { readonly [S in AwsService]: Readonly<Record<string, number>> } = {
  // https://docs.aws.amazon.com/general/latest/gr/ssm.html: 8 KB for an advanced parameter, 10 in a reply.
  SSM: {
    GetParameter: members(1, 8 * KIB),
    GetParameters: members(10, 8 * KIB),
    GetParametersByPath: members(10, 8 * KIB),
  },
  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html: 64 KiB, 20 in a batch.
  SECRETS_MANAGER: {
    GetSecretValue: members(1, 64 * KIB),
    BatchGetSecretValue: members(20, 64 * KIB),
  },
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html: 400 KB an item, 16 MB a batch.
  DYNAMODB: {
    GetItem: members(1, 400 * KIB),
    BatchGetItem: 16 * MIB * TYPED + 100 * METADATA,
  },
  // https://docs.aws.amazon.com/general/latest/gr/appconfig.html: 4 MB with a raised quota; the body is not JSON.
  APPCONFIGDATA: { GetLatestConfiguration: 4 * MIB },
  STS: {},
}

/** The longest allowed reply to an operation, in bytes. */
export const replyLimit = (service: AwsService, operation: string | undefined): number => {
  const limits = LIMITS[service]
  const limit = operation !== undefined && Object.hasOwn(limits, operation) ? limits[operation] : undefined
  return Math.max(DEFAULT_LIMIT, limit ?? DEFAULT_LIMIT)
}

interface Request {
  readonly headers: Readonly<Record<string, string>>
  readonly method: string
  readonly path: string
}

/** The operation of a signed request. JSON protocols name it in a header; AppConfig's is recognized by its path. */
export const operationName = ({ headers, method, path }: Request): string | undefined =>
  headers["x-amz-target"]?.split(".").at(-1) ??
  (method === "GET" && path.endsWith("/configuration") ? "GetLatestConfiguration" : undefined)
