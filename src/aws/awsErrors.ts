/**
 * The one place where an error of the AWS SDK, or of the network below it, becomes a `SourceError`.
 *
 * AWS says to go by the error's type, not by the HTTP status: throttling and a missing parameter are both 400.
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
  Unavailable,
} from "../domain/SourceError.ts"
import type * as SdkErrors from "./sdkErrors.ts"

type Reason = new (fields: { readonly detail: string }) => SourceErrorReason

/**
 * AWS's error names, by what they mean to us. The SDKs' own lists of what to retry (throttling, time-outs, faults of the
 * service) are checked after these. docs/architecture.md shows both.
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
    ],
  ],
  [
    AccessDenied,
    [
      "AccessDenied",
      "AccessDeniedException",
      "NotAuthorized",
      "OptInRequired",
      "RegionDisabledException",
      "UnauthorizedException",
      "UnauthorizedOperation",
      // The key of the value: no permission for it, or it is disabled, deleted or of another kind.
      "DecryptionFailure",
      "InvalidKeyId",
      "KMSAccessDeniedException",
      "KMSDisabledException",
      "KMSInvalidStateException",
      "KMSNotFoundException",
      "KMSOptInRequired",
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

/** What Secrets Manager says of a secret that is deleted but can still be restored; its code is for any odd state. */
const DELETED = /(?:marked|scheduled)(?: for)? delet(?:ion|ed)|because it was deleted/i

const NETWORK_CODE =
  /^(ECONN|EPIPE|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|ERR_SOCKET|ConnectionRefused|ConnectionClosed|FailedToOpenSocket|UNABLE_TO|CERT_|DEPTH_ZERO|ERR_TLS)/

/** The SDK's handler calls a connection that broke a TimeoutError too; the code tells them apart. */
const BROKEN_CONNECTION = /^(ECONNRESET|EPIPE)$/

interface ErrorShape {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly $metadata?: { readonly httpStatusCode?: unknown }
  /** Set on every error that follows a reply; `$fault` only where the reply was AWS's refusal. */
  readonly $response?: unknown
  readonly $fault?: unknown
  /** The type of an error as it came: in JSON, and in STS's XML. */
  readonly __type?: unknown
  readonly Code?: unknown
  readonly cause?: unknown
  readonly $retryable?: unknown
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== ""

/**
 * Whether AWS itself has answered: its refusals name their type in the body, or in a header. A proxy, a firewall or a
 * captive portal on the way answers with a status and a page of its own.
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

const statusOf = ({ $metadata }: ErrorShape): number | undefined =>
  typeof $metadata?.httpStatusCode === "number" ? $metadata.httpStatusCode : undefined

/** An error after a reply that AWS did not write. What a source makes of an error within a reply has none. */
const isForeignReply = (error: ErrorShape): boolean => "$response" in error && !hasErrorType(error)

/** Errors raised here or by the SDK, whose messages quote neither the request nor the reply. */
const OWN_WORDS = new Set(["CredentialsProviderError", "UnusableReply", "TimeoutError", "AbortError"])

/** The SDK's own lists of what is worth another try. */
type SdkClassification = typeof SdkErrors
type SdkError = Parameters<SdkClassification["isTransientError"]>[0]

const reasonOf = (error: ErrorShape, sdk: SdkClassification): Reason => {
  const code = String(error.code ?? "")
  if (BROKEN_CONNECTION.test(code)) return ConnectionLost
  const name = String(error.name)
  const known = REASONS.get(name)
  if (known !== undefined && OWN_WORDS.has(name)) return known
  if (NETWORK_CODE.test(code)) return ConnectionLost
  const status = statusOf(error)
  if (status === 429) return Throttled
  if (isForeignReply(error)) return Unavailable
  if (known !== undefined) return known
  const { cause, $retryable } = error
  const message = String(error.message ?? "")
  // Not its `clockSkewCorrected`, which stands on every error while the clock is wrong: the names above tell.
  const thrown = { name, message, code, cause, $retryable, $metadata: { httpStatusCode: status } } as SdkError
  if (sdk.isThrottlingError(thrown)) return Throttled
  if (sdk.isTransientError(thrown) || error.$fault === "server") return Unavailable
  if (status === undefined || status < 400 || status >= 500) return Unavailable
  // A refusal with a name that is not known here.
  if (status === 403) return AccessDenied
  return DELETED.test(message) ? NotFound : InvalidRequest
}

/** The most that is repeated of AWS's words, in characters. */
const MAX_WORDS = 500

/**
 * AWS's words for a refusal: the first paragraph. What follows in that of a signature quotes the request with its
 * headers, one of which is the session token.
 */
const firstParagraph = (message: unknown): string =>
  String(message ?? "")
    .split(/[\r\n]|The Canonical String/, 1)
    .join()
    .slice(0, MAX_WORDS)
    .trim()

/** A name or a code, as far as it is one. */
const IDENTIFIER = /^[\w.$]{1,100}$/

const identifier = (text: unknown): ReadonlyArray<string> =>
  typeof text === "string" && IDENTIFIER.test(text) ? [text] : []

/** For an error of AWS without a message. If a source can say more itself, it does. */
export const NO_REASON = "AWS gives no reason"

/** What the SDK says then. */
const NO_WORDS = new Set(["", "UnknownError", "Unknown"])

/**
 * What may be shown of an error's message: AWS's words for a refusal, and the network's. All others may quote what
 * they are about: a parser the reply, and with it a secret; a runtime the headers, and with them credentials.
 */
const wordsOf = (error: ErrorShape): string => {
  if (OWN_WORDS.has(String(error.name)) || NETWORK_CODE.test(String(error.code)))
    return firstParagraph(error.message)
  const status = statusOf(error)
  if (isForeignReply(error))
    return status === undefined || status < 300
      ? "AWS's reply cannot be read"
      : `a reply with status ${status} that does not name an error of AWS: is there a proxy or a firewall on the way?`
  if (!("$fault" in error)) return "the call failed before AWS answered"
  const words = firstParagraph(error.message)
  return NO_WORDS.has(words) ? NO_REASON : words
}

/** The names of an error: AWS's or the network's. Those of a parser or a proxy would not help anybody. */
const namesOf = (error: ErrorShape): ReadonlyArray<string> =>
  isForeignReply(error) && !OWN_WORDS.has(String(error.name))
    ? identifier(error.code)
    : [...identifier(error.name), ...identifier(error.code)]

/** Maps whatever an SDK call rejected with. The detail has names and codes, AWS's words, and nothing of a reply. */
export const sourceErrorOf = (cause: unknown, sdk: SdkClassification): SourceError => {
  // A role could not be assumed while the call was signed: that is mapped already.
  if (cause instanceof SourceError) return cause
  const error: ErrorShape = typeof cause === "object" && cause !== null ? cause : {}
  const detail = [...new Set([...namesOf(error), wordsOf(error)])].filter((part) => part !== "").join(": ")
  return new SourceError({ reason: new (reasonOf(error, sdk))({ detail }) })
}

/** A source's own finding that there is nothing at an address. */
export const notFound = (detail: string): SourceError => new SourceError({ reason: new NotFound({ detail }) })

/** A call that had no answer within its time budget. */
export const timedOut = (detail: string): SourceError => new SourceError({ reason: new TimedOut({ detail }) })

/** An answer that lacks what was asked for. */
export const unavailable = (detail: string): SourceError =>
  new SourceError({ reason: new Unavailable({ detail }) })
