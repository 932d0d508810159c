/**
 * Why a value could not be fetched from AWS: one error with a tagged reason.
 *
 * The sources map the SDK's errors to it in one place (`aws/awsErrors.ts`). The reason decides whether the cache retries,
 * remembers the failure or serves an older value; `http/` translates it to a status. Plain classes, because a cold start loads no
 * Schema.
 */
import * as Data from "effect/Data"

interface Detail {
  /** What AWS or the network said, never a value. */
  readonly detail: string
}

/** There is no such parameter, secret, version or item. */
export class NotFound extends Data.TaggedError("NotFound")<Detail> {}
/** The function's role may not read it. */
export class AccessDenied extends Data.TaggedError("AccessDenied")<Detail> {}
/** AWS limits the rate of calls. */
export class Throttled extends Data.TaggedError("Throttled")<Detail> {}
/** AWS answered with a 5xx or an unusable reply. */
export class Unavailable extends Data.TaggedError("Unavailable")<Detail> {}
/** The service has not answered several calls in a row, so it is not called for a moment. */
export class CircuitOpen extends Data.TaggedError("CircuitOpen")<Detail> {}
/** No answer within the time budget. */
export class TimedOut extends Data.TaggedError("TimedOut")<Detail> {}
/** The credentials ran out, for instance while the environment was frozen. */
export class ExpiredCredentials extends Data.TaggedError("ExpiredCredentials")<Detail> {}
/** AWS rejected the credentials: they were revoked or replaced, or belong to another partition. */
export class RefusedCredentials extends Data.TaggedError("RefusedCredentials")<Detail> {}
/** The signature was refused, for instance because it was made before a freeze. */
export class BadSignature extends Data.TaggedError("BadSignature")<Detail> {}
/** The connection was refused, reset, or died while the environment was frozen. */
export class ConnectionLost extends Data.TaggedError("ConnectionLost")<Detail> {}
/** AWS refused the request itself: a malformed name, a key that does not fit the table. */
export class InvalidRequest extends Data.TaggedError("InvalidRequest")<Detail> {}

/** Too many versions of a listed name could not be read, so AWS is not called for another one now. */
export class TooManyGuesses extends Data.TaggedError("TooManyGuesses")<Detail> {}

/** The value is larger than the whole cache, its entry or its service allows. */
export class TooLarge extends Data.TaggedError("TooLarge")<Detail> {}

export const REASONS = [
  NotFound,
  AccessDenied,
  Throttled,
  Unavailable,
  CircuitOpen,
  TimedOut,
  ExpiredCredentials,
  RefusedCredentials,
  BadSignature,
  ConnectionLost,
  InvalidRequest,
  TooManyGuesses,
  TooLarge,
] as const
export type SourceErrorReason = InstanceType<(typeof REASONS)[number]>

/** A failed fetch and its reason. */
export class SourceError extends Data.TaggedError("SourceError")<{
  readonly reason: SourceErrorReason
}> {
  override get message(): string {
    return this.reason.detail
  }
}

/** The call was not answered in time. */
export const timedOut = (detail: string): SourceError => new SourceError({ reason: new TimedOut({ detail }) })
