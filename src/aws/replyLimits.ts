/**
 * How long a reply of AWS may be, by operation: the documented maximum of the service, with room for what JSON adds.
 * A proxy, or whatever else answers in AWS's place, cannot fill the function's memory with an endless body.
 *
 * `requestHandler.ts` hands the limit on with each request.
 */
import { KIB, MIB } from "../domain/defaults.ts"
import type { AwsService } from "./send.ts"

/** A character of a value may be written as `\u0001`, which is six times as long. */
const ESCAPED = 6

/** Attribute types, quotes and commas around the values of an item: a list of small numbers is four times as long. */
const TYPED = 4

/** Names, dates, ARNs and the like of one member. */
const AROUND = 16 * KIB

const members = (count: number, bytes: number): number => count * (bytes * ESCAPED + AROUND)

/** Everything else: errors, sessions, credentials. */
const SMALL = MIB

const LIMITS: { readonly [S in AwsService]: Readonly<Record<string, number>> } = {
  // https://docs.aws.amazon.com/general/latest/gr/ssm.html: 8 KB for an advanced parameter, ten in a reply.
  SSM: {
    GetParameter: members(1, 8 * KIB),
    GetParameters: members(10, 8 * KIB),
    GetParametersByPath: members(10, 8 * KIB),
  },
  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html: 64 KiB, twenty in a batch.
  SECRETS_MANAGER: {
    GetSecretValue: members(1, 64 * KIB),
    BatchGetSecretValue: members(20, 64 * KIB),
  },
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html: 400 KB an item, 16 MB a batch.
  DYNAMODB: {
    GetItem: members(1, 400 * KIB),
    BatchGetItem: 16 * MIB * TYPED + 100 * AROUND,
  },
  // https://docs.aws.amazon.com/general/latest/gr/appconfig.html: 4 MB at most where the quota was raised. As it is.
  APPCONFIGDATA: { GetLatestConfiguration: 4 * MIB },
  STS: {},
}

/** The longest reply that an operation is allowed, in bytes. */
export const replyLimit = (service: AwsService, operation: string | undefined): number => {
  const limits = LIMITS[service]
  const limit = operation !== undefined && Object.hasOwn(limits, operation) ? limits[operation] : undefined
  return Math.max(SMALL, limit ?? SMALL)
}

interface Request {
  readonly headers: Readonly<Record<string, string>>
  readonly method: string
  readonly path: string
}

/** The operation of a signed request: JSON protocols name it in a header, AppConfig's has a path. */
export const operationOf = ({ headers, method, path }: Request): string | undefined =>
  headers["x-amz-target"]?.split(".").at(-1) ??
  (method === "GET" && path.endsWith("/configuration") ? "GetLatestConfiguration" : undefined)
