/**
 * AWS's error names and their reasons. `test/aws/errorTable.test.ts` sends them through the real SDK; docs/fetching.md
 * lists them.
 *
 * A second table has the consequences of each reason: retries, status, and what happens to a cached value.
 */
import type { SourceErrorReason } from "../../src/domain/SourceError.ts"
import type { Service } from "../../local/aws/protocol.ts"

export type ReasonTag = SourceErrorReason["_tag"]

/** An error as AWS sends it. It is tested with the named services, by default with all. */
export interface ErrorRow {
  readonly name: string
  readonly reason: ReasonTag
  /** Default: 400, as for most errors of AWS. */
  readonly status?: number
  readonly message?: string
  readonly services?: ReadonlyArray<Service>
}

const of = (reason: ReasonTag, ...names: ReadonlyArray<string>): ReadonlyArray<ErrorRow> =>
  names.map((name) => ({ name, reason }))

/** The names in docs/fetching.md by reason. */
export const NAMED: ReadonlyArray<ErrorRow> = [
  ...of(
    "NotFound",
    "ParameterNotFound",
    "ParameterVersionNotFound",
    "ResourceNotFoundException",
    "ResourceNotFound",
    "TableNotFoundException",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchVersion",
    "MethodNotAllowed",
    "DatabaseNotFoundException",
    "NotFoundException",
  ),
  ...of(
    "AccessDenied",
    "AccessDenied",
    "AccessDeniedException",
    "ForbiddenException",
    "NotAuthorized",
    "OptInRequired",
    "RegionDisabledException",
    "UnauthorizedException",
    "UnauthorizedOperation",
    "DecryptionFailure",
    "InvalidKeyId",
    "KMSAccessDeniedException",
    "KMSDisabledException",
    "KMSInvalidStateException",
    "KMSNotFoundException",
    "KMSOptInRequired",
    "KMS.DisabledException",
    "KMS.InvalidKeyUsageException",
    "KMS.KMSInvalidStateException",
    "KMS.NotFoundException",
  ),
  ...of("ExpiredCredentials", "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"),
  ...of(
    "RefusedCredentials",
    "AuthFailure",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
  ),
  ...of(
    "BadSignature",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
  ),
  ...of(
    "Throttled",
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "KMSThrottlingException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
  ),
  ...of(
    "Unavailable",
    "DatabaseResumingException",
    "DatabaseUnavailableException",
    "InvalidResourceStateException",
    "TransactionNotFoundException",
    "IDPCommunicationError",
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceError",
    "InternalServiceErrorException",
    "KMSInternalException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
  ),
]

const MARKED = "You can't perform this operation on the secret because it was marked for deletion."
const SECRETS = ["secretsmanager"] as const

/** Errors that are not mapped by their name alone. */
export const OTHERS: ReadonlyArray<ErrorRow> = [
  { name: "InvalidRequestException", reason: "NotFound", message: MARKED, services: SECRETS },
  {
    name: "InvalidRequestException",
    reason: "NotFound",
    message: "You can't perform this operation on the secret because it was deleted.",
    services: SECRETS,
  },
  {
    name: "InvalidRequestException",
    reason: "NotFound",
    message: "You tried to perform the operation on a secret that's currently marked deleted.",
    services: SECRETS,
  },
  {
    name: "ValidationException",
    reason: "NotFound",
    message: `InvalidRequestException: ${MARKED}`,
    services: ["ssm"],
  },
  {
    name: "InvalidRequestException",
    reason: "InvalidRequest",
    message: "You can't use this operation on a secret that is managed by another service.",
    services: SECRETS,
  },
  { name: "InvalidParameterException", reason: "InvalidRequest", services: SECRETS },
  { name: "ValidationException", reason: "InvalidRequest", message: "1 validation error detected" },
  { name: "BadRequestException", reason: "InvalidRequest", services: ["appconfig"] },
  { name: "SomethingNew", reason: "InvalidRequest" },
  { name: "SomethingNew", reason: "AccessDenied", status: 403 },
  { name: "SomethingNew", reason: "Throttled", status: 429 },
  { name: "SomethingNew", reason: "Unavailable", status: 500 },
  { name: "SomethingNew", reason: "Unavailable", status: 503 },
  { name: "SomethingNew", reason: "Unavailable", status: 529 },
  { name: "AccessDeniedException", reason: "AccessDenied", status: 403 },
  { name: "UnrecognizedClientException", reason: "RefusedCredentials", status: 403 },
  { name: "InvalidClientTokenId", reason: "RefusedCredentials", status: 403, services: ["sts"] },
  { name: "ExpiredToken", reason: "ExpiredCredentials", status: 403, services: ["sts"] },
  { name: "RequestTimeout", reason: "Unavailable", status: 408 },
  { name: "com.amazonaws.ssm#ParameterNotFound", reason: "NotFound", services: ["ssm"] },
  { name: "constructor", reason: "InvalidRequest" },
  { name: "__proto__", reason: "InvalidRequest", services: ["ssm", "secretsmanager", "dynamodb"] },
]

/** What happens to a cached value when a fetch fails. */
export type Fate = "ends" | "limited" | "stays"

/** The consequences of a reason. */
export const CONSEQUENCES: Readonly<
  Record<
    ReasonTag,
    { readonly retried: "never" | "once" | "backoff"; readonly status: number; readonly held: Fate }
  >
> = {
  NotFound: { retried: "never", status: 404, held: "ends" },
  InvalidRequest: { retried: "never", status: 502, held: "ends" },
  AccessDenied: { retried: "never", status: 403, held: "limited" },
  TooLarge: { retried: "never", status: 502, held: "stays" },
  TooManyGuesses: { retried: "never", status: 429, held: "stays" },
  CircuitOpen: { retried: "never", status: 502, held: "stays" },
  ConnectionLost: { retried: "once", status: 502, held: "stays" },
  BadSignature: { retried: "once", status: 502, held: "stays" },
  ExpiredCredentials: { retried: "once", status: 502, held: "stays" },
  RefusedCredentials: { retried: "once", status: 502, held: "stays" },
  TimedOut: { retried: "once", status: 504, held: "stays" },
  Throttled: { retried: "backoff", status: 429, held: "stays" },
  Unavailable: { retried: "backoff", status: 502, held: "stays" },
}
