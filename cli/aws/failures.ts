/**
 * What AWS's errors mean to whoever runs a command: no credentials, an expired sign-in, a region that is not enabled.
 * `publish` and `doctor` use it. No message shows a key.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** A call of AWS failed. `name` is AWS's name of the error, or the SDK's or the system's. */
export class AwsFailed extends Data.TaggedError("AwsFailed")<{
  readonly name: string
  readonly message: string
}> {}

const NO_CREDENTIALS = new Set(["CredentialsProviderError", "TokenProviderError"])
const EXPIRED = new Set(["ExpiredToken", "ExpiredTokenException", "ExpiredTokenError"])
/** What a region that the account has not enabled answers. */
const UNKNOWN_ACCOUNT = new Set(["UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"])

/** What to do about an error, if that is known. */
const adviceFor = (name: string): string | undefined => {
  if (NO_CREDENTIALS.has(name)) return "sign in (aws sso login, aws configure) or name another profile"
  if (EXPIRED.has(name)) return "the credentials have expired: sign in again"
  if (UNKNOWN_ACCOUNT.has(name))
    return "the region does not know these credentials: it may not be enabled for this account"
  if (name === "ENOTFOUND") return "no such host: is this a region, and is the network up?"
  if (name === "RequestEntityTooLargeException") return "name a --bucket-prefix, to publish through S3"
  return undefined
}

/** The name and message of an error of the SDK. Errors of connections have a code; `fetch` has them as the cause of its own. */
export const awsFailed = (cause: unknown): AwsFailed => {
  if (cause instanceof TypeError && cause.cause instanceof Error) return awsFailed(cause.cause)
  if (!(cause instanceof Error)) return new AwsFailed({ name: "Unknown", message: String(cause) })
  const name = "code" in cause && typeof cause.code === "string" ? cause.code : cause.name
  const [line = ""] = cause.message.split("\n")
  const advice = adviceFor(name)
  return new AwsFailed({ name, message: `${name}: ${line}${advice === undefined ? "" : ` (${advice})`}` })
}

/** Calls AWS. */
export const call = <A>(send: (options: { readonly abortSignal: AbortSignal }) => Promise<A>) =>
  Effect.tryPromise({ try: (abortSignal) => send({ abortSignal }), catch: awsFailed })

/** Succeeds with another value if AWS says that there is nothing. */
export const orIfMissing =
  <B>(missing: B, ...names: ReadonlyArray<string>) =>
  <A, R>(self: Effect.Effect<A, AwsFailed, R>): Effect.Effect<A | B, AwsFailed, R> =>
    Effect.catchIf(
      self,
      ({ name }) => names.includes(name),
      () => Effect.succeed(missing),
    )
