/**
 * AWS's workload credentials provider (formerly Secrets Manager agent) as a peer: it passes on the reply of GetSecretValue
 * and, if AWS refuses, AWS's status, type and message. Its own refusals are plain text.
 *
 * The secret is named in the query or in the path, where slashes may be percent-encoded. The provider's source is public;
 * docs/compatibility.md says what is the same here and what differs.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/secrets-manager-agent.html
 */
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { isRoleArn } from "../../kinds/access.ts"
import type { Value } from "../../domain/Entry.ts"
import type { SourceError, SourceErrorReason } from "../../domain/SourceError.ts"
import { quote } from "../query.ts"
import { JSON_TYPE } from "../reply.ts"
import { decodePercent, splitUrl } from "../url.ts"
import { type CompatibleRequest, type InvalidRequest, type Peer, plainText } from "./Peer.ts"
import { badRequest, parseQuery, readRefreshNow, readSelector, valueOf } from "./query.ts"

export const PING_PATH = "/ping"
export const SECRET_PATH = "/secretsmanager/get"
export const PATH_PREFIX = "/v1/"

/** Keys that only clients of the provider send. */
export const OWN_KEYS = ["refreshNow", "roleArn"] as const

const SELECTORS = ["versionId", "versionStage"] as const
const KEYS = [...SELECTORS, ...OWN_KEYS]

const NOT_FOUND: InvalidRequest = { problem: "not-found", detail: "Not found" }

const secretInPath = (path: string): Result.Result<string, InvalidRequest> => {
  const name = decodePercent(path.slice(PATH_PREFIX.length))
  if (name === undefined) return badRequest("the path is not percent-encoded UTF-8")
  return name === "" ? badRequest("missing secret ID") : Result.succeed(name)
}

const readRequest = (url: string): Result.Result<CompatibleRequest, InvalidRequest> =>
  Result.gen(function* () {
    const [path, search] = splitUrl(url)
    const isInPath = path.startsWith(PATH_PREFIX)
    if (!isInPath && path !== SECRET_PATH) return yield* Result.fail(NOT_FOUND)

    const query = yield* parseQuery(search, isInPath ? KEYS : ["secretId", ...KEYS], "unknown parameter")
    const name = isInPath ? yield* secretInPath(path) : valueOf(query, "secretId")
    if (name === undefined) return yield* badRequest("missing parameter secretId")

    const refreshNow = yield* readRefreshNow(query)
    const roleArn = query.get("roleArn")
    if (roleArn !== undefined && !isRoleArn(roleArn)) {
      return yield* badRequest(
        `invalid roleArn format, expected arn:<partition>:iam::<account>:role/<name>; found ${quote(roleArn)}`,
      )
    }
    return {
      kind: "secrets" as const,
      name,
      selector: readSelector(query, SELECTORS),
      withDecryption: true,
      refreshNow,
      ...(roleArn === undefined ? {} : { roleArn }),
    }
  })

/** An error as AWS's JSON protocol writes it. */
const awsError = (status: number, type: string, message: string) =>
  HttpServerResponse.text(JSON.stringify(message === "" ? { __type: type } : { __type: type, message }), {
    status,
    contentType: JSON_TYPE,
  })

/** Seconds since the epoch with their fraction, as text. */
const epochSeconds = (date: unknown): string | null => {
  const milliseconds = typeof date === "string" ? Date.parse(date) : Number.NaN
  return Number.isNaN(milliseconds) ? null : String(milliseconds / 1_000)
}

/** The reply of GetSecretValue in the order of the provider's structure, with the one body that a secret has. */
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
    CreatedDate: epochSeconds(details["CreatedDate"]),
  })
}

type Failure = readonly [status: number, type: string]

/** The status and type of the error for each reason, if AWS's own type is not known. */
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

/** Reasons that do not come from AWS: their details do not begin with an AWS error type. */
const WITHOUT_ANSWER: ReadonlySet<string> = new Set([
  "CircuitOpen",
  "ConnectionLost",
  "TooLarge",
  "TooManyGuesses",
  "TimedOut",
])

/** AWS's type and message, as `aws/awsErrors.ts` joins them. */
const TYPE_AND_MESSAGE = /^([A-Z]\w{2,99})(?:: (.*))?$/s

/** Names from the SDK or this extension: the reply was not AWS's, or there were no credentials. */
const NOT_OF_AWS: Readonly<Record<string, Failure>> = {
  UnusableReply: [502, "ConnectionError"],
  CredentialsProviderError: [500, "InternalFailure"],
}

/** STS's type if a role may not be assumed. Secrets Manager's ends in `Exception`. */
const DENIED_BY_STS = "AccessDenied"

/** AWS answered with an error of its own. */
const AWS_FAULT = 500

const fromSourceError = ({ reason }: SourceError) => {
  const [status, type] = FAILURES[reason._tag]
  if (WITHOUT_ANSWER.has(reason._tag)) return awsError(status, type, reason.detail)
  const [, awsType, message = ""] = TYPE_AND_MESSAGE.exec(reason.detail) ?? []
  if (awsType === undefined) return awsError(status, type, reason.detail)
  const own = Object.hasOwn(NOT_OF_AWS, awsType) ? NOT_OF_AWS[awsType] : undefined
  if (own !== undefined) return awsError(...own, message)
  if (awsType === DENIED_BY_STS) return awsError(403, "AccessDeniedException", reason.detail)
  return awsError(reason._tag === "Unavailable" ? AWS_FAULT : status, awsType, message)
}

/** Requests named more roles than the extension keeps sessions for. */
export const tooManyRoles = (most: number) =>
  awsError(400, "MaxRolesExceeded", `no more than ${most} roles may be asked for with roleArn`)

/** The answer to `/ping`. */
export const healthy = plainText(200, "healthy")

export const workloadCredentials: Peer = {
  methods: { GET: "read" },
  readRequest,
  bodyFor,
  forwarded: plainText(400, "Forwarded"),
  badToken: plainText(403, "Bad Token"),
  methodNotAllowed: plainText(405, "Not allowed", { allow: "GET" }),
  tooManyRequests: plainText(429, "Connection limit exceeded", { "retry-after": "1" }),
  internalError: awsError(500, "InternalFailure", ""),
  fromSourceError,
}
