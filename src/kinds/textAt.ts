/**
 * A text within a secret that is JSON, by a JSON pointer (RFC 6901). Pure.
 */
import * as JsonPointer from "effect/JsonPointer"
import * as Result from "effect/Result"

/** The text at a JSON pointer (RFC 6901); undefined if there is none. */
export const textAt = (json: string, pointer: string): string | undefined => {
  const steps = pointer.split("/").slice(1).map(JsonPointer.unescapeToken)
  const root: unknown = Result.getOrUndefined(Result.try((): unknown => JSON.parse(json)))
  const found = steps.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, step)
        ? (value as Readonly<Record<string, unknown>>)[step]
        : undefined,
    root,
  )
  return typeof found === "string" ? found : undefined
}
