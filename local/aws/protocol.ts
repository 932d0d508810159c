/**
 * Parses requests and encodes answers and errors: in the JSON protocol that Parameter Store, Secrets Manager, DynamoDB and
 * KMS share, in the query protocol of STS (queryProtocol.ts), or in the REST protocols of AppConfig and the
 * RDS Data API (restProtocol.ts) and S3 (s3Protocol.ts).
 *
 * The first and the last step of every call: `AwsEmulator` parses here, the services answer with plain objects or an
 * `AwsError`, and the encoded reply goes to `delivery.ts`. Pure.
 * https://smithy.io/2.0/aws/protocols/index.html
 */
import * as Effect from "effect/Effect"
import type { Headers } from "effect/http/Headers"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { exactJson } from "./dataApiValues.ts"
import { errorXml, FORM, parseForm, resultXml, XML } from "./queryProtocol.ts"
import { parseRest, restError, restReply } from "./restProtocol.ts"
import { parseS3, s3ErrorXml } from "./s3Protocol.ts"

/** The services, named as in a SigV4 credential scope. */
export const SERVICES = [
  "ssm",
  "secretsmanager",
  "dynamodb",
  "appconfig",
  "sts",
  "kms",
  "s3",
  "rds-data",
] as const
export type Service = (typeof SERVICES)[number]

/** The account that owns everything in the emulator. */
export const ACCOUNT_ID = "123456789012"

const SERVICE_OF_TARGET: ReadonlyMap<string, Service> = new Map([
  ["AmazonSSM", "ssm"],
  ["secretsmanager", "secretsmanager"],
  ["DynamoDB_20120810", "dynamodb"],
  ["TrentService", "kms"],
])

const CONTENT_TYPE: Record<Service, string> = {
  ssm: "application/x-amz-json-1.1",
  secretsmanager: "application/x-amz-json-1.1",
  dynamodb: "application/x-amz-json-1.0",
  appconfig: "application/json",
  sts: XML,
  kms: "application/x-amz-json-1.1",
  s3: "application/xml",
  "rds-data": "application/json",
}

/** The key of an error's message, which some services capitalize. */
const messageKey = (service: Service): string =>
  service === "secretsmanager" || service === "appconfig" ? "Message" : "message"

/**
 * An error of AWS. `type` is the name in the service's API reference. `status` is 400 for errors of the caller, with
 * most services also for a missing resource.
 */
export class AwsError extends Schema.TaggedError<AwsError>()("AwsError", {
  type: Schema.String,
  status: Schema.Number,
  /** The message; absent if AWS sends the type alone, as for ParameterNotFound. */
  detail: Schema.UndefinedOr(Schema.String),
  /** Further members of the body, with AppConfig and S3. */
  members: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)),
  /** Further headers, with S3. */
  headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
}) {}

export const awsError = (type: string, detail?: string, status = 400): AwsError =>
  new AwsError({ type, status, detail })

/** The error of AWS's request validation, word for word. */
export const constraintViolation = (field: string, value: string, constraint: string): AwsError =>
  awsError(
    "ValidationException",
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ${constraint}`,
  )

/** A call as the services see it. */
export interface AwsRequest {
  readonly service: Service
  readonly operation: string
  /** From the SigV4 credential scope. The signature itself is not verified. */
  readonly region: string
  readonly accessKeyId: string
  readonly input: Record<string, unknown>
  readonly headers: Headers
  /** The body as it was sent, for dynalite. */
  readonly body: string
}

/** An encoded answer or error. */
export interface AwsReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** What an operation receives besides its input. */
interface CallContext {
  readonly region: string
  readonly accessKeyId: string
}

/** One operation: from the JSON of the request to the JSON of the reply. */
export type Operation = (
  input: Record<string, unknown>,
  context: CallContext,
) => Effect.Effect<object, AwsError>

/** Makes an operation from the schema of its input and a handler. Input of another shape is a ValidationException. */
export const operation =
  <A>(
    input: Schema.ConstraintDecoder<A>,
    handle: (input: A, context: CallContext) => Effect.Effect<object, AwsError>,
  ): Operation =>
  (raw, context) =>
    Schema.decodeUnknownEffect(input)(raw).pipe(
      Effect.mapError((error) =>
        awsError("ValidationException", `1 validation error detected: ${error.message}`),
      ),
      Effect.flatMap((decoded) => handle(decoded, context)),
    )

const CREDENTIAL = /Credential=([^/\s,]+)\/(\d{8})\/([^/\s,]+)\/([^/\s,]+)\/aws4_request/

const parseCredential = (
  authorization: string | undefined,
  service: Service,
): Result.Result<{ readonly accessKeyId: string; readonly region: string }, AwsError> => {
  if (authorization === undefined) {
    return Result.fail(
      awsError("MissingAuthenticationTokenException", "Request is missing Authentication Token"),
    )
  }
  const [, accessKeyId, , region, scope] = CREDENTIAL.exec(authorization) ?? []
  if (accessKeyId === undefined || region === undefined) {
    return Result.fail(
      awsError(
        "IncompleteSignatureException",
        "Authorization header requires 'Credential' parameter of the form keyid/date/region/service/aws4_request.",
      ),
    )
  }
  if (scope !== service) {
    return Result.fail(
      awsError("InvalidSignatureException", `Credential should be scoped to correct service: '${service}'. `),
    )
  }
  return Result.succeed({ accessKeyId, region })
}

const parseJson = Schema.decodeUnknownResult(
  Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)),
)

/** The service and operation of an X-Amz-Target header; undefined for an unknown service. */
const parseTarget = (
  target: string | undefined,
): { readonly service: Service; readonly operation: string } | undefined => {
  const [prefix = "", operation = ""] = (target ?? "").split(".")
  const service = SERVICE_OF_TARGET.get(prefix)
  return service === undefined || operation === "" ? undefined : { service, operation }
}

/** A parsed request, or its error. */
type Parsed = Result.Result<AwsRequest, { readonly service: Service; readonly error: AwsError }>

/** Query protocol: the operation is in the body. Undefined for another protocol. */
const parseQuery = (headers: Headers, body: string): Parsed | undefined => {
  const form = headers["content-type"]?.startsWith(FORM) === true ? parseForm(body) : undefined
  if (form === undefined) return undefined
  return parseCredential(headers["authorization"], "sts").pipe(
    Result.map((credential): AwsRequest => ({ service: "sts", ...form, ...credential, headers, body })),
    Result.mapError((error) => ({ service: "sts", error })),
  )
}

/** REST protocol: the operation is in method and path. Undefined for another protocol. */
const parsePath = (method: string, path: string, headers: Headers, body: string): Parsed | undefined => {
  const rest = parseRest(method, path)
  if (rest === undefined) return undefined
  return Result.all({
    credential: parseCredential(headers["authorization"], rest.service),
    input: Result.mapError(parseJson(body === "" ? "{}" : body), () => awsError("BadRequestException")),
  }).pipe(
    Result.map(({ credential, input }): AwsRequest => ({
      service: rest.service,
      operation: rest.operation,
      ...credential,
      input: { ...input, ...rest.input },
      headers,
      body,
    })),
    Result.mapError((error) => ({ service: rest.service, error })),
  )
}

/** S3's protocol: the operation is in method, path and query. Undefined for another protocol or service. */
const parseObjects = (
  method: string,
  path: string,
  headers: Headers,
  body: Uint8Array,
): Parsed | undefined => {
  const credential = parseCredential(headers["authorization"], "s3")
  if (Result.isFailure(credential) || headers["x-amz-target"] !== undefined) return undefined
  const { input, operation } = parseS3(method, path, body)
  return Result.succeed({
    service: "s3",
    operation,
    ...credential.success,
    input: { ...input },
    headers,
    body: "",
  })
}

/** Checks a request in AWS's order: target, credential, body. */
export const parseRequest = (method: string, path: string, headers: Headers, bytes: Uint8Array): Parsed => {
  const objects = parseObjects(method, path, headers, bytes)
  if (objects !== undefined) return objects
  const body = new TextDecoder().decode(bytes)
  const other = parseQuery(headers, body) ?? parsePath(method, path, headers, body)
  if (other !== undefined) return other
  const target = parseTarget(headers["x-amz-target"])
  if (target === undefined) {
    return Result.fail({ service: "ssm", error: awsError("UnknownOperationException") })
  }
  const credential = parseCredential(headers["authorization"], target.service)
  if (Result.isFailure(credential)) {
    return Result.fail({ service: target.service, error: credential.failure })
  }
  const input = parseJson(body === "" ? "{}" : body)
  if (Result.isFailure(input)) {
    return Result.fail({ service: target.service, error: awsError("SerializationException") })
  }
  return Result.succeed({ ...target, ...credential.success, input: input.success, headers, body })
}

/** Adds the header that every reply has. */
const withRequestId = (requestId: string, { body, headers, status }: AwsReply): AwsReply => ({
  status,
  headers: { ...headers, "x-amzn-requestid": requestId },
  body,
})

/** The same under S3's name of the header. */
export const withS3RequestId = (requestId: string, { body, headers, status }: AwsReply): AwsReply => ({
  status,
  headers: { ...headers, "x-amz-request-id": requestId },
  body,
})

const reply = (service: Service, requestId: string, body: string, status = 200): AwsReply =>
  withRequestId(requestId, { status, headers: { "content-type": CONTENT_TYPE[service] }, body })

/** Encodes an answer. */
export const resultReply = (
  { operation, service }: Pick<AwsRequest, "operation" | "service">,
  requestId: string,
  result: object,
): AwsReply => {
  switch (service) {
    case "sts":
      return reply(service, requestId, resultXml(operation, requestId, result))
    case "appconfig":
      return withRequestId(requestId, restReply(operation, result))
    case "rds-data":
      return reply(service, requestId, exactJson(result))
    case "s3":
      return withS3RequestId(requestId, { status: 200, headers: { "content-type": XML }, body: "" })
    default:
      return reply(service, requestId, JSON.stringify(result))
  }
}

/** Encodes an error: `{"__type": ..., "message": ...}`, XML with STS, or with the type in a header with AppConfig and the RDS Data API. */
export const errorReply = (service: Service, requestId: string, error: AwsError): AwsReply => {
  const { detail, status, type } = error
  const members = { ...(detail === undefined ? {} : { [messageKey(service)]: detail }), ...error.members }
  switch (service) {
    case "sts":
      return reply(service, requestId, errorXml(requestId, type, detail ?? ""), status)
    case "appconfig":
    case "rds-data":
      return withRequestId(requestId, { status, ...restError(type, members) })
    case "s3":
      return withS3RequestId(requestId, {
        status,
        headers: { "content-type": CONTENT_TYPE.s3, ...error.headers },
        body: s3ErrorXml(requestId, type, detail ?? "", error.members ?? {}),
      })
    default:
      return reply(service, requestId, JSON.stringify({ __type: type, ...members }), status)
  }
}
