/**
 * The shapes of Secrets Manager's replies, as in the API reference.
 */
import { checkedBy } from "../../../aws/replies.ts"
import {
  absentOr,
  base64,
  listOf,
  mapOf,
  number,
  object,
  type Optional,
  type Shape,
  text,
  withEither,
} from "../../../aws/shapes.ts"

/** A secret: text, or bytes in base64. Times are in epoch seconds. */
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

/** One of the two forms of the value must be there. */
const secret: Shape<Secret> = (input): input is Secret =>
  secretMembers(input) && (input.SecretString ?? input.SecretBinary ?? undefined) !== undefined

/** The error for one secret of a batch. */
export interface SecretRefusal {
  readonly SecretId: string
  readonly ErrorCode: string
  readonly Message?: Optional<string>
}

/** What DescribeSecret says of a secret, without its value. */
export interface Description {
  readonly Name?: Optional<string>
  readonly ARN?: Optional<string>
  /** When it is to be deleted. It cannot be read until then. */
  readonly DeletedDate?: Optional<number>
  /** The staging labels by the id of the version that has them. */
  readonly VersionIdsToStages?: Optional<Readonly<Record<string, ReadonlyArray<string>>>>
}

const description: Shape<Description> = object(
  {},
  { Name: text, ARN: text, DeletedDate: number, VersionIdsToStages: mapOf(listOf(text)) },
)

export const SHAPES = {
  DescribeSecret: description,
  GetSecretValue: secret,
  BatchGetSecretValue: withEither(
    ["SecretValues", "Errors"],
    object(
      { SecretValues: absentOr(listOf(secret)) },
      { Errors: listOf(object({ SecretId: text, ErrorCode: text }, { Message: text })), NextToken: text },
    ),
  ),
} as const

export const checked = checkedBy(SHAPES)
