/**
 * How AWS's workload credentials provider (formerly Secrets Manager agent) answers: the reply of GetSecretValue without what
 * is not there, AWS's own status and words for a refusal, plain words for what that one refuses itself.
 *
 * Its source is public; docs/compatibility.md says what is the same and what differs.
 */
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Redacted from "effect/Redacted"
import type { Value } from "../../domain/Entry.ts"
import type { SourceError, SourceErrorReason } from "../../domain/SourceError.ts"
import { JSON_TYPE } from "../part.ts"
import { PROBLEMS } from "../problems.ts"
import type { Peer } from "./Peer.ts"
import { readWorkloadRequest } from "./workloadRequest.ts"

const text = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  HttpServerResponse.text(body, { status, contentType: "text/plain", headers })

/** An error as AWS's JSON protocol writes it. */
const awsError = (status: number, type: string, message: string) =>
  HttpServerResponse.text(JSON.stringify(message === "" ? { __type: type } : { __type: type, message }), {
    status,
    contentType: JSON_TYPE,
  })

/** Seconds since the epoch, with their fraction, as text. */
const secondsOf = (date: unknown): string | null => {
  const milliseconds = typeof date === "string" ? Date.parse(date) : Number.NaN
  return Number.isNaN(milliseconds) ? null : String(milliseconds / 1_000)
}

/** The reply of GetSecretValue: in the order of that one's structure, without the body that the secret does not have. */
const bodyFor = (_kind: string, { body, details = {} }: Value): string => {
  const value = Redacted.value(body)
  const stages = details["VersionStages"]
  return JSON.stringify({
    ARN: details["ARN"] ?? null,
    Name: details["Name"] ?? null,
    VersionId: details["VersionId"] ?? null,
    ...(typeof value === "string"
      ? { SecretString: value }
      : { SecretBinary: Buffer.from(value).toString("base64") }),
    ...(stages === undefined || stages === null ? {} : { VersionStages: stages }),
    CreatedDate: secondsOf(details["CreatedDate"]),
  })
}

type Failure = readonly [status: number, type: string]

/** The status and type of AWS's error for each reason, where AWS's own type is not known. */
const FAILURES: Readonly<Record<SourceErrorReason["_tag"], Failure>> = {
  NotFound: [400, "ResourceNotFoundException"],
  AccessDenied: [400, "AccessDeniedException"],
  InvalidRequest: [400, "InvalidRequestException"],
  Throttled: [400, "ThrottlingException"],
  ExpiredCredentials: [400, "ExpiredTokenException"],
  RefusedCredentials: [400, "UnrecognizedClientException"],
  BadSignature: [400, "InvalidSignatureException"],
  Unavailable: [502, "ConnectionError"],
  CircuitOpen: [502, "ConnectionError"],
  ConnectionLost: [502, "ConnectionError"],
  TooLarge: [502, "ConnectionError"],
  TooManyGuesses: [429, "ThrottlingException"],
  TimedOut: [504, "TimeoutError"],
}

/** Reasons that AWS did not give, so that there is no type of AWS's in front of their words. */
const WITHOUT_ANSWER: ReadonlySet<string> = new Set([
  "CircuitOpen",
  "ConnectionLost",
  "TooLarge",
  "TooManyGuesses",
  "TimedOut",
])

/** A type of AWS's and its words, as `aws/awsErrors.ts` puts them together. */
const TYPE_AND_WORDS = /^([A-Z]\w{2,99})(?:: (.*))?$/s

/** Errors that the SDK or this extension names so: AWS's reply was none, or there were no credentials to ask with. */
const NOT_OF_AWS: Readonly<Record<string, Failure>> = {
  UnusableReply: [502, "ConnectionError"],
  CredentialsProviderError: [500, "InternalFailure"],
}

/** What STS says where a role may not be assumed; Secrets Manager's type for a denial has another end. */
const DENIED_BY_STS = "AccessDenied"

/** AWS answered with a fault of its own. */
const FAULT_OF_AWS = 500

const fromSourceError = ({ reason }: SourceError) => {
  const [status, type] = FAILURES[reason._tag]
  if (WITHOUT_ANSWER.has(reason._tag)) return awsError(status, type, reason.detail)
  const [, awsType, words = ""] = TYPE_AND_WORDS.exec(reason.detail) ?? []
  if (awsType === undefined) return awsError(status, type, reason.detail)
  const own = Object.hasOwn(NOT_OF_AWS, awsType) ? NOT_OF_AWS[awsType] : undefined
  if (own !== undefined) return awsError(...own, words)
  if (awsType === DENIED_BY_STS) return awsError(403, "AccessDeniedException", reason.detail)
  return awsError(reason._tag === "Unavailable" ? FAULT_OF_AWS : status, awsType, words)
}

/** More roles were asked for than are kept. */
export const tooManyRoles = (most: number) =>
  awsError(400, "MaxRolesExceeded", `no more than ${most} roles may be asked for with roleArn`)

/** The answer to `/ping`. */
export const healthy = text(200, "healthy")

export const workloadCredentials: Peer = {
  methods: { GET: "read" },
  readRequest: readWorkloadRequest,
  bodyFor,
  refused: ({ detail, status }) => text(status, detail),
  guarded: ({ detail, problem }, isForwarded) =>
    isForwarded ? text(400, "Forwarded") : text(PROBLEMS[problem].status, detail),
  badToken: text(403, "Bad Token"),
  methodNotAllowed: text(405, "Not allowed", { allow: "GET" }),
  tooManyRequests: text(429, "Connection limit exceeded", { "retry-after": "1" }),
  notCached: text(504, "nothing in memory will do, and only-if-cached forbids to ask AWS"),
  internalError: awsError(500, "InternalFailure", ""),
  fromSourceError,
}
