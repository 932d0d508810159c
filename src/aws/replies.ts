/**
 * What each operation's reply must look like, in one place: a reply is checked before anything of it is used.
 *
 * A source passes the result of an SDK call through the check of its operation. A reply of another shape is `Unavailable`:
 * AWS is asked again, and the value in memory stays. Members that are missing here are not used; they differ between AWS
 * and its emulators. The shapes are those of the API references.
 */
import { attributes } from "../kinds/dynamodb/fetch/attributes.ts"
import { unavailable } from "./awsErrors.ts"
import { absentOr, base64, listOf, mapOf, number, object, type Optional, type Shape, text } from "./shapes.ts"

/** A parameter. `Selector` and `Version` say which version of it. Times are in epoch seconds. */
export interface Parameter {
  readonly Value: string
  readonly Name?: Optional<string>
  readonly ARN?: Optional<string>
  readonly Selector?: Optional<string>
  readonly Version?: Optional<number>
  readonly Type?: Optional<string>
  readonly DataType?: Optional<string>
  readonly SourceResult?: Optional<string>
  readonly LastModifiedDate?: Optional<number>
}

const parameter: Shape<Parameter> = object(
  { Value: text },
  {
    Name: text,
    ARN: text,
    Selector: text,
    Version: number,
    Type: text,
    DataType: text,
    SourceResult: text,
    LastModifiedDate: number,
  },
)

/** A secret: its text, or its bytes in base64. */
export interface Secret {
  readonly SecretString?: Optional<string>
  readonly SecretBinary?: Optional<string>
  readonly Name?: Optional<string>
  readonly ARN?: Optional<string>
  readonly VersionId?: Optional<string>
  readonly VersionStages?: Optional<ReadonlyArray<string>>
  readonly CreatedDate?: Optional<number>
}

const secretMembers: Shape<Secret> = object(
  {},
  {
    SecretString: text,
    SecretBinary: base64,
    Name: text,
    ARN: text,
    VersionId: text,
    VersionStages: listOf(text),
    CreatedDate: number,
  },
)

/** It must have one of the two forms of its value. */
const secret: Shape<Secret> = (input): input is Secret =>
  secretMembers(input) && (input.SecretString ?? input.SecretBinary ?? undefined) !== undefined

/** A refusal within a batch. */
export interface SecretRefusal {
  readonly SecretId: string
  readonly ErrorCode: string
  readonly Message?: Optional<string>
}

const page: Shape<ReadonlyArray<Parameter & { readonly Name: string }>> = listOf(
  (input): input is Parameter & { readonly Name: string } =>
    parameter(input) && typeof input.Name === "string",
)

/** AppConfig allows at most a day. A longer time would keep a value without ever asking again. */
const MAX_POLL_INTERVAL = 86_400

const pollInterval: Shape<number> = (input): input is number =>
  number(input) && input >= 0 && input <= MAX_POLL_INTERVAL

/** A token or a key. */
const token: Shape<string> = (input): input is string => text(input) && input !== ""

const bytes: Shape<Uint8Array> = (input) => input instanceof Uint8Array

const date: Shape<Date> = (input): input is Date => input instanceof Date && !Number.isNaN(input.getTime())

/** An emulator of AWS may leave out one empty list, but not both. */
const withEither =
  <A>([one, other]: readonly [keyof A, keyof A], shape: Shape<A>): Shape<A> =>
  (input): input is A =>
    shape(input) && (input[one] ?? input[other] ?? undefined) !== undefined

const SHAPES = {
  GetParameter: object({ Parameter: parameter }, {}),
  GetParameters: withEither(
    ["Parameters", "InvalidParameters"],
    object({ Parameters: absentOr(listOf(parameter)) }, { InvalidParameters: listOf(text) }),
  ),
  GetParametersByPath: object({ Parameters: page }, { NextToken: text }),
  GetSecretValue: secret,
  BatchGetSecretValue: withEither(
    ["SecretValues", "Errors"],
    object(
      { SecretValues: absentOr(listOf(secret)) },
      { Errors: listOf(object({ SecretId: text, ErrorCode: text }, { Message: text })), NextToken: text },
    ),
  ),
  // A missing Item means that there is none with this key. A null means nothing, so it is refused.
  GetItem: object({ Item: absentOr(attributes) }, {}),
  BatchGetItem: object(
    {
      Responses: mapOf(listOf(attributes)),
      UnprocessedKeys: absentOr(mapOf(object({ Keys: listOf(attributes) }, {}))),
    },
    {},
  ),
  StartConfigurationSession: object({ InitialConfigurationToken: token }, {}),
  GetLatestConfiguration: object(
    { NextPollConfigurationToken: token },
    { NextPollIntervalInSeconds: pollInterval, ContentType: text, VersionLabel: text, Configuration: bytes },
  ),
  AssumeRole: object(
    {
      Credentials: object(
        { AccessKeyId: token, SecretAccessKey: token, SessionToken: token, Expiration: date },
        {},
      ),
    },
    {},
  ),
} as const

export type Operation = keyof typeof SHAPES
export type ReplyOf<O extends Operation> = (typeof SHAPES)[O] extends Shape<infer A> ? A : never

/** Gives the reply of an operation if it has the shape of one; else throws `Unavailable`, which quotes none of it. */
export const checked =
  <O extends Operation>(operation: O) =>
  (reply: unknown): ReplyOf<O> => {
    const shape = SHAPES[operation] as Shape<ReplyOf<O>>
    if (shape(reply)) return reply
    throw unavailable(`the reply to ${operation} does not have the form of one`)
  }
