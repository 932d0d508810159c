/**
 * The AWS Parameters and Secrets extension as a peer: it passes on AWS's reply, and responds to every failure of AWS with
 * the same plain text and AWS's status. As there, the cause is in the log.
 *
 * docs/compatibility.md says what was recorded from that extension, and what is unknown. `refreshNow` is ours.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html
 */
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as GoBoolean from "../../config/go/GoBoolean.ts"
import type { CompatibleKind } from "../../config/environment/parametersAndSecrets.ts"
import type { Value } from "../../domain/Entry.ts"
import type { SourceErrorReason } from "../../domain/SourceError.ts"
import { quote } from "../query.ts"
import { splitUrl } from "../url.ts"
import { type CompatibleRequest, type InvalidRequest, type Peer, plainText, type Purpose } from "./Peer.ts"
import { badRequest, parseQuery, type Query, readRefreshNow, readSelector, valueOf } from "./query.ts"

interface Route {
  readonly kind: CompatibleKind
  readonly nameKey: string
  readonly selectors: ReadonlyArray<string>
}

/** The routes of that extension. */
export const ROUTES: Readonly<Record<string, Route>> = {
  "/systemsmanager/parameters/get": {
    kind: "parameters",
    nameKey: "name",
    selectors: ["version", "label"],
  },
  "/secretsmanager/get": {
    kind: "secrets",
    nameKey: "secretId",
    selectors: ["versionId", "versionStage"],
  },
}

/** Keys of reads, without meaning for DELETE. */
const READ_KEYS = ["withDecryption", "refreshNow"]

/** A key of the other peer. */
const ROLE_ARN = "roleArn"

/** Clients send two slashes at the beginning and one before the `?`. */
const findRoute = (path: string): Route | undefined => {
  const plain = path.replace(/^\/{2,}/, "/").replace(/\/$/, "")
  return Object.hasOwn(ROUTES, plain) ? ROUTES[plain] : undefined
}

/** Whether to decrypt a SecureString. A secret is always decrypted. */
const readWithDecryption = (kind: CompatibleKind, query: Query): Result.Result<boolean, InvalidRequest> => {
  const text = valueOf(query, "withDecryption")
  const value = GoBoolean.parse(text ?? "false")
  if (Result.isFailure(value)) {
    return badRequest(`the query parameter withDecryption is none of ${GoBoolean.GO_BOOLEANS.join(", ")}`)
  }
  return kind === "secrets" && text !== undefined && !value.success
    ? badRequest(`the query parameter withDecryption is ${quote(text)}; secrets are always decrypted`)
    : Result.succeed(value.success)
}

const unknownKey = (search: string): string =>
  new URLSearchParams(search).has(ROLE_ARN)
    ? "unknown query parameter, which compatibility.workload_credentials offers for secrets"
    : "unknown query parameter"

const readRequest = (url: string, purpose: Purpose): Result.Result<CompatibleRequest, InvalidRequest> =>
  Result.gen(function* () {
    const [path, search] = splitUrl(url)
    const route = findRoute(path)
    if (route === undefined) {
      const detail = `nothing at ${quote(path)}; there is ${Object.keys(ROUTES).join(", ")}`
      return yield* Result.fail<InvalidRequest>({ problem: "not-found", detail })
    }
    const { kind, nameKey, selectors } = route
    const allowed = [nameKey, ...selectors, ...(purpose === "read" ? READ_KEYS : [])]
    const query = yield* parseQuery(search, allowed, unknownKey(search))
    const name = valueOf(query, nameKey)
    if (name === undefined) return yield* badRequest(`the query parameter ${nameKey} is missing or empty`)

    const selector = readSelector(query, selectors)
    if (selector.version !== undefined && selector.label !== undefined) {
      return yield* badRequest("the query parameters version and label exclude each other")
    }
    const withDecryption = yield* readWithDecryption(kind, query)
    const refreshNow = yield* readRefreshNow(query)
    return { kind, name, selector, withDecryption, refreshNow }
  })

/**
 * The bodies are replies as the AWS SDK for Go writes them to JSON: every field, in the order of the SDK's structs, and
 * null or zero if AWS sent none.
 */
type Json = Readonly<Record<string, unknown>>

/** A date as Go writes it: RFC 3339 in UTC, without trailing zeros in the fraction. */
export const goDate = (date: unknown): string | null =>
  typeof date === "string" ? date.replace(/\.?0+Z$/, "Z") : null

const textOf = (body: string | Uint8Array): string | null => (typeof body === "string" ? body : null)

/** Bytes as base64, as in AWS's own JSON. */
const bytesOf = (body: string | Uint8Array): string | null =>
  typeof body === "string" ? null : Buffer.from(body).toString("base64")

const parameter = ({ body, details = {} }: Value): Json => ({
  Parameter: {
    ARN: details["ARN"] ?? null,
    DataType: details["DataType"] ?? null,
    LastModifiedDate: goDate(details["LastModifiedDate"]),
    Name: details["Name"] ?? null,
    Selector: details["Selector"] ?? null,
    SourceResult: details["SourceResult"] ?? null,
    Type: details["Type"] ?? "",
    Value: textOf(Redacted.value(body)),
    Version: details["Version"] ?? 0,
  },
  ResultMetadata: {},
})

const secret = ({ body, details = {} }: Value): Json => ({
  ARN: details["ARN"] ?? null,
  CreatedDate: goDate(details["CreatedDate"]),
  Name: details["Name"] ?? null,
  SecretBinary: bytesOf(Redacted.value(body)),
  SecretString: textOf(Redacted.value(body)),
  VersionId: details["VersionId"] ?? null,
  VersionStages: details["VersionStages"] ?? null,
  ResultMetadata: {},
})

const SHAPES: Readonly<Record<CompatibleKind, (value: Value) => Json>> = {
  parameters: parameter,
  secrets: secret,
}

/**
 * AWS's status for a failure: both services respond with 400 to refused requests and to throttling. If AWS did not answer,
 * the other extension's status is unknown; ours says what happened.
 */
const STATUSES: Readonly<Record<SourceErrorReason["_tag"], number>> = {
  NotFound: 400,
  AccessDenied: 400,
  InvalidRequest: 400,
  Throttled: 400,
  ExpiredCredentials: 400,
  RefusedCredentials: 400,
  BadSignature: 400,
  Unavailable: 500,
  CircuitOpen: 502,
  ConnectionLost: 502,
  TooLarge: 502,
  TooManyGuesses: 429,
  TimedOut: 504,
}

export const parametersAndSecrets: Peer = {
  methods: { GET: "read", DELETE: "forget" },
  readRequest,
  bodyFor: (kind, value) => JSON.stringify(SHAPES[kind](value)),
  badToken: plainText(401, "bad session token or header key", {
    "x-amzn-errortype": "AccessDeniedException",
  }),
  methodNotAllowed: plainText(405, "only GET and DELETE are allowed", { allow: "GET, DELETE" }),
  tooManyRequests: plainText(429, "too many requests are waiting", { "retry-after": "1" }),
  internalError: plainText(500, "the extension's log says more"),
  fromSourceError: ({ reason }) =>
    plainText(STATUSES[reason._tag], "an unexpected error occurred while executing request"),
}
