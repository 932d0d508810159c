/**
 * The one place where an error of the AWS SDK, or of the network below it, becomes a `SourceError`.
 *
 * AWS says to go by the error's type, not by the HTTP status: throttling and a missing parameter are both 400.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html
 */
import {
  AccessDenied,
  BadSignature,
  ConnectionLost,
  ExpiredCredentials,
  InvalidRequest,
  NotFound,
  SourceError,
  type SourceErrorReason,
  Throttled,
  TimedOut,
  Unavailable,
} from "../domain/SourceError.ts"

type Reason = new (fields: { readonly detail: string }) => SourceErrorReason

const REASONS: Readonly<Record<string, Reason>> = {
  ParameterNotFound: NotFound,
  ParameterVersionNotFound: NotFound,
  ResourceNotFoundException: NotFound,

  AccessDenied: AccessDenied,
  AccessDeniedException: AccessDenied,
  UnauthorizedOperation: AccessDenied,
  UnrecognizedClientException: AccessDenied,
  InvalidClientTokenId: AccessDenied,
  DecryptionFailure: AccessDenied,

  ThrottlingException: Throttled,
  Throttling: Throttled,
  ThrottledException: Throttled,
  TooManyRequestsException: Throttled,
  RequestLimitExceeded: Throttled,
  ProvisionedThroughputExceededException: Throttled,

  RegionDisabledException: AccessDenied,

  ExpiredToken: ExpiredCredentials,
  ExpiredTokenException: ExpiredCredentials,
  CredentialsProviderError: ExpiredCredentials,
  InvalidSignatureException: BadSignature,
  SignatureDoesNotMatch: BadSignature,
  RequestExpired: BadSignature,

  TimeoutError: TimedOut,
  AbortError: TimedOut,
}

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
}

const reasonOf = (error: ErrorShape): Reason => {
  const code = String(error.code ?? "")
  if (BROKEN_CONNECTION.test(code)) return ConnectionLost
  const name = String(error.name)
  const known = REASONS[name]
  if (known !== undefined) return known
  if (NETWORK_CODE.test(code)) return ConnectionLost
  const status = error.$metadata?.httpStatusCode
  if (status === 429) return Throttled
  if (status === 403) return AccessDenied
  // A 4xx with a type is AWS refusing the request; everything else is no usable answer.
  return typeof status === "number" && status >= 400 && status < 500 ? InvalidRequest : Unavailable
}

/** A parser's words for a reply that it could not read quote the reply, and with it perhaps a secret. */
const quotesReply = (error: ErrorShape): boolean => "$response" in error && !("$fault" in error)

/** Maps whatever an SDK call rejected with. The detail keeps AWS's own type and words. */
export const sourceErrorOf = (cause: unknown): SourceError => {
  // A role could not be assumed while the call was signed: that is mapped already.
  if (cause instanceof SourceError) return cause
  const error: ErrorShape = typeof cause === "object" && cause !== null ? cause : { message: String(cause) }
  const message = quotesReply(error) ? "AWS's reply cannot be read" : error.message
  const words = [error.name, error.code, message].filter((part) => typeof part === "string" && part !== "")
  return new SourceError({ reason: new (reasonOf(error))({ detail: [...new Set(words)].join(": ") }) })
}

/** A source's own finding that there is nothing at an address. */
export const notFound = (detail: string): SourceError => new SourceError({ reason: new NotFound({ detail }) })

/** A call that had no answer within its time budget. */
export const timedOut = (detail: string): SourceError => new SourceError({ reason: new TimedOut({ detail }) })

/** An answer that lacks what was asked for. */
export const unavailable = (detail: string): SourceError =>
  new SourceError({ reason: new Unavailable({ detail }) })
