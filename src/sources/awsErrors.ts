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
  // A name comes from a reply: it may be that of something every object has.
  const known = Object.hasOwn(REASONS, name) ? REASONS[name] : undefined
  if (known !== undefined) return known
  if (NETWORK_CODE.test(code)) return ConnectionLost
  const status = error.$metadata?.httpStatusCode
  if (status === 429) return Throttled
  if (status === 403) return AccessDenied
  // A 4xx with a type is AWS refusing the request; everything else is no usable answer.
  return typeof status === "number" && status >= 400 && status < 500 ? InvalidRequest : Unavailable
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

/** Raised here, or by the SDK, without anything of a request or a reply in their words. */
const OWN_WORDS = new Set(["CredentialsProviderError", "UnusableReply", "TimeoutError", "AbortError"])

/** A name or a code, as far as it is one. */
const IDENTIFIER = /^[\w.$]{1,100}$/

const identifier = (text: unknown): ReadonlyArray<string> =>
  typeof text === "string" && IDENTIFIER.test(text) ? [text] : []

/**
 * What may be shown of an error's message: AWS's words for a refusal, and the network's. All others may quote what
 * they are about: a parser the reply, and with it a secret; a runtime the headers, and with them credentials.
 */
const wordsOf = (error: ErrorShape): string => {
  if ("$fault" in error) return firstParagraph(error.message) || "AWS refuses the request"
  if ("$response" in error) return "AWS's reply cannot be read"
  const isKnown = OWN_WORDS.has(String(error.name)) || NETWORK_CODE.test(String(error.code))
  return isKnown ? firstParagraph(error.message) : "the call failed before AWS answered"
}

/** Maps whatever an SDK call rejected with. The detail has names and codes, AWS's words, and nothing of a reply. */
export const sourceErrorOf = (cause: unknown): SourceError => {
  // A role could not be assumed while the call was signed: that is mapped already.
  if (cause instanceof SourceError) return cause
  const error: ErrorShape = typeof cause === "object" && cause !== null ? cause : {}
  const words = [...identifier(error.name), ...identifier(error.code), wordsOf(error)]
  const detail = [...new Set(words)].filter((part) => part !== "").join(": ")
  return new SourceError({ reason: new (reasonOf(error))({ detail }) })
}

/** A source's own finding that there is nothing at an address. */
export const notFound = (detail: string): SourceError => new SourceError({ reason: new NotFound({ detail }) })

/** A call that had no answer within its time budget. */
export const timedOut = (detail: string): SourceError => new SourceError({ reason: new TimedOut({ detail }) })

/** An answer that lacks what was asked for. */
export const unavailable = (detail: string): SourceError =>
  new SourceError({ reason: new Unavailable({ detail }) })
