/**
 * The shapes of Parameter Store's replies, as in the API reference.
 */
import { checkedBy } from "../../../aws/replies.ts"
import {
  absentOr,
  listOf,
  number,
  object,
  type Optional,
  type Shape,
  type Shaped,
  text,
  withEither,
} from "../../../aws/shapes.ts"

/** A parameter. `Selector` and `Version` identify the version. Times are in epoch seconds. */
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

/** Whether Parameter Store keeps it encrypted. */
export const isSecureString = ({ Type }: Pick<Parameter, "Type">): boolean => Type === "SecureString"

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

const page: Shape<ReadonlyArray<Parameter & { readonly Name: string }>> = listOf(
  (input): input is Parameter & { readonly Name: string } =>
    parameter(input) && typeof input.Name === "string",
)

export const SHAPES = {
  GetParameter: object({ Parameter: parameter }, {}),
  GetParameters: withEither(
    ["Parameters", "InvalidParameters"],
    object({ Parameters: absentOr(listOf(parameter)) }, { InvalidParameters: listOf(text) }),
  ),
  GetParametersByPath: object({ Parameters: page }, { NextToken: text }),
} as const

export type ReplyOf<O extends keyof typeof SHAPES> = Shaped<(typeof SHAPES)[O]>

export const checked = checkedBy(SHAPES)
