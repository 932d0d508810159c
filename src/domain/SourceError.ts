/**
 * Why a value could not be fetched from AWS: one error with a tagged reason.
 *
 * The sources map the SDK's errors to it in one place (`aws/awsErrors.ts`). The reason decides whether the cache retries,
 * remembers the failure or serves an older value; `http/` translates it to a status.
 */
import * as Schema from "effect/Schema"

const fields = {
  /** What AWS or the network said, never a value. */
  detail: Schema.String,
}

/** There is no such parameter, secret, version or item. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", fields) {}
/** The function's role may not read it. */
export class AccessDenied extends Schema.TaggedError<AccessDenied>()("AccessDenied", fields) {}
/** AWS limits the rate of calls. */
export class Throttled extends Schema.TaggedError<Throttled>()("Throttled", fields) {}
/** AWS answered with a 5xx or an unusable reply. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", fields) {}
/** The service has not answered several calls in a row, so it is not called for a moment. */
export class CircuitOpen extends Schema.TaggedError<CircuitOpen>()("CircuitOpen", fields) {}
/** No answer within the time budget. */
export class TimedOut extends Schema.TaggedError<TimedOut>()("TimedOut", fields) {}
/** The credentials ran out, for instance while the environment was frozen. */
export class ExpiredCredentials extends Schema.TaggedError<ExpiredCredentials>()(
  "ExpiredCredentials",
  fields,
) {}
/** AWS rejected the credentials: they were revoked or replaced, or belong to another partition. */
export class RefusedCredentials extends Schema.TaggedError<RefusedCredentials>()(
  "RefusedCredentials",
  fields,
) {}
/** The signature was refused, for instance because it was made before a freeze. */
export class BadSignature extends Schema.TaggedError<BadSignature>()("BadSignature", fields) {}
/** The connection was refused, reset, or died while the environment was frozen. */
export class ConnectionLost extends Schema.TaggedError<ConnectionLost>()("ConnectionLost", fields) {}
/** AWS refused the request itself: a malformed name, a key that does not fit the table. */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()("InvalidRequest", fields) {}

/** Too many versions of a listed name could not be read, so AWS is not called for another one now. */
export class TooManyGuesses extends Schema.TaggedError<TooManyGuesses>()("TooManyGuesses", fields) {}

/** The value is larger than the whole cache. */
export class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", fields) {}

export const SourceErrorReason = Schema.Union([
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
])
export type SourceErrorReason = typeof SourceErrorReason.Type

/** A failed fetch and its reason. */
export class SourceError extends Schema.TaggedError<SourceError>()("SourceError", {
  reason: SourceErrorReason,
}) {
  override get message(): string {
    return this.reason.detail
  }
}

/** The call was not answered in time. */
export const timedOut = (detail: string): SourceError => new SourceError({ reason: new TimedOut({ detail }) })
