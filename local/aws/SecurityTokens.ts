/**
 * STS: AssumeRole, and the role behind the credentials of a call.
 *
 * There is no IAM: any role may be assumed unless a fault rule denies it. The record of calls has the role of each call.
 * Credentials from AssumeRole are checked for their session token and expiry, others are not.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
import { randomBytes } from "node:crypto"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import {
  ACCOUNT_ID,
  type AwsError,
  awsError,
  type AwsRequest,
  type Operation,
  operation,
} from "./protocol.ts"

const ROLE = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.*\/)?([\w+=,.@-]+)$/
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/

const MIN_SECONDS = 900
const MAX_SECONDS = 43_200
const DEFAULT_SECONDS = 3_600
/** The longest session with role chaining (a role that assumes another). */
const MAX_CHAINED_SECONDS = 3_600

const AssumeRole = Schema.Struct({
  RoleArn: Schema.String,
  RoleSessionName: Schema.String,
  DurationSeconds: Schema.optionalKey(Schema.NumberFromString),
})

const UNKNOWN = "The security token included in the request is invalid."
const EXPIRED = "The security token included in the request is expired"

/** STS has its own error types and status for invalid credentials. */
const UNKNOWN_TOKEN = {
  sts: awsError("InvalidClientTokenId", UNKNOWN, 403),
  other: awsError("UnrecognizedClientException", UNKNOWN),
}
const EXPIRED_TOKEN = {
  sts: awsError("ExpiredToken", EXPIRED, 403),
  other: awsError("ExpiredTokenException", EXPIRED),
}

interface Session {
  readonly roleArn: string
  readonly token: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

const invalid = (what: string) => awsError("ValidationError", what)

const check = (input: typeof AssumeRole.Type, isChained: boolean): AwsError | undefined => {
  const seconds = input.DurationSeconds ?? DEFAULT_SECONDS
  if (!ROLE.test(input.RoleArn)) return invalid(`${input.RoleArn} is invalid`)
  if (!SESSION_NAME.test(input.RoleSessionName)) {
    return invalid(
      `1 validation error detected: Value '${input.RoleSessionName}' at 'roleSessionName' failed to satisfy ` +
        "constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    )
  }
  if (!(seconds >= MIN_SECONDS && seconds <= MAX_SECONDS)) {
    return invalid(`1 validation error detected: Value '${seconds}' at 'durationSeconds' is out of range`)
  }
  return isChained && seconds > MAX_CHAINED_SECONDS
    ? invalid(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
      )
    : undefined
}

const random = (bytes: number): string => randomBytes(bytes).toString("hex").toUpperCase()

/** STS with no session. */
export const makeSecurityTokens = () => {
  const sessions = new Map<string, Session>()

  const assumeRole = operation(
    AssumeRole,
    Effect.fnUntraced(function* (input, { accessKeyId }) {
      const refusal = check(input, sessions.has(accessKeyId))
      if (refusal !== undefined) return yield* refusal
      const { RoleArn: roleArn, RoleSessionName: name } = input
      const [, account = ACCOUNT_ID, role = ""] = ROLE.exec(roleArn) ?? []
      const expiresAt = (yield* Clock.currentTimeMillis) + (input.DurationSeconds ?? DEFAULT_SECONDS) * 1_000
      const key = `ASIA${random(8)}`
      const token = random(32)
      sessions.set(key, { roleArn, token, expiresAt })
      return {
        Credentials: {
          AccessKeyId: key,
          SecretAccessKey: random(20),
          SessionToken: token,
          Expiration: DateTime.formatIso(DateTime.makeUnsafe(expiresAt)),
        },
        AssumedRoleUser: {
          AssumedRoleId: `AROA${random(8)}:${name}`,
          Arn: `arn:aws:sts::${account}:assumed-role/${role}/${name}`,
        },
      }
    }),
  )

  return {
    operations: new Map<string, Operation>([["AssumeRole", assumeRole]]),
    /** The role behind an access key; undefined if the key is not from AssumeRole. */
    roleOf: (accessKeyId: string): string | undefined => sessions.get(accessKeyId)?.roleArn,
    /** Refuses a call whose credentials are from AssumeRole and are invalid or expired. */
    verify: ({ accessKeyId, headers, service }: AwsRequest): Effect.Effect<void, AwsError> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const session = sessions.get(accessKeyId)
        if (session === undefined) return Effect.void
        const form = service === "sts" ? "sts" : "other"
        if (headers["x-amz-security-token"] !== session.token) return Effect.fail(UNKNOWN_TOKEN[form])
        return now < session.expiresAt ? Effect.void : Effect.fail(EXPIRED_TOKEN[form])
      }),
  }
}
