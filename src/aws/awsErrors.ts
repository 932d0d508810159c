/**
 * Maps errors of the AWS SDK and of the network below it to `SourceError`, all in one place.
 *
 * AWS says to go by the error's type rather than by the HTTP status: throttling and a missing parameter are both 400.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html
 */
import * as Predicate from "effect/Predicate"
import {
  AccessDenied,
  BadSignature,
  ConnectionLost,
  ExpiredCredentials,
  InvalidRequest,
  NotFound,
  RefusedCredentials,
  SourceError,
  type SourceErrorReason,
  Throttled,
  TimedOut,
  TooLarge,
  Unavailable,
} from "../domain/SourceError.ts"
import type * as SdkErrors from "./sdkErrors.ts"

type Reason = new (fields: { readonly detail: string }) => SourceErrorReason

/**
 * AWS's error names by reason. Other names are looked up in the SDK's own lists of retryable errors: throttling, time-outs,
 * server errors. docs/fetching.md shows both.
 */
const NAMES: ReadonlyArray<readonly [Reason, ReadonlyArray<string>]> = [
  [
    NotFound,
    [
      "ParameterNotFound",
      "ParameterVersionNotFound",
      "ResourceNotFoundException",
      "ResourceNotFound",
      "TableNotFoundException",
      // S3. The last one is a version that marks a deletion.
      "NoSuchBucket",
      "NoSuchKey",
      "NoSuchVersion",
      "MethodNotAllowed",
      // The Data API: no such cluster, or it has no instance.
      "DatabaseNotFoundException",
      "NotFoundException",
    ],
  ],
  [
    AccessDenied,
    [
      "AccessDenied",
      "AccessDeniedException",
      "ForbiddenException",
      "NotAuthorized",
      "OptInRequired",
      "RegionDisabledException",
      "UnauthorizedException",
      "UnauthorizedOperation",
      // The KMS key of the value: no permission, or it is disabled, deleted or of the wrong kind.
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
    ],
  ],
  [
    ExpiredCredentials,
    ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "CredentialsProviderError"],
  ],
  [
    RefusedCredentials,
    [
      "AuthFailure",
      "InvalidAccessKeyId",
      "InvalidClientTokenId",
      "InvalidToken",
      "MissingAuthenticationToken",
      "MissingAuthenticationTokenException",
      "UnrecognizedClientException",
    ],
  ],
  [
    BadSignature,
    [
      "IncompleteSignature",
      "IncompleteSignatureException",
      "InvalidSignatureException",
      "RequestExpired",
      "RequestInTheFuture",
      "RequestTimeTooSkewed",
      "SignatureDoesNotMatch",
    ],
  ],
  [Throttled, ["KMSThrottlingException"]],
  [
    Unavailable,
    [
      // The Data API: Aurora resumes from a pause, starts, stops or fails over; the transaction was lost on the way.
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
      "ServiceUnavailable",
      "ServiceUnavailableException",
    ],
  ],
  [TimedOut, ["TimeoutError", "AbortError"]],
]
const REASONS: ReadonlyMap<string, Reason> = new Map(
  NAMES.flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
)

/** Secrets Manager's message for a secret in its recovery window. The error's name alone is ambiguous. */
const DELETED = /(?:marked|scheduled)(?: for)? delet(?:ion|ed)|because it was deleted/i

const NETWORK_CODE =
  /^(ECONN|EPIPE|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|ERR_SOCKET|ConnectionRefused|ConnectionClosed|FailedToOpenSocket|UNABLE_TO|CERT_|DEPTH_ZERO|ERR_TLS)/

/** A broken connection may also be named TimeoutError; only the code shows which it is. */
const BROKEN_CONNECTION = /^(ECONNRESET|EPIPE)$/

interface ErrorShape {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly $metadata?: { readonly httpStatusCode?: unknown }
  /** Set if there was a reply; `$fault` only if the reply was an error of AWS. */
  readonly $response?: unknown
  readonly $fault?: unknown
  /** The error's type in the body: `__type` in JSON, `Code` in STS's XML. */
  readonly __type?: unknown
  readonly Code?: unknown
  readonly cause?: unknown
  readonly $retryable?: unknown
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== ""

/**
 * Whether the error comes from AWS itself, which names the error's type in the body or in a header. A proxy, a firewall or
 * a captive portal answers with a status and a page of its own.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
 */
const hasErrorType = ({ __type, Code, $response }: ErrorShape): boolean => {
  if (isText(__type) || isText(Code)) return true
  const headers = Predicate.hasProperty($response, "headers") ? $response.headers : undefined
  return (
    Predicate.isObject(headers) &&
    Object.entries(headers).some(
      ([name, value]) => name.toLowerCase() === "x-amzn-errortype" && isText(value),
    )
  )
}

const httpStatus = ({ $metadata }: ErrorShape): number | undefined =>
  typeof $metadata?.httpStatusCode === "number" ? $metadata.httpStatusCode : undefined

/** Whether the reply came from something other than AWS. An error listed inside a reply has no `$response`. */
const isForeignReply = (error: ErrorShape): boolean => "$response" in error && !hasErrorType(error)

/** Errors raised here or by the SDK, whose messages quote neither the request nor the reply. */
const SAFE_MESSAGES = new Set(["CredentialsProviderError", "UnusableReply", "TimeoutError", "AbortError"])

/** The SDK's own lists of errors to retry. */
type SdkClassification = typeof SdkErrors
type SdkError = Parameters<SdkClassification["isTransientError"]>[0]

const reasonFor = (error: ErrorShape, sdk: SdkClassification): Reason => {
  const code = String(error.code ?? "")
  if (BROKEN_CONNECTION.test(code)) return ConnectionLost
  const name = String(error.name)
  const known = REASONS.get(name)
  if (known !== undefined && SAFE_MESSAGES.has(name)) return known
  if (NETWORK_CODE.test(code)) return ConnectionLost
  const status = httpStatus(error)
  if (status === 429) return Throttled
  if (isForeignReply(error)) return Unavailable
  if (known !== undefined) return known
  const { cause, $retryable } = error
  const message = String(error.message ?? "")
  // Without `clockSkewCorrected`: the SDK sets it on every error while the clock is wrong.
  const thrown = { name, message, code, cause, $retryable, $metadata: { httpStatusCode: status } } as SdkError
  if (sdk.isThrottlingError(thrown)) return Throttled
  if (sdk.isTransientError(thrown) || error.$fault === "server") return Unavailable
  if (status === undefined || status < 400 || status >= 500) return Unavailable
  // An unknown AWS error that blames the request.
  if (status === 403) return AccessDenied
  return DELETED.test(message) ? NotFound : InvalidRequest
}

/** The longest AWS message that is repeated, in characters. */
const MAX_MESSAGE = 500

/** The first paragraph of a message. For a wrong signature, the rest quotes the request's headers with the session token. */
const firstParagraph = (message: unknown): string =>
  String(message ?? "")
    .split(/[\r\n]|The Canonical String/, 1)
    .join()
    .slice(0, MAX_MESSAGE)
    .trim()

/** A name or code that is safe to show. */
const IDENTIFIER = /^[\w.$]{1,100}$/

const identifier = (text: unknown): ReadonlyArray<string> =>
  typeof text === "string" && IDENTIFIER.test(text) ? [text] : []

/** The detail of an AWS error without a message. A source that knows more replaces it. */
export const NO_REASON = "AWS gives no reason"

/** What the SDK puts in place of a missing message. */
const EMPTY_MESSAGES = new Set(["", "UnknownError", "Unknown"])

/**
 * The part of an error's message that may be shown. Only messages from AWS and the network are repeated: a parser may quote
 * the reply, and with it a secret; a runtime may quote the headers, and with them credentials.
 */
const safeMessage = (error: ErrorShape): string => {
  if (SAFE_MESSAGES.has(String(error.name)) || NETWORK_CODE.test(String(error.code)))
    return firstParagraph(error.message)
  const status = httpStatus(error)
  if (isForeignReply(error))
    return status === undefined || status < 300
      ? "AWS's reply cannot be read"
      : `a reply with status ${status} that does not name an error of AWS: is there a proxy or a firewall on the way?`
  if (!("$fault" in error)) return "the call failed before AWS answered"
  const message = firstParagraph(error.message)
  return EMPTY_MESSAGES.has(message) ? NO_REASON : message
}

/** The name and code of an error from AWS or the network. Those of a parser or a proxy would help nobody. */
const identifiers = (error: ErrorShape): ReadonlyArray<string> =>
  isForeignReply(error) && !SAFE_MESSAGES.has(String(error.name))
    ? identifier(error.code)
    : [...identifier(error.name), ...identifier(error.code)]

/**
 * Maps whatever an SDK call rejected with. The detail has the name, the code and AWS's message, and nothing else from a
 * reply.
 */
export const toSourceError = (cause: unknown, sdk: SdkClassification): SourceError => {
  // Raised while the call was signed, because a role could not be assumed.
  if (cause instanceof SourceError) return cause
  const error: ErrorShape = typeof cause === "object" && cause !== null ? cause : {}
  const detail = [...new Set([...identifiers(error), safeMessage(error)])]
    .filter((part) => part !== "")
    .join(": ")
  return new SourceError({ reason: new (reasonFor(error, sdk))({ detail }) })
}

/** There is no value at the address. */
export const notFound = (detail: string): SourceError => new SourceError({ reason: new NotFound({ detail }) })

/** The value is longer than its entry allows. */
export const tooLarge = (bytes: number | undefined, maxBytes: number): SourceError => {
  const length = bytes === undefined ? "more bytes" : `${bytes} bytes`
  return new SourceError({
    reason: new TooLarge({ detail: `it has ${length}, and max_bytes of the entry allows ${maxBytes}` }),
  })
}

/** The reply cannot be used. */
export const unavailable = (detail: string): SourceError =>
  new SourceError({ reason: new Unavailable({ detail }) })
