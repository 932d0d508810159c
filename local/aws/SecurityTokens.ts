/**
 * STS: AssumeRole, and whose the credentials of a call are.
 *
 * Any role may be assumed: there is no IAM here; a fault rule denies. The record of calls names the role of each,
 * so that a test sees who asked. Credentials that STS gave are checked for their token and their end, others not.
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
/** The longest session of a role that was assumed by another one. */
const MAX_CHAINED_SECONDS = 3_600

const AssumeRole = Schema.Struct({
  RoleArn: Schema.String,
  RoleSessionName: Schema.String,
  DurationSeconds: Schema.optionalKey(Schema.NumberFromString),
})

const UNKNOWN = "The security token included in the request is invalid."
const EXPIRED = "The security token included in the request is expired"

/** STS has its own words and status for credentials that do not hold. */
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
  readonly endsAt: number
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
      const endsAt = (yield* Clock.currentTimeMillis) + (input.DurationSeconds ?? DEFAULT_SECONDS) * 1_000
      const key = `ASIA${random(8)}`
      const token = random(32)
      sessions.set(key, { roleArn, token, endsAt })
      return {
        Credentials: {
          AccessKeyId: key,
          SecretAccessKey: random(20),
          SessionToken: token,
          Expiration: DateTime.formatIso(DateTime.makeUnsafe(endsAt)),
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
    /** The role whose credentials these are; undefined for credentials that STS has not given. */
    roleOf: (accessKeyId: string): string | undefined => sessions.get(accessKeyId)?.roleArn,
    /** Refuses a call whose credentials were given here and do not hold. */
    verify: ({ accessKeyId, headers, service }: AwsRequest): Effect.Effect<void, AwsError> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const session = sessions.get(accessKeyId)
        if (session === undefined) return Effect.void
        const form = service === "sts" ? "sts" : "other"
        if (headers["x-amz-security-token"] !== session.token) return Effect.fail(UNKNOWN_TOKEN[form])
        return now < session.endsAt ? Effect.void : Effect.fail(EXPIRED_TOKEN[form])
      }),
  }
}
