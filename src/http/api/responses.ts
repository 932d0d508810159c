/**
 * One response of the contract: status, description, headers, and a body that responses to HEAD don't have.
 */
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"

/** Whether responses have bodies: those to HEAD have none. */
export type Bodies = "with-bodies" | "without-bodies"

/** The responses of an operation. */
export type Answers = (bodies: Bodies) => ReadonlyArray<Schema.Top>

interface Described {
  readonly status: number
  readonly description: string
  readonly headers?: Schema.Struct.Fields
  /** Undefined: the response never has one. */
  readonly body?: Schema.Top
}

/** A response. Each status has one; further media types of the status are bodies alone. */
export const response = (
  bodies: Bodies,
  { body, description, headers = {}, status }: Described,
): Schema.Top => {
  const hasBody = body !== undefined && bodies === "with-bodies"
  const content = hasBody ? HttpApiSchema.status(status)(body) : HttpApiSchema.Empty(status)
  return HttpApiSchema.WithHeaders(content, headers).annotate({ description })
}

/** A body of text without a Schema of its own. */
export const TEXT = Schema.String.pipe(HttpApiSchema.asText())

/** `Cache-Control` of what may be different a moment later. */
export const NO_STORE = Schema.Literal("no-store")

/** A header that holds whole seconds, or a count. */
export const wholeNumber = (description: string) =>
  Schema.String.annotate({ description, examples: ["1"] }).check(Schema.isPattern(/^\d+$/u))

export const RETRY_AFTER = wholeNumber("After how many seconds to ask again.")
